export { ARM_TYPES, type ArmTypeRow, namespaceOf } from "./armTypes.ts";
export type { SubscriptionFacts, UnreadFact } from "./facts.ts";
export type { PreflightFinding, PreflightRequest } from "./finding.ts";
export { preflight } from "./preflight.ts";
