import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";
import { UNKNOWN } from "../plan/resource.ts";
import { EstimateSchema } from "./document.ts";
import { estimate, isStale, toUsd, type UsedResource, usageForUsers } from "./index.ts";
import { app, blobs, bus, endpoint, logs, postgres, registry, resource, sql, total } from "./testing/resources.ts";

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
  ["redundancy that the book lacks", [blobs(5, "Standard_ZRS")], "eastus", "blob-zrs"],
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

it("each price that is more than 90 days old says so, and so does one without a date", () => {
  const resources = [
    postgres("Standard_B1ms"),
    endpoint("e", "vault"),
    { ...app("a", 1, 1), usage: { storage_gb: 1 } },
  ];
  const of = (now: string) =>
    estimate({ region: "eastus", resources, now: new Date(now) }).resources.flatMap((each) =>
      each.costComponents.flatMap(({ meterId, assumptions = [] }) => assumptions.map((text) => `${meterId}: ${text}`)),
    );
  expect(of("2026-11-25").filter((text) => /old|date/.test(text))).toEqual([
    "pg-storage: price of 2026-08-21, more than 90 days old",
    "pg-backup: price of 2026-08-21, more than 90 days old",
    "egress: the source of the price has no date",
  ]);
});

it.each<[string, UsedResource, string[]]>([
  [
    "the SKU of a registry",
    resource("containerregistry:Registry", "r", { sku: { name: UNKNOWN } }),
    ["between 5.00 and 50.00 USD a month, depends on sku.name, which is known only after the deployment"],
  ],
  [
    "the size of a server, with its disk",
    resource("dbforpostgresql:Server", "s", { sku: { name: UNKNOWN }, storage: { storageSizeGB: 32 } }),
    ["between 16.09 and 133.62 USD a month, depends on sku.name, which is known only after the deployment"],
  ],
  [
    "high availability",
    resource("dbforpostgresql:Server", "s", { sku: { name: "Standard_D2s_v3" }, highAvailability: { mode: UNKNOWN } }),
    [
      "between 133.62 and 267.24 USD a month, depends on highAvailability.mode, which is known only after the deployment",
    ],
  ],
  [
    "the replicas of an app",
    resource("app:ContainerApp", "a", { template: { scale: { minReplicas: UNKNOWN } } }),
    ["depends on template.scale.minReplicas, which is known only after the deployment"],
  ],
  [
    "the memory of a container",
    resource("app:ContainerApp", "a", { template: { containers: [{}, { resources: { memory: UNKNOWN } }] } }),
    ["depends on template.containers.1.resources.memory, which is known only after the deployment"],
  ],
])("%s that is not known yet gives a range or depends, not a guess", (_, only, assumptions) => {
  const { resources, totalMonthlyCost, summary } = estimate({ region: "eastus", resources: [only] });
  const components = resources[0]?.costComponents ?? [];
  expect([totalMonthlyCost, summary.unpriced, components.length]).toEqual(["0", 1, 1]);
  expect(components[0]).toMatchObject({ monthlyQuantity: null, monthlyCost: null, priceNotFound: true, assumptions });
});

it.each([-400, 1e308])("a throughput of %d, which Azure refuses, has no amount", (throughput) => {
  const only = resource("cosmosdb:SqlResourceSqlContainer", "c", { options: { throughput: throughput * 100 } });
  const { resources, totalMonthlyCost } = estimate({ region: "eastus", resources: [only] });
  expect([totalMonthlyCost, resources[0]?.costComponents]).toMatchObject([
    "0",
    [{ monthlyQuantity: null, monthlyCost: null, assumptions: ["the inputs give no possible quantity"] }],
  ]);
});

it("an image that is not known yet does not matter to the bill", () => {
  const containers = [{ image: UNKNOWN, resources: { cpu: 0.25, memory: "0.5Gi" } }];
  const unknown = resource("app:ContainerApp", "a", { template: { containers, scale: { minReplicas: 1 } } });
  expect(total([unknown])).toBe(total([app("a", 0.25, 1)]));
});

it("a type is the same under a version of its API and under its older module", () => {
  const versioned = ["azure-native:documentdb/v20230415:DatabaseAccount", "azure-native:cosmosdb:DatabaseAccount"];
  const inputs = { capabilities: [{ name: "EnableServerless" }] };
  const costs = versioned.map((type) => {
    const usage = { monthly_serverless_request_units: 1e6 };
    return estimate({ region: "eastus", resources: [{ urn: "u", name: "n", type, inputs, usage }] });
  });
  expect(costs.map((each) => [each.totalMonthlyCost, each.resources[0]?.type])).toEqual(
    versioned.map((type) => ["0.25", type]),
  );
});

it("a resource is billed where its location says, a static site everywhere the same", () => {
  const at = (type: string, location: string) => resource(type, "r", { location, sku: { name: "Standard" } });
  const resources = [
    { ...logs(10), inputs: { location: "East US 2" } },
    at("web:StaticSite", "eastus2"),
    at("cdn:Profile", "global"),
  ];
  const regions = estimate({ region: "eastus", resources }).resources.map((each) => each.costComponents[0]?.price);
  expect(regions).toEqual(["2.76", "9", null]);
});

