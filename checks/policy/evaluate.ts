import type { PlannedResource } from "../plan/resource.ts";
import type { Finding, Verdict, Waiver } from "./finding.ts";
import { judge } from "./judge.ts";
import { PlanIndex, type Profile } from "./planIndex.ts";
import { RULES_BY_TYPE } from "./rules.ts";
import { covers, waiverProblem } from "./waivers.ts";

export interface PolicyRequest {
  readonly profile: Profile;
  readonly resources: readonly PlannedResource[];
  /** Host names of registries from which images may come. @default every private one */
  readonly allowedRegistries?: readonly string[] | undefined;
  readonly waivers?: readonly Waiver[];
  readonly now: Date;
}

export interface PolicyReport {
  /** One for every rule that names the type of a resource, and one for what a resource lacks beside it. */
  readonly findings: readonly Finding[];
  /** The worst of them; waived failures do not count. */
  readonly verdict: "pass" | "fail" | "unknown";
  readonly counts: Readonly<Record<Verdict | "waived", number>>;
  /** Waivers that matched nothing, so that they can go. */
  readonly unusedWaivers: readonly Waiver[];
}

/**
 * Judges a plan by all rules. Pure, and quick: rules are found by type.
 *
 * @see docs/policies.md for the rules, tiers and waivers
 */
export function evaluatePolicies(request: PolicyRequest): PolicyReport {
  const { resources, waivers = [], now } = request;
  const plan = new PlanIndex(request.profile, resources, request.allowedRegistries ?? []);
  const used = new Set<Waiver>();
  const findings = resources.flatMap((resource) =>
    findingsOf(resource, plan).map((finding) => waived(finding, resource.type, waivers, used, now)),
  );
  const counts = { pass: 0, fail: 0, unknown: 0, "not-applicable": 0, waived: 0 };
  for (const { verdict, waiver } of findings) counts[waiver && verdict === "not-applicable" ? "waived" : verdict] += 1;
  return {
    findings,
    verdict: counts.fail > 0 ? "fail" : counts.unknown > 0 ? "unknown" : "pass",
    counts,
    unusedWaivers: waivers.filter((waiver) => !used.has(waiver)),
  };
}

function findingsOf(resource: PlannedResource, plan: PlanIndex): readonly Finding[] {
  return (RULES_BY_TYPE.get(resource.type) ?? []).map(({ rule, as }) => judge(rule, as, resource, plan));
}

/** A failure under a waiver that counts is no failure; one under a waiver that does not count says what is wrong with it. */
function waived(finding: Finding, type: string, waivers: readonly Waiver[], used: Set<Waiver>, now: Date): Finding {
  if (finding.verdict !== "fail" && finding.verdict !== "unknown") return finding;
  const waiver = waivers.find((each) => covers(each, finding, type));
  if (!waiver) return finding;
  used.add(waiver);
  const problem = waiverProblem(waiver, now);
  if (problem)
    return {
      ...finding,
      verdict: "fail",
      message: `${finding.message} Its waiver does not count: ${problem}.`,
      waiver,
    };
  return {
    ...finding,
    verdict: "not-applicable",
    message: `Waived until ${waiver.expires} (${waiver.reason}): ${finding.message}`,
    waiver,
  };
}
