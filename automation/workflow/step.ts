import type { Change, NewEvent } from "../jobs/change.ts";
import type { AppDocument, Artifact, JobDocument } from "../jobs/documents.ts";
import type { WorkflowServices } from "./services.ts";

/** What a step may use besides its input. */
export interface StepContext {
  /** Aborted by cancel, shutdown, a lost lease and the step's timeout. */
  readonly signal: AbortSignal;
  /** Adds an event of this step to the job. */
  readonly report: (event: NewEvent) => void;
  /** Writes a change of the job or its app under the lease. */
  readonly commit: (decide: (job: JobDocument, app: AppDocument) => Change | undefined) => Promise<JobDocument>;
  /** Aborted when another worker took over; a cancel leaves it alone. */
  readonly lost: AbortSignal;
  readonly services: WorkflowServices;
  /** Offers a stored blob for download, also when the step fails later. */
  readonly keep: (artifact: Artifact) => void;
  /** The job and the app as they were when the step began. */
  readonly job: JobDocument;
  readonly app: AppDocument;
}

/**
 * A part of a job that can be repeated: done before with an equal input, its record is returned and it does not run.
 * What it returns is JSON, and the evidence in its record.
 */
export interface Step<Input, Result> {
  readonly name: string;
  readonly timeoutMs: number;
  run(input: Input, context: StepContext): Promise<Result>;
  /**
   * Looks whether what an earlier job left still stands. An equal input is no proof of that: files and images may be gone, and the
   * platform may have learned something new.
   *
   * @returns why it has to be done again; nothing when it stands
   */
  outdated?(
    evidence: Result,
    input: Input,
    context: Pick<StepContext, "services" | "signal">,
  ): Promise<string | undefined>;
}
