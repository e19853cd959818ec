import fc from "fast-check";
import { expect, it } from "vitest";
import { diffEstimates, estimate, type UsedResource } from "./index.ts";
import { fromDecimal, sum, toDecimal } from "./money.ts";

/** Apps and queues with any usage: the types whose free amounts are shared. */
const plan = fc.uniqueArray(
  fc.record({
    name: fc.stringMatching(/^[a-z]{3,8}$/),
    kind: fc.constantFrom("app", "bus"),
    cpu: fc.constantFrom(0.25, 0.5, 2),
    minReplicas: fc.integer({ min: 0, max: 3 }),
    share: fc.integer({ min: 0, max: 10 }),
    hours: fc.integer({ min: 0, max: 24 }),
    millions: fc.integer({ min: 0, max: 3000 }),
  }),
  { selector: (each) => each.name, maxLength: 6 },
);
type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

function resourcesOf(entries: Plan): UsedResource[] {
  return entries.map(({ name, kind, cpu, minReplicas, share, hours, millions }): UsedResource => {
    const urn = `urn:pulumi:dev::app::x::${name}`;
    if (kind === "bus") {
      const usage = { monthly_messaging_operations: millions * 1e6 };
      return { urn, name, type: "azure-native:servicebus:Namespace", inputs: { sku: { name: "Standard" } }, usage };
    }
    const containers = [{ resources: { cpu, memory: `${cpu * 2}Gi` } }];
    const usage = { active_share: share / 10, hours_up_per_day: hours, monthly_requests: millions * 1000 };
    const inputs = { template: { containers, scale: { minReplicas } } };
    return { urn, name, type: "azure-native:app:ContainerApp", inputs, usage };
  });
}

const price = (resources: readonly UsedResource[], grants?: Record<string, number>) =>
  estimate({ region: "eastus", resources, ...(grants && { grants }) });

it("the parts add up to the total", () => {
  fc.assert(
    fc.property(plan, (entries) => {
      const result = price(resourcesOf(entries));
      const parts = result.resources.map((resource) => fromDecimal(resource.monthlyCost ?? "0"));
      expect(toDecimal(sum(parts))).toBe(result.totalMonthlyCost);
    }),
  );
});

it("the order of the resources does not change the total", () => {
  fc.assert(
    fc.property(plan, (entries) => {
      const resources = resourcesOf(entries);
      expect(within(price(resources).totalMonthlyCost, price(resources.toReversed()).totalMonthlyCost)).toBe(true);
    }),
  );
});

it("marginal costs of the single deployments add up to the cost of the fleet", () => {
  fc.assert(
    fc.property(plan, (entries) => {
      const requestsOnly = resourcesOf(entries).filter(({ type }) => type.endsWith("Namespace"));
      let operations = 0;
      const marginal = requestsOnly.map((resource, index) => {
        const grants = { "sb-standard-base": index, "sb-standard-operations": operations };
        operations += (resource.usage?.monthly_messaging_operations ?? 0) / 1e6;
        return fromDecimal(price([resource], grants).marginalMonthlyCost);
      });
      expect(toDecimal(sum(marginal))).toBe(price(requestsOnly).totalMonthlyCost);
    }),
  );
});

it("more usage never costs less", () => {
  fc.assert(
    fc.property(plan, fc.integer({ min: 1, max: 5 }), (entries, more) => {
      const busier = entries.map((entry) => ({
        ...entry,
        share: Math.min(10, entry.share + more),
        hours: Math.min(24, entry.hours + more),
        millions: entry.millions + more,
      }));
      const [before, after] = [price(resourcesOf(entries)), price(resourcesOf(busier))];
      expect(fromDecimal(after.totalMonthlyCost) >= fromDecimal(before.totalMonthlyCost)).toBe(true);
    }),
  );
});

it("a difference and its reverse cancel out", () => {
  fc.assert(
    fc.property(plan, plan, (a, b) => {
      const [before, after] = [price(resourcesOf(a)), price(resourcesOf(b))];
      const delta = (rows: ReturnType<typeof diffEstimates>) => sum(rows.map((row) => fromDecimal(row.delta)));
      expect(delta(diffEstimates(before, after))).toBe(-delta(diffEstimates(after, before)));
    }),
  );
});

/** Each line is rounded to a billionth; which line takes the free amount moves that rounding. */
function within(a: string, b: string): boolean {
  const difference = fromDecimal(a) - fromDecimal(b);
  return difference < 100n && difference > -100n;
}
