import { evaluatePolicies, type Finding, type PlannedResource, RULES, type Waiver } from "@devfactory/checks/index.ts";
import { nameOf } from "../deploy/planRecorder.ts";
import { AutomationError } from "../errors.ts";
import type { PolicyGate } from "../settings.ts";
import type { StepContext } from "./step.ts";

type Told = Pick<Finding, "rule" | "urn" | "verdict" | "path" | "message" | "fix">;

/** What the rules say of a plan, for the job's record. */
export interface PolicyVerdict {
  /** What a failure means here: `block` ends the job before anything is made. */
  readonly gate: "warn" | "block";
  readonly fail: number;
  readonly unknown: number;
  readonly pass: number;
  /** Failures, and what is not known yet. */
  readonly open: readonly Told[];
  /** What the operator accepted, for how long and who answers for it. */
  readonly waived: readonly (Told & { readonly waiver: Waiver })[];
}

export interface PolicyTerms {
  readonly gate: PolicyGate;
  /** The operator's. */
  readonly waivers: readonly Waiver[];
}

const DAY_MS = 86_400_000;
/** A waiver that ends within so many days is told with each deployment that needs it. */
const ENDING_DAYS = 14;
const MOST_TOLD = 10;

/** Judges the resolved plan of an app by the rules of `checks`. @param registry host name from which its images come */
export function judgePolicies(
  plan: readonly PlannedResource[],
  profile: keyof PolicyGate,
  { gate, waivers, registry, now }: PolicyTerms & { readonly registry: string; readonly now: Date },
): PolicyVerdict {
  const { findings, counts } = evaluatePolicies({
    profile,
    resources: plan,
    allowedRegistries: [registry],
    waivers,
    now,
  });
  return {
    gate: gate[profile],
    fail: counts.fail,
    unknown: counts.unknown,
    pass: counts.pass,
    open: findings.filter(({ verdict }) => verdict === "fail" || verdict === "unknown"),
    waived: findings.flatMap((each) => (isWaived(each) ? [each] : [])),
  };
}

function isWaived(finding: Finding): finding is Finding & { readonly waiver: Waiver } {
  return finding.waiver !== undefined && finding.verdict === "not-applicable";
}

/**
 * Tells the verdict, and ends the job where it must hold.
 *
 * What is not known yet is told and does not stop the job: it depends on what Azure chooses, so nothing could ever be deployed. The next
 * deployment, which knows, is judged by it.
 *
 * @throws {AutomationError} `POLICY_FAILED` for failures without a waiver where the profile's gate is `block`
 */
export function holdPolicies(verdict: PolicyVerdict, { report }: Pick<StepContext, "report">, now: Date): void {
  const { gate, fail, unknown, pass, open, waived } = verdict;
  const counts = [
    `${fail} fail`,
    `${unknown} not known yet`,
    ...(waived.length > 0 ? [`${waived.length} waived`] : []),
  ];
  report({
    type: "policies",
    level: fail > 0 ? (gate === "block" ? "error" : "warning") : "info",
    message: `Policies: ${counts.join(", ")}, ${pass} pass`,
    data: { ...verdict },
  });
  const undecidedHere = undecided(verdict);
  if (gate === "block" && undecidedHere.length > 0) report(notKnown(undecidedHere));
  for (const waiver of new Set(waived.map((each) => each.waiver))) {
    const days = Math.ceil((Date.parse(`${waiver.expires}T23:59:59Z`) - now.getTime()) / DAY_MS);
    if (days <= ENDING_DAYS) report(ending(waiver, days));
  }
  const failures = open.filter((each) => each.verdict === "fail");
  if (gate === "block" && failures.length > 0) throw refusal(failures);
}

/** What is not known of rules that hold in every profile. */
export function undecided({ open }: Pick<PolicyVerdict, "open">): PolicyVerdict["open"] {
  return open.filter(({ rule, verdict }) => verdict === "unknown" && TIER_A.has(rule));
}

const TIER_A = new Set(RULES.flatMap(({ id, tier }) => (tier === "A" ? [id] : [])));

function notKnown(findings: readonly Told[]) {
  const rules = [...new Set(findings.map(({ rule }) => rule))].sort();
  return {
    type: "policies_open",
    level: "warning",
    message: `Not known before it exists, so not decided: ${rules.join(", ")}. The next deployment is judged by it.`,
    data: { rules },
  } as const;
}

function ending(waiver: Waiver, days: number) {
  return {
    type: "waiver_ending",
    level: "warning",
    message: `The waiver of ${waiver.rule} ends on ${waiver.expires}, in ${days} ${days === 1 ? "day" : "days"}; ${waiver.owner} answers for it.`,
    data: { ...waiver },
  } as const;
}

function refusal(failures: readonly Told[]): AutomationError {
  const told = failures
    .slice(0, MOST_TOLD)
    .map(({ rule, urn, message, fix }) => `${rule} ${nameOf(urn)}: ${[message, fix].filter(Boolean).join(" ")}`);
  const more = failures.length > told.length ? [`and ${failures.length - told.length} more`] : [];
  const count = `${failures.length} broken ${failures.length === 1 ? "rule" : "rules"}`;
  return new AutomationError("POLICY_FAILED", { count, failures: [...told, ...more].join("; ") });
}
