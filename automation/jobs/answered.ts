import type { Change } from "./change.ts";
import type { JobDocument } from "./documents.ts";

const AGREEMENT =
  /^\W*(?:i\s+)?(?:approved?|agree|yes|ok|okay|go ahead)(?:\W+(?:please|do it|deploy it(?: anyway)?|go ahead))?\W*$/i;

/** Whether an answer agrees and says nothing else: "yes, but without mail" is a wish. */
export function isAgreement(answer: string): boolean {
  return AGREEMENT.test(answer);
}

/**
 * What answers make of a waiting job; it goes back into the queue. Who only agrees to what it costs says nothing to the agents: what they
 * made is what was agreed to. Pure.
 */
export function answered(job: JobDocument, answers: readonly string[], by: string): Change {
  const { overBudgetUsd = 0 } = job;
  const agreed = overBudgetUsd > 0 && answers.length > 0 && answers.every(isAgreement);
  const said = agreed
    ? { approvedMonthlyUsd: overBudgetUsd }
    : { answers: [...job.answers, ...answers], round: job.round + 1 };
  const message = agreed ? `Somebody agreed to ${overBudgetUsd.toFixed(2)} USD a month` : "The questions were answered";
  const earlierAttempts = job.attempts; // one that ended with a question went well
  return {
    moves: ["answer"],
    job: { questions: [], overBudgetUsd: 0, earlierAttempts, ...said },
    events: [{ type: "answered", message, by }],
    publish: {},
  };
}
