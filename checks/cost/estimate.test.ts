import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  type EstimateRequest,
  estimate,
  isStale,
  toUsd,
  type Usage,
  type UsedResource,
  usageForUsers,
} from "./index.ts";

type Inputs = UsedResource["inputs"];

function resource(type: string, name: string, inputs: Inputs, usage?: Usage): UsedResource {
  return {
    urn: `urn:pulumi:dev::app::azure-native:${type}::${name}`,
    type: `azure-native:${type}`,
    name,
    inputs,
    ...(usage && { usage }),
  };
}

function app(name: string, cpu: number, minReplicas: number, usage?: Usage): UsedResource {
  const containers = [{ resources: { cpu, memory: `${cpu * 2}Gi` } }];
  return resource("app:ContainerApp", name, { template: { containers, scale: { minReplicas } } }, usage);
}

function postgres(sku: string, highAvailability: string): UsedResource {
  const storage = { storageSizeGB: 32 };
  return resource("dbforpostgresql:Server", "db", {
    sku: { name: sku },
    storage,
    highAvailability: { mode: highAvailability },
  });
}

const bus = (millions: number) =>
  resource(
    "servicebus:Namespace",
    "bus",
    { sku: { name: "Standard" } },
    { monthly_messaging_operations: millions * 1e6 },
  );
const logs = (gb: number) =>
  resource("operationalinsights:Workspace", "logs", { retentionInDays: 30 }, { monthly_log_data_ingestion_gb: gb });
const registry = (sku: string) => resource("containerregistry:Registry", "registry", { sku: { name: sku } });
const serverless = { capabilities: [{ name: "EnableServerless" }] };

function total(resources: readonly UsedResource[], request: Partial<EstimateRequest> = {}): string {
  return toUsd(estimate({ region: "eastus", resources, ...request }).totalMonthlyCost);
}

// Computed by hand from the price list: quantity times price, free amounts subtracted once. [case, resources, eastus]
it.each<[string, readonly UsedResource[], string]>([
  ["Postgres B1ms with its 32 GB disk", [postgres("Standard_B1ms", "Disabled")], "16.09"],
  ["Postgres D2s_v3, twice for high availability", [postgres("Standard_D2s_v3", "ZoneRedundant")], "267.24"],
  ["two small apps, 2 h a day: within the grant", pair({ hours_up_per_day: 2 }), "0.00"],
  ["two small apps, 4 h a day", pair({ hours_up_per_day: 4 }), "1.17"],
  ["two small apps, 8 h a day", pair({ hours_up_per_day: 8 }), "7.74"],
  ["two small apps, day and night", pair({ hours_up_per_day: 24 }), "34.02"],
  ["two small apps that always wait", always({}), "10.21"],
  ["two small apps that always run and work a quarter", always({ active_share: 0.25 }), "13.32"],
  ["two small apps that always run and always work", always({ active_share: 1 }), "34.02"],
  ["2 vCPU, two replicas, waiting", [app("web", 2, 2)], "92.99"],
  ["2 vCPU, two replicas, a tenth at work", [app("web", 2, 2, { active_share: 0.1 })], "111.28"],
  ["2 vCPU, two replicas, always at work", [app("web", 2, 2, { active_share: 1 })], "309.96"],
  ["Service Bus with 13 million operations", [bus(13)], "10.00"],
  ["Service Bus with 63 million operations", [bus(63)], "50.00"],
  ["Service Bus with 200 million operations", [bus(200)], "129.60"],
  ["logs under 5 GB", [logs(4)], "0.00"],
  ["logs of 20 GB", [logs(20)], "34.50"],
  ["registry Basic", [registry("Basic")], "5.00"],
  ["registry Standard", [registry("Standard")], "20.00"],
  [
    "Cosmos serverless, 100 M RU and 10 GB",
    [
      resource("cosmosdb:DatabaseAccount", "data", serverless, {
        monthly_serverless_request_units: 1e8,
        storage_gb: 10,
      }),
    ],
    "27.50",
  ],
  [
    "Cosmos autoscale, up to 1,000 RU/s",
    [resource("cosmosdb:SqlResourceSqlDatabase", "db", { options: { autoscaleSettings: { maxThroughput: 1000 } } })],
    "8.76",
  ],
  [
    "1 TB of blobs",
    [resource("storage:StorageAccount", "files", { sku: { name: "Standard_LRS" } }, { storage_gb: 1000 })],
    "20.80",
  ],
  ["static site Standard with 150 GB", [site("Standard", 150)], "19.00"],
  ["static site Free", [site("Free", 50)], "0.00"],
  [
    "API and worker that work a quarter of the time",
    [app("api", 0.5, 1, { active_share: 0.25 }), app("worker", 0.25, 1, { active_share: 0.25 })],
    "22.69",
  ],
])("%s", (_, resources, usd) => {
  expect(total(resources)).toBe(usd);
});

