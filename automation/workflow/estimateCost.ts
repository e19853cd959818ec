import { estimate } from "@devfactory/checks/index.ts";
import type { PlannedResource } from "../deploy/messages.ts";
import { nameOf } from "../deploy/planRecorder.ts";
import type { CostEstimate } from "./services.ts";

/** Prices a plan with the price book of `checks`. */
export function estimateCost(plan: readonly PlannedResource[], region: string): CostEstimate {
  const resources = plan.map(({ urn, type, name, inputs }) => ({ urn, type, name, inputs }));
  const result = estimate({ resources, region });
  const { unpriced, unsupported } = result.summary;
  const unpricedParts = Object.values(unsupported).reduce((sum, count) => sum + count, unpriced);
  return {
    monthlyUsd: Number(result.totalMonthlyCost),
    ...(unpricedParts > 0 && { unpricedParts }),
    pricesAsOf: result.pricesAsOf,
    unsupported: Object.keys(unsupported),
    resources: result.resources.map(({ urn, type, monthlyCost }) => ({
      name: nameOf(urn),
      type,
      monthlyUsd: monthlyCost === null ? null : Number(monthlyCost),
    })),
  };
}
