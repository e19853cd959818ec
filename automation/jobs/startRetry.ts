import { AutomationError } from "../errors.ts";
import type { JobDocument, TenantContext } from "./documents.ts";
import type { JobLedger } from "./ledger.ts";
import { planReuse } from "./retrySteps.ts";
import { statusOf } from "./states.ts";

export interface RetryWish {
  /** The step to begin with. @default the first one that has to be done */
  readonly fromStep?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

/**
 * Queues a new job with the work of one that failed or was cancelled: the same words, files and options. What that one has done is taken
 * over as far as it still stands.
 *
 * @throws {AutomationError} `JOB_NOT_FOUND`, `WRONG_STATE`, `RETRY_STEP_UNKNOWN`, `RETRY_STEP_TOO_LATE`, and what {@link JobLedger.addToApp} throws
 */
export async function startRetry(
  ledger: JobLedger,
  tenant: TenantContext,
  id: string,
  { fromStep, idempotencyKey }: RetryWish = {},
): Promise<JobDocument> {
  const job = await ledger.job(tenant, id);
  const status = statusOf(job.state);
  if (status !== "failed" && status !== "cancelled") {
    const needed = "a failed or cancelled job";
    throw new AutomationError("WRONG_STATE", { status, action: "retrying", needed });
  }
  const reuses = planReuse(job, await ledger.stepsOf(job), fromStep);
  const { kind, prompt, answers, appId, options, source, from, priority, jobId: parentJobId } = job;
  return ledger.addToApp(tenant, appId, {
    ...{ kind, prompt, answers, options, priority, parentJobId, idempotencyKey },
    retryFrom: fromStep ?? "first",
    ...(source && { source }),
    ...(from && { from }),
    ...(reuses && { reuses }),
  });
}
