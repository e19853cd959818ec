import { AutomationError } from "../errors.ts";
import type { JobDocument, TenantContext } from "./documents.ts";
import type { JobLedger } from "./ledger.ts";
import { isTerminal, type JobStatus, statusOf } from "./states.ts";

export const RESOLUTIONS = ["pending", "in_progress", "resolved", "rejected"] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/** What a person says became of a feedback; it wins over what its job says. */
export interface Decision {
  readonly as: "resolved" | "rejected";
  readonly by: string;
  readonly at: string;
  readonly reason?: string;
}

/** What the job that works on it says. */
const BY_STATUS: Readonly<Record<JobStatus, Resolution>> = {
  queued: "pending",
  processing: "in_progress",
  waiting: "in_progress",
  cancelling: "in_progress",
  succeeded: "resolved",
  finalized: "resolved",
  failed: "rejected",
  cancelled: "rejected",
};

/** What became of a feedback, by the job that works on it and by people. */
export function resolutionOf(job: Pick<JobDocument, "state" | "decisions">, feedbackId: string): Resolution {
  return job.decisions?.[feedbackId]?.as ?? BY_STATUS[statusOf(job.state)];
}

/**
 * Writes down a person's word on a feedback. Who rejects what is not finished also stops its job.
 *
 * @param id of the job that works on it
 * @throws {AutomationError} `JOB_NOT_FOUND`, `WRONG_STATE` when what is not finished is to be resolved
 */
export async function decideFeedback(
  ledger: JobLedger,
  tenant: TenantContext,
  id: string,
  wish: { readonly feedbackId: string; readonly as: Decision["as"]; readonly reason?: string | undefined },
): Promise<JobDocument> {
  const { feedbackId, as, reason } = wish;
  const before = await ledger.job(tenant, id);
  const open = !isTerminal(before.state);
  if (open && as === "resolved") {
    const status = statusOf(before.state);
    throw new AutomationError("WRONG_STATE", { status, action: "resolving its feedback", needed: "a finished job" });
  }
  if (open) await ledger.requestCancel(tenant, id).catch(endedMeanwhile);
  return ledger.decide(tenant, id, feedbackId, { as, ...(reason !== undefined && { reason }) });
}

function endedMeanwhile(error: unknown): void {
  if (!(error instanceof AutomationError) || error.code !== "WRONG_STATE") throw error;
}
