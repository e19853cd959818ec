import { AutomationError } from "../errors.ts";
import type { JobDocument, StepDocument } from "./documents.ts";

/** What a job takes over of the one that it does again. */
export interface Reuse {
  readonly jobId: string;
  /** Done again whatever is known of it, and so is what follows; absent: the first step whose evidence does not stand any more. */
  readonly fromStep?: string;
}

/** Steps with agents; repairs belong to `check`. */
const AGENTS = ["plan", "generate", "check"] as const;
/** `cleanup` is none of them: it runs at the end of every job. */
const DEPLOYING = ["validate", "container", "sync", "build", "deploy"] as const;
const ORDER: readonly string[] = [...AGENTS, ...DEPLOYING];
/** What a job with images of before does. */
const PLACING = ["validate", "deploy"] as const;

/** The steps that a job of this kind can be done again from, in their order; empty for what only begins at its beginning. */
export function retrySteps({ kind, from }: Pick<JobDocument, "kind" | "from">): readonly string[] {
  if (kind === "deploy") return from ? PLACING : DEPLOYING;
  return kind === "create" || kind === "edit" ? [...AGENTS, ...DEPLOYING] : [];
}

/** Where a step stands among all that can be begun with; nothing for others. */
export function placeOf(step: string): number | undefined {
  const name = /^repair-\d+$/.test(step) ? "check" : step;
  const place = ORDER.indexOf(name);
  return place < 0 ? undefined : place;
}

/** Whether a record says that the step was done, by its job or by one that this one took it over from. */
export function isEvidence({ status, evidence, reusedFrom }: StepDocument): boolean {
  if (evidence === undefined) return false;
  return status === "succeeded" || (status === "skipped" && reusedFrom !== undefined);
}

/**
 * What doing a job again takes over. Pure.
 *
 * @param records of the job's steps
 * @param fromStep the step that somebody named
 * @returns nothing when there is nothing to take over
 * @throws {AutomationError} `RETRY_STEP_UNKNOWN`, `RETRY_STEP_TOO_LATE` when a step before the named one was never done
 */
export function planReuse(job: JobDocument, records: readonly StepDocument[], fromStep?: string): Reuse | undefined {
  const { jobId } = job;
  const done = new Set(records.filter(isEvidence).map(({ step }) => step));
  if (fromStep === undefined) {
    // Agents that gave up would give up again with the same findings.
    return done.size === 0 || job.error?.code === "CHECKS_FAILED" ? undefined : { jobId };
  }
  const steps = retrySteps(job);
  const at = steps.indexOf(fromStep);
  if (at < 0) {
    const known = steps.length > 0 ? steps.join(", ") : "none";
    throw new AutomationError("RETRY_STEP_UNKNOWN", { step: fromStep, kind: job.kind, known });
  }
  const missing = steps.slice(0, at).find((step) => !done.has(step));
  if (missing !== undefined) throw new AutomationError("RETRY_STEP_TOO_LATE", { step: fromStep, missing, id: jobId });
  return { jobId, fromStep };
}
