import fc from "fast-check";
import { expect, it } from "vitest";
import { diffEstimates, estimate, estimateFleet, PRICES, USAGE_KEYS, type Usage, type UsedResource } from "./index.ts";
import { METERS } from "./meters/index.ts";
import { fromDecimal, sum, toDecimal } from "./money.ts";
import { resource } from "./testing/resources.ts";

/** Inputs with which every type is billed in one of its ways. */
const SHAPES: readonly (readonly [type: string, inputs: UsedResource["inputs"]])[] = [
  ["app:ContainerApp", {}],
  ["app:ContainerApp", { template: { scale: { minReplicas: 2 } } }],
  ["app:Job", {}],
  ["app:ContainerAppsSessionPool", {}],
  ["servicebus:Namespace", { sku: { name: "Standard" } }],
  ["servicebus:Namespace", { sku: { name: "Basic" } }],
  ["operationalinsights:Workspace", { retentionInDays: 90 }],
  ["cosmosdb:DatabaseAccount", { capabilities: [{ name: "EnableServerless" }], enableFreeTier: true }],
  ["cosmosdb:SqlResourceSqlDatabase", { options: { autoscaleSettings: { maxThroughput: 4000 } } }],
  ["sql:Database", { sku: { name: "GP_S_Gen5_2" }, useFreeLimit: true }],
  ["sql:Database", { sku: { name: "GP_S_Gen5_2" }, autoPauseDelay: -1 }],
  ["web:WebApp", { kind: "functionapp" }],
  ["web:WebApp", { functionAppConfig: { scaleAndConcurrency: { alwaysReady: [{ instanceCount: 1 }] } } }],
  ["apimanagement:ApiManagementService", { sku: { name: "Consumption" } }],
  ["appconfiguration:ConfigurationStore", { sku: { name: "Standard" } }],
  ["azureactivedirectory:CIAMTenant", {}],
  ["containerregistry:Registry", { sku: { name: "Basic" } }],
  ["relay:HybridConnection", {}],
  ["storage:StorageAccount", { sku: { name: "Standard_LRS" } }],
  ["web:StaticSite", { sku: { name: "Standard" } }],
  ["keyvault:Vault", {}],
];
const SHARES: Readonly<Record<string, number>> = { active_share: 1, hours_up_per_day: 24 };

const usage = fc.record(
  Object.fromEntries(
    Object.keys(USAGE_KEYS).map((key) => [
      key,
      SHARES[key] ? fc.double({ min: 0, max: SHARES[key], noNaN: true }) : fc.integer({ min: 0, max: 50_000_000 }),
    ]),
  ),
) as fc.Arbitrary<Usage>;

const plan = fc
  .array(fc.record({ shape: fc.constantFrom(...SHAPES), usage, location: fc.constantFrom("eastus", "westeurope") }), {
    maxLength: 8,
  })
  .map((entries) =>
    entries.map(({ shape: [type, inputs], usage: used, location }, index) =>
      resource(type, `r${index}`, { ...inputs, location }, used),
    ),
  );

const price = (resources: readonly UsedResource[], region = "eastus") => estimate({ region, resources });

it("the parts add up to the total, usage to its part of it", () => {
  fc.assert(
    fc.property(plan, (resources) => {
      const result = price(resources);
      expect(addUp(result.resources.map((each) => each.monthlyCost))).toBe(result.totalMonthlyCost);
      const components = result.resources.flatMap((each) => each.costComponents);
      expect(addUp(components.map((each) => each.monthlyCost))).toBe(result.totalMonthlyCost);
      const used = components.filter((each) => each.usageBased).map((each) => each.monthlyCost);
      expect(addUp(used)).toBe(result.totalMonthlyUsageCost);
    }),
  );
});

it("the order of the resources does not change the total by a billionth", () => {
  fc.assert(
    fc.property(plan, fc.infiniteStream(fc.nat()), (resources, numbers) => {
      const order = new Map(resources.map((each) => [each, numbers.next().value ?? 0]));
      const shuffled = resources.toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
      expect(price(shuffled).totalMonthlyCost).toBe(price(resources).totalMonthlyCost);
    }),
  );
});

it("marginal costs of the deployments add up to the fleet's, in any order, which is what they cost together", () => {
  fc.assert(
    fc.property(fc.array(plan, { maxLength: 4 }), (plans) => {
      const deployments = plans.map((resources, index) => ({ name: `app${index}`, region: "eastus", resources }));
      const fleet = estimateFleet(deployments);
      expect(addUp(fleet.deployments.map((each) => each.marginalMonthlyCost))).toBe(fleet.totalMonthlyCost);
      expect(estimateFleet(deployments.toReversed()).totalMonthlyCost).toBe(fleet.totalMonthlyCost);
      for (const { monthlyCost, marginalMonthlyCost } of fleet.deployments) {
        expect(fromDecimal(marginalMonthlyCost)).toBeGreaterThanOrEqual(0n);
        expect(fromDecimal(monthlyCost)).toBeGreaterThanOrEqual(0n);
      }
    }),
    { numRuns: 50 },
  );
});

