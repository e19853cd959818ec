export { PolicyPlan } from "./document.ts";
export { evaluatePolicies, type PolicyReport, type PolicyRequest } from "./evaluate.ts";
export type { Finding, Verdict, Waiver } from "./finding.ts";
export { secretsInClear, siteConfigProblems } from "./generated.ts";
export type { Profile } from "./planIndex.ts";
export type { RuleRow, Tier } from "./rule.ts";
export { RULE_ROWS, RULES, type Rule, ruleById } from "./rules.ts";
export { WaiverFile } from "./waivers.ts";
