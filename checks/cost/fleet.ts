import { chargesOf, entriesOf, type UsedResource } from "./entries.ts";
import { type GrantUse, grantUse, settle } from "./grants.ts";
import { sum, toDecimal } from "./money.ts";
import { canonicalRegion, PRICES, type PriceBook } from "./priceBook.ts";
import type { UsageFile } from "./usage.ts";

/** What is deployed together: an app with a stack of its own, or the platform. */
export interface Deployment {
  readonly name: string;
  readonly region: string;
  readonly resources: readonly UsedResource[];
  readonly usage?: readonly UsageFile[];
}

/** The deployments of one subscription. Amounts are exact decimals in USD a month. */
export interface FleetCost {
  readonly totalMonthlyCost: string;
  readonly deployments: readonly {
    readonly name: string;
    /** As the only one in the subscription. */
    readonly monthlyCost: string;
    /** On top of those before it in the list; these add up to the fleet's total. */
    readonly marginalMonthlyCost: string;
  }[];
  readonly grants: readonly GrantUse[];
}

/** Counts free amounts, price ladders and what is paid once over all deployments of a subscription; the total does not depend on their order. */
export function estimateFleet(deployments: readonly Deployment[], prices: PriceBook = PRICES): FleetCost {
  const each = deployments.map(({ name, region, resources, usage = [] }) => {
    const own = resources.map((resource) => ({ ...resource, urn: `${name}/${resource.urn}` })); // apps may share URNs
    return entriesOf(own, canonicalRegion(region), prices, usage).entries;
  });
  const costOf = (from: number, to: number) => {
    const charges = chargesOf(each.slice(from, to).flat(), "fresh").map(([, charge]) => charge);
    return sum(settle(charges, prices, "fresh").map(({ cost }) => cost));
  };
  const upTo = [0n, ...deployments.map((_, index) => costOf(0, index + 1))];
  const charges = chargesOf(each.flat(), "fresh").map(([, charge]) => charge);
  return {
    totalMonthlyCost: toDecimal(upTo.at(-1) ?? 0n),
    deployments: deployments.map(({ name }, index) => ({
      name,
      monthlyCost: toDecimal(costOf(index, index + 1)),
      marginalMonthlyCost: toDecimal((upTo[index + 1] ?? 0n) - (upTo[index] ?? 0n)),
    })),
    grants: grantUse(charges, settle(charges, prices, "fresh"), prices, "fresh"),
  };
}
