export { diffEstimates, type ResourceDiff } from "./diff.ts";
export {
  type CostComponent,
  type Estimate,
  type EstimateRequest,
  estimate,
  type ResourceCost,
  type UsedResource,
} from "./estimate.ts";
export type { UsedByOthers } from "./grants.ts";
export { toUsd } from "./money.ts";
export { isStale, PRICES, type PriceBook } from "./priceBook.ts";
export { type Usage, type UsageFile, usageForUsers } from "./usage.ts";
