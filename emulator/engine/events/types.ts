import type { PropertyMap } from "../deploy/values.ts";

/** Every kind of step (pkg/resource/deploy/step.go). */
export type Operation =
  | "same"
  | "create"
  | "update"
  | "delete"
  | "replace"
  | "create-replacement"
  | "delete-replaced"
  | "read"
  | "read-replacement"
  | "refresh"
  | "discard"
  | "discard-replaced"
  | "remove-pending-replace"
  | "import"
  | "import-replacement";

export type Severity = "debug" | "info" | "info#err" | "warning" | "error";

/** A resource in an event: a part of its state, secrets masked (apitype.StepEventStateMetadata). */
export interface EventState {
  readonly type: string;
  readonly urn: string;
  readonly custom?: boolean;
  readonly delete?: boolean;
  readonly id: string;
  readonly parent: string;
  readonly protect?: boolean;
  readonly taint?: boolean;
  readonly external?: boolean;
  readonly retainOnDelete?: boolean;
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
  readonly provider: string;
  readonly initErrors?: readonly string[];
  /** Properties whose differences are not to be shown. */
  readonly hideDiffs?: readonly string[];
}

/** A step in an event (apitype.StepEventMetadata). */
export interface StepMetadata {
  readonly op: Operation;
  readonly urn: string;
  readonly type: string;
  readonly old: EventState | null;
  readonly new: EventState | null;
  readonly keys?: readonly string[];
  readonly diffs?: readonly string[];
  readonly detailedDiff: Readonly<Record<string, { readonly diffKind: string; readonly inputDiff: boolean }>> | null;
  readonly logical?: boolean;
  readonly provider: string;
}

export interface DiagnosticEvent {
  readonly urn?: string;
  readonly prefix?: string;
  readonly message: string;
  readonly color: string;
  readonly severity: Severity;
  readonly streamID?: number;
  readonly ephemeral?: boolean;
}

export interface SummaryEvent {
  readonly maybeCorrupt: boolean;
  readonly durationSeconds: number;
  readonly resourceChanges: Readonly<Record<string, number>>;
  readonly PolicyPacks: Readonly<Record<string, string>>;
  readonly isPreview: boolean;
  readonly result: "succeeded" | "failed" | "canceled";
}

/** Where a policy stands: its pack with the pack's version, and the resource it looked at (apitype.PolicyEvent). */
interface PolicyOrigin {
  /** Absent for violations of a stack policy that names no resource. */
  readonly resourceUrn?: string;
  readonly color: string;
  readonly policyName: string;
  readonly policyPackName: string;
  readonly policyPackVersion: string;
  readonly policyPackVersionTag: string;
}

/** A violated policy. `message` has the policy's description first, and ends with a line end. */
export interface PolicyEvent extends PolicyOrigin {
  readonly message: string;
  readonly enforcementLevel: "advisory" | "mandatory" | "remediate" | "disabled";
  readonly severity?: "low" | "medium" | "high" | "critical";
}

/** A policy that changed a resource's inputs; secrets are masked. */
export interface PolicyRemediationEvent extends PolicyOrigin {
  readonly before?: PropertyMap;
  readonly after?: PropertyMap;
}

/** Which policies of one pack passed and failed, for a resource or (without `resourceUrn`) for the stack. Empty lists are left out. */
export interface PolicySummaryEvent {
  readonly resourceUrn?: string;
  readonly policyPackName: string;
  readonly policyPackVersion: string;
  readonly policyPackVersionTag: string;
  readonly passed?: readonly string[];
  readonly failed?: readonly string[];
}

/** What an event carries, one of. */
export type EventBody =
  | { readonly preludeEvent: { readonly config: Readonly<Record<string, string>> } }
  | { readonly resourcePreEvent: { readonly metadata: StepMetadata; readonly planning?: boolean } }
  | { readonly resOutputsEvent: { readonly metadata: StepMetadata; readonly planning?: boolean } }
  | { readonly resOpFailedEvent: { readonly metadata: StepMetadata; readonly status: number; readonly steps: number } }
  | { readonly diagnosticEvent: DiagnosticEvent }
  | { readonly stdoutEvent: { readonly message: string; readonly color: string } }
  | { readonly policyEvent: PolicyEvent }
  | { readonly policyRemediationEvent: PolicyRemediationEvent }
  | { readonly policyLoadEvent: Readonly<Record<string, never>> }
  | { readonly policyRemediateSummaryEvent: PolicySummaryEvent }
  | { readonly policyAnalyzeSummaryEvent: PolicySummaryEvent }
  | { readonly policyAnalyzeStackSummaryEvent: PolicySummaryEvent }
  | { readonly summaryEvent: SummaryEvent }
  | { readonly cancelEvent: Readonly<Record<string, never>> };

/** `sequence` counts from 0 without gaps; `timestamp` in seconds since 1970. */
export type EngineEvent = EventBody & { readonly sequence: number; readonly timestamp: number };
