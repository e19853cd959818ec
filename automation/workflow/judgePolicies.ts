import { evaluatePolicies, type Finding } from "@devfactory/checks/index.ts";
import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import type { PlannedResource } from "../deploy/messages.ts";

/** What the rules say of a plan, for the job's record. */
export interface PolicyVerdict {
  readonly fail: number;
  readonly unknown: number;
  readonly pass: number;
  /** Failures, and what is not known yet. */
  readonly open: readonly Pick<Finding, "rule" | "urn" | "verdict" | "path" | "message" | "fix">[];
}

/** Judges the resolved plan of an app by the rules of `checks`. @param registry host name from which its images come */
export function judgePolicies(
  plan: readonly PlannedResource[],
  profile: AppSpec["profile"],
  registry: string,
): PolicyVerdict {
  const { findings, counts } = evaluatePolicies({
    profile,
    resources: plan,
    allowedRegistries: [registry],
    now: new Date(),
  });
  const open = findings.filter(({ verdict }) => verdict === "fail" || verdict === "unknown");
  return { fail: counts.fail, unknown: counts.unknown, pass: counts.pass, open };
}