it("several endpoints of one environment pay its fee once, those of two pay it twice", () => {
  const id = (name: string) => `/subscriptions/s/resourceGroups/g/providers/Microsoft.App/managedEnvironments/${name}`;
  const to = (name: string, environment: string) =>
    resource("network:PrivateEndpoint", name, {
      privateLinkServiceConnections: [{ groupIds: ["managedEnvironments"], privateLinkServiceId: id(environment) }],
    });
  expect(total([to("a", "one"), to("b", "one")])).toBe("87.60");
  expect(total([to("a", "one"), to("b", "two")])).toBe("160.60");
  const waiting = (name: string, environment: string) => ({
    ...endpoint(name, "managedEnvironments"),
    dependencies: [`urn:pulumi:dev::app::azure-native:app:ManagedEnvironment::${environment}`],
  });
  expect(total([waiting("a", "one"), waiting("b", "one")])).toBe("87.60");
  expect(total([waiting("a", "one"), waiting("b", "two")])).toBe("160.60");
});

it("a component with a workspace is billed by it and never counted twice", () => {
  const component = resource(
    "applicationinsights:Component",
    "insights",
    { workspaceResourceId: "/subscriptions/s/workspaces/logs" },
    { monthly_log_data_ingestion_gb: 10 },
  );
  const result = estimate({ region: "eastus", resources: [logs(10), component] });
  expect([toUsd(result.totalMonthlyCost), result.summary.free]).toEqual(["11.50", 1]);
});

it.each([
  ["memory in steps of 128 MB", { memory_mb: 129, execution_duration_ms: 1000 }, "250000"],
  ["100 ms at least", { memory_mb: 1024, execution_duration_ms: 1 }, "100000"],
])("functions on the consumption plan: %s", (_, usage, gbSeconds) => {
  const functions = resource("web:WebApp", "f", { kind: "functionapp" }, { monthly_executions: 1e6, ...usage });
  const { resources } = estimate({ region: "eastus", resources: [functions] });
  expect(resources[0]?.costComponents[1]?.monthlyQuantity).toBe(gbSeconds);
});

it("a function app on a plan that the preview does not show is unpriced, on a plan of instances free", () => {
  const on = (serverFarmId: string) => resource("web:WebApp", "f", { kind: "functionapp", serverFarmId });
  const plan = resource("web:AppServicePlan", "p", { name: "plan-a", sku: { name: "EP1" } });
  const hidden = estimate({ region: "eastus", resources: [on("/serverfarms/elsewhere")] });
  expect(hidden.resources[0]?.costComponents[0]).toMatchObject({ meterId: "func-unknown", priceNotFound: true });
  const shown = estimate({ region: "eastus", resources: [plan, on("/serverfarms/plan-a")] });
  expect(shown.resources[1]?.costComponents.map((each) => each.meterId)).toEqual(["egress"]);
});

it("the daily cap of a workspace bounds what it takes in", () => {
  const capped = { ...logs(100), inputs: { workspaceCapping: { dailyQuotaGb: 1 } } };
  expect(total([capped])).toBe("57.50");
});

it("an alert has no price in the book and is unpriced, not free", () => {
  const alert = resource("monitor:MetricAlert", "a", { criteria: { allOf: [{}, {}] } });
  const [component] = estimate({ region: "eastus", resources: [alert] }).resources[0]?.costComponents ?? [];
  expect(component).toMatchObject({ meterId: "alert-metric", monthlyQuantity: "2", priceNotFound: true });
});

it("every estimate has the form of the stored schema, which is made of the one in the code", async () => {
  const { resources } = JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/clinic.json"), "utf8"));
  const more = [bus(20), sql("d", { useFreeLimit: true }), registry("Basic"), resource("x:Y", "z", {})];
  const past = estimate({ region: "eastus", resources });
  const request = { region: "eastus", resources: [...resources, ...more], usageProfile: "app, 10 users" };
  const result = estimate({ ...request, past, budgetMonthlyUsd: 1, usage: usageForUsers(10), now: new Date() });
  expect(EstimateSchema.parse(result)).toEqual(result);
  expect(EstimateSchema.safeParse({ ...result, total: "1" }).success).toBe(false);
  const stored = readFileSync(join(import.meta.dirname, "estimate.schema.json"), "utf8");
  expect(JSON.parse(stored)).toEqual(z.toJSONSchema(EstimateSchema));
});

it("a hundred resources take at most 20 ms", () => {
  const resources = Array.from({ length: 100 }, (_, index) => app(`app${index}`, 0.25, 1));
  // The best of many: on a busy machine most of them wait for it.
  const times = Array.from({ length: 20 }, () => {
    const begin = performance.now();
    estimate({ region: "eastus", resources });
    return performance.now() - begin;
  });
  expect(Math.min(...times)).toBeLessThan(20);
});
