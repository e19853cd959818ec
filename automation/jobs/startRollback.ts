import { AutomationError } from "../errors.ts";
import type { JobDocument, TenantContext } from "./documents.ts";
import type { JobLedger } from "./ledger.ts";
import { statusOf } from "./states.ts";

/**
 * Queues a job that brings an earlier deployment back: the named one, or the one before it when the named one runs now.
 *
 * @throws {AutomationError} `JOB_NOT_FOUND`, `WRONG_STATE` for one that did not succeed, `NO_EARLIER_DEPLOYMENT`, `APP_DESTROYED`,
 *   and what {@link JobLedger.addToApp} throws
 */
export async function startRollback(
  ledger: JobLedger,
  tenant: TenantContext,
  id: string,
  idempotencyKey?: string,
): Promise<JobDocument> {
  const named = await ledger.job(tenant, id);
  const app = await ledger.app(tenant, named.appId);
  if (!hasSucceeded(named)) {
    const status = statusOf(named.state);
    throw new AutomationError("WRONG_STATE", { status, action: "rolling back", needed: "a deployment that succeeded" });
  }
  const isLive = app.deployment === named.jobId;
  const before = isLive && named.replaced !== undefined ? await ledger.job(tenant, named.replaced) : undefined;
  const target = isLive ? before : named;
  if (!target?.release) throw new AutomationError("NO_EARLIER_DEPLOYMENT", { id });
  const { release, jobId: deploymentId, source } = target;
  return ledger.addToApp(tenant, app.appId, {
    kind: "deploy",
    prompt: `Roll back to version ${release.iteration} (${deploymentId})`,
    from: { kind: "rollback", deploymentId, release },
    ...(source && { source }),
    latestWins: true,
    idempotencyKey,
  });
}

function hasSucceeded({ state }: JobDocument): boolean {
  return state === "succeeded" || state === "finalized";
}
