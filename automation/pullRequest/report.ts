import {
  diffEstimates,
  type Estimate,
  estimate,
  type PlannedResource,
  type PreflightFinding,
  type ResourceDiff,
} from "@devfactory/checks/index.ts";
import type { Finding, Waiver } from "@devfactory/checks/policy/finding.ts";
import type { Profile } from "@devfactory/stacks/spec/index.ts";
import type { PlanDocument } from "../plan/planDocument.ts";
import { compare, type ResourceChange } from "./changes.ts";

/** How policies are judged; given, so that the report does not depend on the rules. */
export type EvaluatePolicies = (request: {
  readonly profile: Profile;
  readonly resources: readonly PlannedResource[];
  readonly allowedRegistries?: readonly string[];
  readonly waivers?: readonly Waiver[];
  readonly now: Date;
}) => { readonly findings: readonly Finding[] };

/** All that the comment says, as data. */
export interface Report {
  /** `fail`: the check fails. `unsure`: something is not known, which is no pass. */
  readonly verdict: "pass" | "unsure" | "fail";
  readonly region: string;
  readonly profile: Profile;
  readonly changes: readonly ResourceChange[];
  readonly estimate: Estimate;
  readonly costs: readonly ResourceDiff[];
  readonly findings: readonly Finding[];
  /** undefined: Azure was not asked. */
  readonly preflight?: readonly PreflightFinding[];
}

export interface ReportRequest {
  readonly base?: PlanDocument;
  readonly head: PlanDocument;
  readonly evaluate: EvaluatePolicies;
  readonly waivers?: readonly Waiver[];
  readonly allowedRegistries?: readonly string[];
  readonly preflight?: readonly PreflightFinding[];
  readonly now: Date;
}

/** Judges the head of a pull request against its base. Pure: plans in, report out. */
export function makeReport({
  base,
  head,
  evaluate,
  waivers,
  allowedRegistries,
  preflight,
  now,
}: ReportRequest): Report {
  const { region, profile, resources, budgetMonthlyUsd } = head;
  const past = estimate({ region: base?.region ?? region, resources: base?.resources ?? [] });
  const after = estimate({ region, resources, past, ...(budgetMonthlyUsd !== undefined && { budgetMonthlyUsd }) });
  const judged = evaluate({
    profile,
    resources,
    now,
    ...(waivers && { waivers }),
    ...(allowedRegistries && { allowedRegistries }),
  });
  const report = {
    region,
    profile,
    changes: compare(base, head),
    estimate: after,
    costs: diffEstimates(past, after),
    findings: judged.findings,
    ...(preflight && { preflight }),
  };
  return { verdict: verdictOf(report), ...report };
}

function verdictOf({
  findings,
  estimate: { guardrails, summary },
  preflight,
}: Omit<Report, "verdict">): Report["verdict"] {
  const fails =
    findings.some(isFailure) ||
    guardrails.some(({ result }) => result === "block") ||
    preflight?.some(({ severity }) => severity === "error");
  if (fails) return "fail";
  const unsure =
    findings.some(({ verdict }) => verdict === "unknown") ||
    summary.unpriced > 0 ||
    preflight?.some(({ severity }) => severity === "warning");
  return unsure ? "unsure" : "pass";
}

/** A rule that is broken and that nobody answers for: one under a waiver that counts is `not-applicable`. */
export function isFailure({ verdict }: Finding): boolean {
  return verdict === "fail";
}

/** Whether there is anything to say: no comment is begun for a pull request that changes nothing and breaks nothing. */
export function hasNews({ verdict, changes, costs }: Report): boolean {
  return verdict === "fail" || changes.length > 0 || costs.length > 0;
}