it.each([
  ["eastus", "5.91", "19.71"],
  ["West Europe", "7.88", "27.59"],
])("an idle and a busy replica in %s, when others used the grants up", (region, idle, busy) => {
  const grants = { "aca-vcpu-active": 180_000, "aca-memory": 360_000 };
  const on = (share: number) => estimate({ region, grants, resources: [app("web", 0.25, 1, { active_share: share })] });
  expect([toUsd(on(0).marginalMonthlyCost), toUsd(on(1).marginalMonthlyCost)]).toEqual([idle, busy]);
});

it("an idle dev app costs its database and nothing else", () => {
  const { resources } = JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/clinic.json"), "utf8"));
  const result = estimate({ region: "eastus", resources });
  expect(toUsd(result.totalMonthlyCost)).toBe("16.09");
  expect(result.summary).toEqual({ priced: 3, usage: 6, free: 18, unpriced: 0, unsupported: {} });
  expect(result.resources.map(({ name, monthlyCost }) => [name, monthlyCost])).toEqual([
    ["monitoring-workspace", null],
    ["db-server", "16.09"],
    ["web-app", "0"],
  ]);
});

it("what depends on usage that nobody told has no amount", () => {
  const [workspace] = estimate({
    region: "eastus",
    resources: [resource("operationalinsights:Workspace", "logs", {})],
  }).resources;
  expect(workspace?.costComponents).toEqual([
    {
      name: "logs taken in",
      meterId: "log-ingestion",
      unit: "GB",
      monthlyQuantity: null,
      price: "2.3",
      monthlyCost: null,
      usageBased: true,
      priceNotFound: false,
      confidence: "a",
    },
  ]);
});

it.each([
  ["an unknown SKU", [postgres("Standard_E64", "Disabled")], "eastus", "pg-Standard_E64"],
  ["an SKU that is not known yet", [resource("containerregistry:Registry", "r", {})], "eastus", "acr-unknown"],
  ["a region without a price", [postgres("Standard_B2s", "Disabled")], "westeurope", "pg-b2s"],
  [
    "redundancy that the book lacks",
    [resource("storage:StorageAccount", "s", { sku: { name: "Standard_ZRS" } }, { storage_gb: 5 })],
    "eastus",
    "blob-zrs",
  ],
])("%s is unpriced and never 0", (_, resources, region, meterId) => {
  const result = estimate({ region, resources });
  const component = result.resources[0]?.costComponents.find((each) => each.meterId === meterId);
  expect(component).toMatchObject({ priceNotFound: true, price: null, monthlyCost: null });
  expect(result.summary.unpriced).toBeGreaterThan(0);
});

it("an environment in a network of its own brings a load balancer that the book cannot price", () => {
  const own = resource("app:ManagedEnvironment", "env", { vnetConfiguration: { internal: false } });
  expect(estimate({ region: "eastus", resources: [own] }).summary).toMatchObject({ unpriced: 1, free: 0 });
  expect(
    estimate({ region: "eastus", resources: [resource("app:ManagedEnvironment", "env", {})] }).summary,
  ).toMatchObject({
    unpriced: 0,
    free: 1,
  });
});

