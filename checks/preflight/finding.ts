import { type Advice, adviceOf } from "../advice/index.ts";
import type { PlannedResource } from "../plan/resource.ts";
import type { SubscriptionFacts } from "./facts.ts";

/** What stands in the way of a plan in the subscription as it is. */
export interface PreflightFinding {
  /** For example `NAME_SOFT_DELETED`. */
  readonly id: string;
  /** `error`: the update would fail. `warning`: it may fail, or the fact could not be read. */
  readonly severity: "error" | "warning";
  /** URN; empty when it is about the subscription. */
  readonly resource: string;
  readonly message: string;
  readonly advice: string;
  /** Argument of a component or field of the app spec that prevents it. */
  readonly option?: string;
}

export interface PreflightRequest {
  readonly region: string;
  readonly resources: readonly PlannedResource[];
  readonly facts: SubscriptionFacts;
  /** URNs of what exists and stays where it is: it needs no name, region, right or quota any more, and counts for limits only. */
  readonly standing?: ReadonlySet<string>;
}

/** A finding whose way out is a row of the catalogue. */
export function explainedBy(
  advice: string,
  finding: Pick<PreflightFinding, "id" | "severity" | "resource" | "message">,
): PreflightFinding {
  const { fix, option }: Advice = adviceOf(advice);
  return { ...finding, advice: fix, ...(option !== undefined && { option }) };
}
