import { describe, expect, it } from "vitest";
import { estimate, estimateFleet, type Grants, PRICES, type UsedResource } from "./index.ts";
import { app, bus, cosmos, logs, resource, sql, total } from "./testing/resources.ts";

const users = (monthly_active_users: number) =>
  resource("azureactivedirectory:CIAMTenant", "t", {}, { monthly_active_users });

describe("free amounts of a subscription", () => {
  it.each<[string, UsedResource, string, string, string]>([
    ["container seconds", app("a", 0.25, 1, { active_share: 1 }), "14.31", "19.71", "19.71"],
    ["logs", logs(8), "6.90", "18.40", "18.40"],
    ["Service Bus: what is included with the base", bus(13), "10.00", "20.40", "20.40"],
    ["Service Bus: others have climbed the ladder", bus(100), "79.60", "86.10", "90.00"],
    ["users of a tenant", users(60_000), "163.00", "978.00", "978.00"],
    ["the free tier of Cosmos", cosmos(0, 30, { enableFreeTier: true }), "1.25", "7.50", "7.50"],
  ])("%s: fresh, exhausted, none", (_, only, fresh, exhausted, none) => {
    const of = (grants: Grants) => total([only], { grants });
    expect([of("fresh"), of("exhausted"), of("none")]).toEqual([fresh, exhausted, none]);
  });

  it("exhausted grants are named as used by others; without grants there are none to name", () => {
    const of = (grants: Grants) => estimate({ region: "eastus", resources: [logs(8)], grants });
    const grant = { scope: "billing account, month", meterId: "log-ingestion", amount: "5" };
    expect(of("fresh").grants).toEqual([{ ...grant, usedByOthers: "0", usedHere: "5" }]);
    expect(of("exhausted").grants).toEqual([{ ...grant, usedByOthers: "5", usedHere: "0" }]);
    expect(of("none").grants).toEqual([]);
  });

  it("amounts that others use change the marginal cost and not the total", () => {
    const result = estimate({ region: "eastus", resources: [logs(8)], grants: { "log-ingestion": 3 } });
    expect([result.totalMonthlyCost, result.marginalMonthlyCost]).toEqual(["6.9", "13.8"]);
  });

  it("working seconds take the free amount before waiting ones, whichever comes first in the plan", () => {
    const idle = app("idle", 0.5, 1, { active_share: 0 });
    const busy = app("busy", 0.5, 1, { active_share: 1 });
    const cost = (resources: readonly UsedResource[]) => {
      const { resources: bills } = estimate({ region: "eastus", resources });
      return bills.find(({ name }) => name === "idle")?.costComponents.map((each) => each.grantUsed ?? "0");
    };
    expect([cost([idle, busy]), cost([busy, idle])].map((used) => used?.[1])).toEqual(["0", "0"]);
  });

  it("even where waiting ones are dearer", () => {
    const rows = PRICES.rows.map((row) =>
      row.id === "aca-vcpu-idle" ? { ...row, regions: { eastus: { price: 0.001, confidence: "a" as const } } } : row,
    );
    const resources = [app("half", 0.5, 1, { active_share: 0.5 })];
    const { costComponents } =
      estimate({ region: "eastus", resources, prices: { ...PRICES, rows } }).resources[0] ?? {};
    expect(costComponents?.map((each) => [each.meterId, each.grantUsed]).slice(0, 2)).toEqual([
      ["aca-vcpu-active", "180000"],
      ["aca-vcpu-idle", undefined],
    ]);
  });

  it("a subscription pays the base of Service Bus once, however many namespaces it has", () => {
    expect(total([bus(5), { ...bus(5), urn: "urn:other", name: "other" }])).toBe("10.00");
    const result = estimate({ region: "eastus", resources: [bus(0)], grants: { "sb-standard-base": 1 } });
    expect([result.totalMonthlyCost, result.marginalMonthlyCost]).toEqual(["10", "0"]);
  });

  it("in two regions the dearer one takes it first", () => {
    const here = app("here", 0.25, 1, { active_share: 1 });
    const there = {
      ...app("there", 0.25, 1, { active_share: 1 }),
      inputs: { ...here.inputs, location: "West Europe" },
    };
    const { resources } = estimate({ region: "eastus", resources: [here, there] });
    const working = resources.map(({ costComponents }) => costComponents[0]?.grantUsed ?? "0");
    expect(working).toEqual(["0", "180000"]);
    expect(resources[1]?.costComponents[0]?.assumptions).toEqual(["billed in westeurope"]);
  });
});