it("a type that the book does not know is named as unsupported", () => {
  const resources = [resource("compute:VirtualMachine", "vm", {}), resource("compute:VirtualMachine", "vm2", {})];
  expect(estimate({ region: "eastus", resources }).summary.unsupported).toEqual({
    "azure-native:compute:VirtualMachine": 2,
  });
});

it("a region may be written as ARM does", () => {
  expect(total([registry("Basic")], { region: "East US" })).toBe("5.00");
});

it("a price range counts with its upper end and says so", () => {
  const { resources } = estimate({ region: "westeurope", resources: [postgres("Standard_B1ms", "Disabled")] });
  expect(resources[0]?.costComponents[0]).toMatchObject({
    price: "0.0209",
    assumptions: ["between 0.0199 and 0.0209"],
  });
});

it("a budget that is exceeded blocks, with both amounts", () => {
  const request = { region: "eastus", resources: [postgres("Standard_B1ms", "Disabled")] };
  expect(estimate({ ...request, budgetMonthlyUsd: 10 }).guardrails).toEqual([
    { rule: "budget", result: "block", message: "16.09 of 10.00 USD a month" },
  ]);
  expect(estimate({ ...request, budgetMonthlyUsd: 20 }).guardrails[0]?.result).toBe("ok");
});

it("a usage file is merged key by key, the specific value wins", () => {
  const usage = {
    version: "0.1",
    resource_type_default_usage: { "azure-native:app:ContainerApp": { hours_up_per_day: 8, monthly_requests: 5e6 } },
    resource_usage: { "web[*]": { monthly_requests: 3e6 }, "web[1]": { hours_up_per_day: 24 } },
  } as const;
  const { resources } = estimate({ region: "eastus", usage, resources: [app("web[1]", 0.25, 0)] });
  const quantities = Object.fromEntries(
    resources[0]?.costComponents.map((each) => [each.meterId, each.monthlyQuantity]) ?? [],
  );
  expect(quantities).toEqual({
    "aca-vcpu-idle": "0",
    "aca-vcpu-active": "657000",
    "aca-memory": "1314000",
    "aca-requests": "3",
    egress: null,
  });
});

it("users expand to quantities that keep the app awake the whole day at 48", () => {
  const usage = usageForUsers(48);
  expect(total([app("web", 0.25, 0)], { usage })).toBe("14.31");
  expect(total([app("web", 0.25, 0)], { usage: usageForUsers(1) })).toBe("0.00");
});

it("prices older than 90 days are stale", () => {
  const { pricesAsOf } = estimate({ region: "eastus", resources: [postgres("Standard_B1ms", "Disabled")] });
  expect(pricesAsOf).toBe("2026-08-21");
  expect([isStale(pricesAsOf, new Date("2026-11-01")), isStale(pricesAsOf, new Date("2026-12-01"))]).toEqual([
    false,
    true,
  ]);
});

it("a hundred resources take at most 20 ms", () => {
  const resources = Array.from({ length: 100 }, (_, index) => app(`app${index}`, 0.25, 1));
  estimate({ region: "eastus", resources });
  const begin = performance.now();
  estimate({ region: "eastus", resources });
  expect(performance.now() - begin).toBeLessThan(20);
});

function pair(usage: Usage): readonly UsedResource[] {
  return [app("front", 0.25, 0, usage), app("back", 0.25, 0, usage)];
}

function always(usage: Usage): readonly UsedResource[] {
  return [app("front", 0.25, 1, usage), app("back", 0.25, 1, usage)];
}

function site(sku: string, gb: number): UsedResource {
  return resource("web:StaticSite", "site", { sku: { name: sku } }, { monthly_outbound_data_processed_gb: gb });
}
