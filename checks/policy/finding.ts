/** What a rule says of a resource. `unknown`: the value is not known before something is created; it never counts as a pass. */
export type Verdict = "pass" | "fail" | "unknown" | "not-applicable";

/** An exception to one rule, for a while, that somebody answers for. */
export interface Waiver {
  readonly rule: string;
  /** URN, or a type pattern (`azure-native:storage:*`). */
  readonly target: string;
  readonly reason: string;
  readonly owner: string;
  /** Second person, needed for rules that hold in every profile. */
  readonly approver?: string | undefined;
  /** Day, `2026-12-31`; at most 90 days ahead. */
  readonly expires: string;
}

/** One rule about one resource. */
export interface Finding {
  /** Id of the rule, for example `ST01`. */
  readonly rule: string;
  readonly urn: string;
  readonly verdict: Verdict;
  /** Property, for example `sku.name`. */
  readonly path?: string;
  readonly message: string;
  /** What to write instead, in one sentence. */
  readonly fix?: string;
  readonly waiver?: Waiver;
}