describe("offers that a resource asks for", () => {
  const free = (name: string) =>
    sql(name, { useFreeLimit: true }, { monthly_vcore_hours: 100_000 / 3600, storage_gb: 32 });

  it("ten databases of a subscription have the free offer, the eleventh pays", () => {
    const names = Array.from({ length: 11 }, (_, index) => `d${index + 10}`);
    expect(total(names.slice(0, 10).map(free))).toBe("0.00");
    expect([total(names.map(free)), total(names.toReversed().map(free))]).toEqual(["18.17", "18.17"]);
  });

  it("without asking there is no offer, and databases of others take its places", () => {
    expect(total([sql("d", {}, { monthly_vcore_hours: 20, storage_gb: 32 })])).toBe("14.12");
    const result = estimate({ region: "eastus", resources: [free("d")], grants: { "sql-free-offer": 10 } });
    expect([result.totalMonthlyCost, Number(result.marginalMonthlyCost).toFixed(2)]).toEqual(["0", "18.17"]);
  });

  it("a database that stops when its free amount is used up never costs", () => {
    const stops = { useFreeLimit: true, freeLimitExhaustionBehavior: "AutoPause" };
    expect(total([sql("d", stops, { monthly_vcore_hours: 500, storage_gb: 5 })])).toBe("0.00");
  });

  it("the free tier of Cosmos covers 1,000 RU/s of the account that asks for it", () => {
    const account = (enableFreeTier: boolean) =>
      resource("cosmosdb:DatabaseAccount", "data", { accountName: "acc", enableFreeTier }, { storage_gb: 25 });
    const database = resource("cosmosdb:SqlResourceSqlDatabase", "db", {
      accountName: "acc",
      options: { throughput: 1200 },
    });
    expect([true, false].map((asks) => total([account(asks), database]))).toEqual(["11.68", "76.33"]);
  });

  it("manual and autoscale throughput share it, the dearer first", () => {
    const account = resource("cosmosdb:DatabaseAccount", "data", { enableFreeTier: true });
    const manual = resource("cosmosdb:SqlResourceSqlContainer", "a", { options: { throughput: 600 } });
    const options = { autoscaleSettings: { maxThroughput: 5000 } };
    const autoscale = resource("cosmosdb:SqlResourceSqlContainer", "b", { options });
    expect(total([account, manual, autoscale])).toBe("5.84");
  });
});

it("apps of one subscription share its free amounts: own cost, and on top of those before", () => {
  const deployment = (name: string) => ({ name, region: "eastus", resources: [app("web", 0.25, 1), logs(4)] });
  const fleet = estimateFleet(["a", "b", "c"].map(deployment));
  expect(fleet.totalMonthlyCost).toBe("32.219");
  expect(fleet.deployments).toEqual([
    { name: "a", monthlyCost: "4.293", marginalMonthlyCost: "4.293" },
    { name: "b", monthlyCost: "4.293", marginalMonthlyCost: "12.813" },
    { name: "c", monthlyCost: "4.293", marginalMonthlyCost: "15.113" },
  ]);
  expect(fleet.grants.map(({ meterId, usedHere }) => [meterId, usedHere])).toEqual([
    ["aca-vcpu-active", "180000"],
    ["aca-memory", "360000"],
    ["log-ingestion", "5"],
  ]);
});
