import { expect, it } from "vitest";
import { type EstimateRequest, estimate, toUsd, type UsedResource, usageForUsers } from "./index.ts";
import {
  app,
  blobs,
  build,
  bus,
  cosmos,
  endpoint,
  frontDoor,
  logs,
  postgres,
  registry,
  resource,
  site,
  sql,
  total,
  vault,
} from "./testing/resources.ts";

// Bills of known systems, computed by hand from the price list: [what, the figure, plan, region, free amounts].
type Case = readonly [string, string, readonly UsedResource[], string?, EstimateRequest["grants"]?];

const two = (share: number) => [
  app("front", 0.25, 1, { active_share: share }),
  app("back", 0.25, 1, { active_share: share }),
];
const twoFor = (hours: number) => [
  app("front", 0.25, 0, { hours_up_per_day: hours }),
  app("back", 0.25, 0, { hours_up_per_day: hours }),
];
const relay = (open_listeners: number, hours = 24) =>
  resource("relay:HybridConnection", "relay", {}, { open_listeners, hours_up_per_day: hours });

const TRAPS: readonly Case[] = [
  ["an idle replica, East US", "5.91", [app("a", 0.25, 1, { active_share: 0 })], "eastus", "exhausted"],
  ["a busy replica, East US", "19.71", [app("a", 0.25, 1, { active_share: 1 })], "eastus", "exhausted"],
  ["an idle replica, West Europe", "7.88", [app("a", 0.25, 1, { active_share: 0 })], "West Europe", "none"],
  ["a busy replica, West Europe", "27.59", [app("a", 0.25, 1, { active_share: 1 })], "West Europe", "none"],
  ["SQL serverless that never pauses", "190.46", [sql("db", { autoPauseDelay: -1 })]],
  ["Relay: a listener that is always open", "9.78", [relay(1)]],
  ["Relay: a listener for 40 of 168 hours, in months of 52/12 weeks", "2.32", [relay(1, (40 * 52 * 24) / (12 * 730))]],
  ["a private endpoint", "7.30", [endpoint("pe", "vault")]],
  [
    "private everything for a small app",
    "109.50",
    [endpoint("e", "managedEnvironments"), ...["vault", "blob", "sql", "registry"].map((each) => endpoint(each, each))],
  ],
  ["Postgres B1ms, 32 GB", "16.09", [postgres("Standard_B1ms")]],
  ["the smallest disk is 32 GB: one of 8 GB costs the same", "16.09", [postgres("Standard_B1ms", "Disabled", 8)]],
  ["burstable servers have no high availability", "16.09", [postgres("Standard_B1ms", "ZoneRedundant")]],
  ["registry by the day", "5.00", [registry("Basic")]],
  [
    "App Configuration by the day",
    "36.00",
    [resource("appconfiguration:ConfigurationStore", "c", { sku: { name: "Standard" } })],
  ],
];

const MOMENTLOOP: readonly Case[] = [
  ["scale to zero, 2 h a day", "0.00", twoFor(2)],
  ["scale to zero, 4 h", "1.17", twoFor(4)],
  ["scale to zero, 8 h", "7.74", twoFor(8)],
  ["scale to zero, 24 h", "34.02", twoFor(24)],
  ["one replica each, idle", "10.21", two(0)],
  ["one replica each, 13.6 % active: the free amount covers it", "10.21", two(0.136)],
  ["one replica each, 25 % active", "13.32", two(0.25)],
  ["one replica each, 50 % active", "20.22", two(0.5)],
  ["one replica each, always active", "34.02", two(1)],
  ["storage and vault", "0.05", [blobs(1), vault(10_000)]],
  ["logs under 5 GB", "0.00", [logs(5)]],
  ["logs from 5 GB on", "2.30", [logs(6)]],
  ...(
    [
      ["scale to zero", "21.14", twoFor(2)],
      ["one replica, idle", "31.35", two(0)],
      ["always active", "55.16", two(1)],
    ] as const
  ).map(([name, usd, apps]): Case => [`the whole, ${name}`, usd, [...small(), ...apps]]),
  ["growth: D2s_v3 with high availability and its disk", "267.24", [postgres("Standard_D2s_v3", "ZoneRedundant")]],
  ["growth: apps of 1.5 vCPU, idle", "33.86", [app("a", 1.5, 1, { active_share: 0 })]],
  ["growth: apps of 1.5 vCPU, active", "112.86", [app("a", 1.5, 1, { active_share: 1 })]],
  ["growth, at least", "321.10", [postgres("Standard_D2s_v3", "SameZone"), app("a", 1.5, 1), registry("Standard")]],
  [
    "growth, at most",
    "430.10",
    [postgres("Standard_D2s_v3", "ZoneRedundant"), app("a", 1.5, 1, { active_share: 1 }), registry("Premium")],
  ],
];

function small(): readonly UsedResource[] {
  return [postgres("Standard_B1ms"), registry("Basic"), blobs(1), vault(10_000), logs(4)];
}

