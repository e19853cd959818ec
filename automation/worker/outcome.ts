import { AutomationError, type ErrorRecord, isRetriable, toErrorRecord } from "../errors.ts";
import type { Change } from "../jobs/change.ts";
import type { CancelOutcome, CancelRecord, JobDocument, StepDocument } from "../jobs/documents.ts";
import { isHeld, type JobMove } from "../jobs/states.ts";

/** How an attempt ended, its error classified and redacted. */
export type Ending =
  | { readonly kind: "done" }
  | { readonly kind: "waiting"; readonly questions: readonly string[]; readonly overBudgetUsd?: number }
  | { readonly kind: "error"; readonly error: ErrorRecord };

export interface RetryRules {
  /** Attempts of one series. */
  readonly maxAttempts: number;
  /** 0 to 1. */
  readonly random: () => number;
  readonly now: () => number;
}

const BASE_BACKOFF_MS = 10_000;
const MAX_BACKOFF_MS = 300_000;
/** Deaths of workers in one step from which on the job counts as their cause. */
const DEATHS = 2;

/** Attempts of the job's present series. */
export function attemptsOf({
  attempts,
  earlierAttempts = 0,
}: Pick<JobDocument, "attempts" | "earlierAttempts">): number {
  return attempts - earlierAttempts;
}

/** Longest pause before the attempt after so many: 20 s, 40 s … up to 5 min. A pause is a random part of it (full jitter). */
export function backoffMs(attempts: number): number {
  return Math.min(MAX_BACKOFF_MS, BASE_BACKOFF_MS * 2 ** attempts);
}

/** The last write of an attempt. Pure. */
export function settle(job: JobDocument, ending: Ending, rules: RetryRules): Change {
  const asked = job.cancel;
  const race = (outcome: CancelOutcome, message: string) => (asked ? { cancel: { ...asked, outcome, message } } : {});
  if (ending.kind === "done") {
    const data = job.url === undefined ? {} : { url: job.url };
    return {
      moves: ["succeed"],
      job: { ...race("raced-succeeded", "It was already done: everything is there."), phase: "done" },
      events: [{ type: "succeeded", message: job.url ?? "Done", data }],
    };
  }
  const stopped: Change = { moves: ["cancel"], ...stoppedRecord(asked) };
  if (ending.kind === "waiting") {
    if (job.state === "cancelling") return stopped;
    const { questions, overBudgetUsd = 0 } = ending;
    const events = questions.map((each) => ({ type: "question", message: each }));
    return { moves: ["wait"], job: { questions, overBudgetUsd }, events };
  }
  const { error } = ending;
  if (job.state === "cancelling") {
    if (error.code === "CANCELLED" || error.code === "SHUTTING_DOWN") return stopped;
    return {
      moves: ["fail"],
      job: { error, ...race("raced-failed", `It had failed before: ${error.detail} ${error.fix}`) },
      events: [failed(error.detail, error.fix)],
    };
  }
  if (error.code === "SHUTTING_DOWN") {
    const events = [{ type: "handed_over", message: "The worker stops; another one goes on" }];
    // A handed-over attempt does not count.
    return { moves: ["release"], job: { attempts: job.attempts - 1 }, events, publish: {} };
  }
  if (!isRetriable(error)) return { moves: ["fail"], job: { error }, events: [failed(error.detail, error.fix)] };
  return again(job, error, rules);
}

/** What a stopped job says: what its stock-taking found, else that nothing was touched. */
export function stoppedRecord(asked: CancelRecord | undefined): Pick<Change, "job" | "events"> {
  const { outcome = "confirmed", message = "Stopped. What exists stays until you deploy again or destroy it." } =
    asked ?? {};
  return {
    job: asked ? { cancel: { ...asked, outcome, message } } : {},
    events: [{ type: "cancelled", level: "warning", message, data: { outcome } }],
  };
}

/** Another attempt after a random pause, or the end when all are used up. */
function again(job: JobDocument, error: ErrorRecord, { maxAttempts, random, now }: RetryRules): Change {
  const attempts = attemptsOf(job);
  if (attempts >= maxAttempts) {
    const last = { attempts, last: error.detail };
    const poison = { ...toErrorRecord(new AutomationError("POISON", last), error.step), code: error.code };
    return { moves: ["die"], job: { error: poison }, events: [failed(poison.detail, poison.fix)] };
  }
  const pauseMs = random() * backoffMs(attempts);
  const notBefore = new Date(now() + pauseMs).toISOString();
  const message = `${error.title}: ${error.detail.replace(/\.$/, "")}. Another attempt follows in ${Math.ceil(pauseMs / 1000)} s.`;
  const data = { attempt: job.attempts, code: error.code };
  return {
    moves: ["requeue"],
    job: { error, notBefore },
    events: [{ type: "attempt_failed", level: "warning", message, data }],
    publish: { notBefore },
  };
}

/**
 * What becomes of a job whose worker died: it is queued again, unless that happened too often. Pure.
 *
 * @param steps records of the job's steps that were begun and not ended
 * @returns nothing for a job that nobody held
 */
export function recover(
  job: JobDocument,
  steps: readonly Pick<StepDocument, "step" | "attempt">[],
  { maxAttempts }: Pick<RetryRules, "maxAttempts">,
): Change | undefined {
  if (!isHeld(job.state)) return undefined;
  const names = steps.filter(({ attempt }) => attempt > (job.earlierAttempts ?? 0)).map(({ step }) => step);
  const moves = lostFrom(job);
  const recovered = {
    type: "recovered",
    level: "warning",
    message: "The worker died; the job goes on from its last finished step",
    data: { attempts: job.attempts, open: names },
  } as const;
  if (job.cancel) {
    const { events = [], ...stopped } = stoppedRecord(job.cancel);
    return { moves: [...moves, "cancel"], ...stopped, events: [recovered, ...events] };
  }
  const often = names.find((name) => names.filter((each) => each === name).length >= DEATHS);
  const attempts = attemptsOf(job);
  if (often !== undefined || attempts >= maxAttempts) {
    const reason = often === undefined ? "a worker died" : `a worker died twice in ${often}`;
    const error = toErrorRecord(new AutomationError("POISON", { attempts, last: reason }), often);
    return { moves: [...moves, "die"], job: { error }, events: [recovered, failed(error.detail, error.fix)] };
  }
  return { moves: [...moves, "requeue"], events: [recovered] };
}

/** The moves from wherever its worker left it to its recovery. */
export function lostFrom({ state }: JobDocument): readonly JobMove[] {
  if (state === "recovering") return [];
  return state === "lost" ? ["recover"] : ["lose", "recover"];
}

function failed(message: string, fix: string) {
  return { type: "failed", level: "error", message, data: { fix } } as const;
}
