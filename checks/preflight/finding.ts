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