const production = (share: number, replicas = 2) => app("api", 2, replicas, { active_share: share });
const listed = (size: string) => [bus(13), blobs(1000), cosmos(100, 10), registry(size)];
const leftOut = [
  build(1000, 10, 2, 4),
  logs(20),
  vault(333_333),
  resource("web:WebApp", "out", { kind: "app" }, { monthly_outbound_data_processed_gb: 500 }),
];

const LIBRA: readonly Case[] = [
  ["two replicas, idle", "92.99", [production(0)]],
  ["two replicas, 10 % active", "111.28", [production(0.1)]],
  ["two replicas, 30 % active", "155.43", [production(0.3)]],
  ["two replicas, always active", "309.96", [production(1)]],
  ["ten replicas, idle", "471.42", [production(0, 10)]],
  ["ten replicas, busy", "1571.40", [production(1, 10)]],
  ["dev, one replica active", "34.02", [app("api", 0.5, 1, { active_share: 1 })]],
  ["Service Bus, 13 million operations", "10.00", [bus(13)]],
  ["Service Bus, 63 million operations", "50.00", [bus(63)]],
  ["Service Bus Premium", "677.08", [bus(0, "Premium")]],
  ["1 TB LRS", "20.80", [blobs(1000)]],
  ["Cosmos, 100 million RU and 10 GB", "27.50", [cosmos(100, 10)]],
  ["Cosmos, 790 million RU and 10 GB", "200.00", [cosmos(790, 10)]],
  ["Cosmos autoscale to 1,000 RU/s, at rest", "8.76", [autoscale(0)]],
  ["Cosmos autoscale to 1,000 RU/s, at its maximum", "87.60", [autoscale(100)]],
  ["1,000 image builds of 10 minutes", "16.47", [build(1000, 10, 2, 4)]],
  ["logs, 20 GB", "34.50", [logs(20)]],
  ["egress, 500 GB", "34.80", leftOut.slice(3)],
  ["what was left out", "86.77", leftOut],
  ["what was left out, with Front Door", "121.77", [...leftOut, frontDoor("Standard")]],
  ["the listed lines, 10 % active, Basic", "174.58", [production(0.1), ...listed("Basic")]],
  ["the listed lines, 30 % active, Standard", "233.73", [production(0.3), ...listed("Standard")]],
  ["with what was left out, 10 %", "261.35", [production(0.1), ...listed("Basic"), ...leftOut]],
  ["with what was left out, 30 %", "320.50", [production(0.3), ...listed("Standard"), ...leftOut]],
  ["ten busy replicas, the listed lines", "1634.70", [production(1, 10), ...listed("Basic")]],
  [
    "ten busy replicas, everything",
    "1771.47",
    [production(1, 10), ...listed("Standard"), ...leftOut, frontDoor("Standard")],
  ],
];

function autoscale(percent: number): UsedResource {
  const options = { autoscaleSettings: { maxThroughput: 1000 } };
  const usage = { max_request_units_utilization_percentage: percent };
  return resource("cosmosdb:SqlResourceSqlDatabase", "db", { options }, usage);
}

const pair = (worker: number) => [
  app("api", 0.5, 1, { active_share: 0.25 }),
  app("worker", worker, 1, { active_share: 0.25 }),
];
const beside = [bus(1), registry("Standard"), vault(333_333), blobs(2 / 0.0208), logs(10)];

const PLATFORM: readonly Case[] = [
  ["API and worker, a quarter active", "22.69", pair(0.25)],
  ["ledger", "6.25", [cosmos(20, 5)]],
  ["vault and blobs", "3.00", [vault(333_333), blobs(2 / 0.0208)]],
  ["logs, 10 GB", "11.50", [logs(10)]],
  ["the whole", "73.44", [...pair(0.25), cosmos(20, 5), ...beside]],
  ["with Postgres instead of Cosmos", "83.28", [...pair(0.25), postgres("Standard_B1ms"), ...beside]],
  ["sandbox: a session-hour", "0.03", [resource("app:ContainerAppsSessionPool", "s", {}, { sessions_hours: 0.5 })]],
  ["sandbox: 1,000 hours of 1 vCPU and 4 GB in a container group", "58.30", [build(1000, 60, 1, 4)]],
  ["an app of its own with B1ms on top: at least", "16.09", [postgres("Standard_B1ms")], "eastus", "exhausted"],
];

for (const [name, usd, resources, region, grants] of [...TRAPS, ...MOMENTLOOP, ...LIBRA, ...PLATFORM]) {
  it(`${name}: ${usd}`, () => {
    expect(total(resources, { ...(region && { region }), ...(grants && { grants }) })).toBe(usd);
  });
}

it("a bigger worker adds 9.36 to the platform", () => {
  const of = (worker: number) => Number(estimate({ region: "eastus", resources: pair(worker) }).totalMonthlyCost);
  expect((of(0.5) - of(0.25)).toFixed(2)).toBe("9.36");
});

