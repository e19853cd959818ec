import type * as pulumi from "@pulumi/pulumi";

/**
 * Under which identity a workload runs.
 * @default one of its own, made as `identity`. `existing`: a user-assigned identity that is read and never changed; what the workload
 * links to is given to it. Changing this starts a new revision.
 */
export interface Identity {
  /** ARM id of a user-assigned identity. */
  readonly existing: pulumi.Input<string>;
}