it("more of any usage never costs less", () => {
  const key = fc.constantFrom(...(Object.keys(USAGE_KEYS) as (keyof Usage)[]));
  fc.assert(
    fc.property(plan, key, fc.integer({ min: 1, max: 30_000_000 }), (resources, more, by) => {
      const most = SHARES[more] ?? Number.POSITIVE_INFINITY;
      // Listeners bring included data with them: more of them alone may pay for themselves.
      fc.pre(more !== "open_listeners");
      const busier = resources.map((each) => ({
        ...each,
        usage: { ...each.usage, [more]: Math.min(most, (each.usage?.[more] ?? 0) + by) },
      }));
      expect(amount(price(busier)) >= amount(price(resources))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it("at the border of a step or a free amount the cost does not jump", () => {
  const bordered = [
    ["servicebus:Namespace", { sku: { name: "Standard" } }, "monthly_messaging_operations", [13e6, 100e6, 2500e6]],
    ["operationalinsights:Workspace", {}, "monthly_log_data_ingestion_gb", [5]],
    ["azureactivedirectory:CIAMTenant", {}, "monthly_active_users", [50_000]],
    ["web:StaticSite", { sku: { name: "Standard" } }, "monthly_outbound_data_processed_gb", [100]],
    ["containerregistry:Registry", { sku: { name: "Basic" } }, "storage_gb", [10]],
    ["sql:Database", { sku: { name: "GP_S_Gen5_1" }, autoPauseDelay: -1 }, "monthly_vcore_hours", [365]],
  ] as const;
  for (const [type, inputs, key, borders] of bordered) {
    for (const border of borders) {
      const [below, above] = [border - 1e-4, border + 1e-4].map((value) =>
        amount(price([resource(type, "r", inputs, { [key]: value })])),
      );
      expect([type, border, (above ?? 0n) - (below ?? 0n) < 1_000_000n]).toEqual([type, border, true]);
    }
  }
});

it("a difference and its reverse cancel out, resource by resource", () => {
  fc.assert(
    fc.property(plan, plan, (a, b) => {
      const [before, after] = [price(a), price(b)];
      const deltas = (rows: ReturnType<typeof diffEstimates>) =>
        Object.fromEntries(rows.map((row) => [row.urn, fromDecimal(row.delta)]));
      const forth = deltas(diffEstimates(before, after));
      const back = deltas(diffEstimates(after, before));
      expect(back).toEqual(Object.fromEntries(Object.entries(forth).map(([urn, delta]) => [urn, -delta])));
    }),
  );
});

it("another region changes prices and what has none, never quantities", () => {
  fc.assert(
    fc.property(plan, (resources) => {
      const here = resources.map(({ inputs: { location: _, ...inputs }, ...each }) => ({ ...each, inputs }));
      const quantities = (region: string) =>
        price(here, region).resources.flatMap((each) =>
          each.costComponents.map(({ name, meterId, monthlyQuantity }) => [each.urn, name, meterId, monthlyQuantity]),
        );
      expect(quantities("westeurope")).toEqual(quantities("eastus"));
    }),
  );
});

it("a region that the book does not know has no price at all, and nothing in it costs 0", () => {
  fc.assert(
    fc.property(fc.constantFrom(...SHAPES), usage, ([type, inputs], used) => {
      const { totalMonthlyCost, resources, summary } = price([resource(type, "r", inputs, used)], "atlantis");
      const components = resources.flatMap((each) => each.costComponents);
      expect(totalMonthlyCost).toBe("0");
      expect(summary).toMatchObject({ priced: 0, usage: 0, unpriced: components.length });
      expect(components.map((each) => [each.priceNotFound, each.monthlyCost])).toEqual(
        components.map(() => [true, null]),
      );
    }),
  );
});

it("no type in the table fails on inputs of any form", () => {
  const inputs = fc.dictionary(
    fc.constantFrom("sku", "template", "options", "location", "kind", "properties", "storage", "locations"),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(METERS)), inputs, usage, (type, any, used) => {
      const plan = [{ urn: "u", name: "n", type, inputs: any as UsedResource["inputs"], usage: used }];
      expect(estimate({ region: "eastus", resources: plan, prices: PRICES }).version).toBe("0.1");
    }),
    { numRuns: 500 },
  );
});

function amount(result: { readonly totalMonthlyCost: string }): bigint {
  return fromDecimal(result.totalMonthlyCost);
}

function addUp(amounts: readonly (string | null)[]): string {
  return toDecimal(sum(amounts.map((each) => fromDecimal(each ?? "0"))));
}
