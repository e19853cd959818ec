export { ARM_TYPES, type ArmTypeRow, namespaceOf } from "./armTypes.ts";
export {
  NO_FACTS,
  type OfferFact,
  type SizeFact,
  type SubscriptionFacts,
  type UnreadFact,
  type UsageFact,
} from "./facts.ts";
export type { PreflightFinding, PreflightRequest } from "./finding.ts";
export { offerTypeOf, plain as plainRegion, regionOf } from "./offers.ts";
export { preflight } from "./preflight.ts";
export { USAGES, type UsageProvider, usageProviderOf } from "./quotas.ts";