// Questions to an assistant, by number of users: [users, Functions Y1, Flex, Cosmos, SQL with the offer, without, the rest, fixed, sum, without, Relay]
const ASSISTANT: readonly (readonly [users: number, ...figures: string[]])[] = [
  [1, "0.00", "0.00", "0.01", "0.00", "5.79", "0.00", "0.00", "0.01", "5.81", "2.93"],
  [10, "0.00", "0.00", "0.11", "6.38", "21.45", "0.03", "0.00", "6.52", "21.59", "29.35"],
  [100, "0.00", "3.25", "1.11", "63.78", "78.85", "0.27", "45.00", "110.16", "125.23", "293.46"],
  [1_000, "29.60", "55.92", "11.10", "214.05", "229.12", "5.00", "45.00", "304.75", "319.82", "2934.60"],
  [10_000, "354.00", "583.50", "111.00", "747.33", "762.40", "185.85", "45.00", "1443.18", "1458.25", "29346.00"],
];

it.each(ASSISTANT.map(([users, ...figures]) => ({ users, figures })))(
  "an assistant with $users users",
  ({ users, figures }) => {
    const usage = usageForUsers(users, "assistant");
    const of = (...resources: readonly UsedResource[]) => total(resources, { usage });
    const y1 = [resource("web:AppServicePlan", "plan", { sku: { name: "Y1" } }), functions({})];
    const flex = [functions({ functionAppConfig: {} })];
    const data = resource("cosmosdb:DatabaseAccount", "data", { capabilities: [{ name: "EnableServerless" }] });
    const offer = sql("db", { useFreeLimit: true, freeLimitExhaustionBehavior: "BillOverUsage" });
    const rest = [
      resource("keyvault:Vault", "vault", {}),
      resource("apimanagement:ApiManagementService", "calls", { sku: { name: "Consumption", capacity: 0 } }),
      resource("operationalinsights:Workspace", "logs", { retentionInDays: 30 }),
    ];
    const sized = users < 100 ? "Free" : "Standard";
    const parts = [
      resource("web:StaticSite", "site", { sku: { name: sized } }),
      resource("appconfiguration:ConfigurationStore", "settings", { sku: { name: sized } }),
    ];
    const egress = estimate({ region: "eastus", resources: y1, usage }).resources[0]?.costComponents.at(-1);
    const others = Number(estimate({ region: "eastus", resources: rest, usage }).totalMonthlyCost);
    expect([
      toUsd(lessEgress(y1, usage)),
      toUsd(lessEgress(flex, usage)),
      of(data),
      of(offer),
      of(sql("db", {})),
      (others + Number(egress?.monthlyCost)).toFixed(2),
      of(...parts),
      of(...y1, data, offer, ...rest, ...parts),
      of(...y1, data, sql("db", {}), ...rest, ...parts),
      of(resource("relay:HybridConnection", "relay", {})),
    ]).toEqual(figures);
  },
);

function functions(inputs: UsedResource["inputs"]): UsedResource {
  return resource("web:WebApp", "api", { kind: "functionapp,linux", ...inputs });
}

function lessEgress(resources: readonly UsedResource[], usage: EstimateRequest["usage"] & object): string {
  const [host] = estimate({ region: "eastus", resources, usage }).resources;
  const parts = host?.costComponents.filter((each) => each.meterId !== "egress") ?? [];
  return parts.reduce((sum, each) => sum + Number(each.monthlyCost), 0).toFixed(9);
}

it("without SQL and with free plans the assistant costs 1.38 at 100 users and 45.70 at 1,000", () => {
  const plan = [
    resource("web:AppServicePlan", "plan", { sku: { name: "Y1" } }),
    functions({}),
    resource("cosmosdb:DatabaseAccount", "data", { capabilities: [{ name: "EnableServerless" }] }),
    resource("keyvault:Vault", "vault", {}),
    resource("apimanagement:ApiManagementService", "calls", { sku: { name: "Consumption" } }),
    resource("operationalinsights:Workspace", "logs", {}),
    site("Free"),
  ];
  expect([100, 1000].map((users) => total(plan, { usage: usageForUsers(users, "assistant") }))).toEqual([
    "1.38",
    "45.70",
  ]);
});

it("the published West European bill of 23.26 to 23.99 takes the East US price of the disk: that line is unpriced here", () => {
  const result = estimate({ region: "westeurope", resources: [...small(), ...twoFor(2)] });
  const unpriced = result.resources.flatMap(({ costComponents }) =>
    costComponents.filter((each) => each.priceNotFound),
  );
  expect(unpriced.map((each) => each.meterId)).toEqual(["pg-storage", "pg-backup"]);
  expect(toUsd(result.totalMonthlyCost)).toBe("20.31"); // 23.99 - 3.68, from the upper price of the server
});

it("a listener for 40 hours a week costs 2.33 by the hours of a day, not the published 2.32, which takes 52 weeks of 12 months", () => {
  expect(total([relay(1, 40 / 7)])).toBe("2.33");
});
