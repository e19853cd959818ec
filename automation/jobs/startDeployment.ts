import { AutomationError } from "../errors.ts";
import type { JobDocument, JobOptions, TenantContext } from "./documents.ts";
import type { JobLedger } from "./ledger.ts";
import type { Repo } from "./repo.ts";

/**
 * Queues a deployment of the files that an app has now; later uploads do not change it.
 *
 * @throws {AutomationError} `APP_NOT_FOUND`, `SOURCE_MISSING`, `APP_DESTROYED`, `TENANT_QUOTA`, `IDEMPOTENCY_MISMATCH`
 */
export async function startDeployment(
  ledger: JobLedger,
  tenant: TenantContext,
  appId: string,
  options?: JobOptions,
  idempotencyKey?: string,
  repo?: Repo,
): Promise<JobDocument> {
  const { source, status } = await ledger.app(tenant, appId);
  if (status === "destroyed") throw new AutomationError("APP_DESTROYED", { id: appId });
  if (!source) throw new AutomationError("SOURCE_MISSING", { id: appId });
  const from = source.git
    ? `${source.git.url} at ${source.git.commit.slice(0, 12)}`
    : `upload ${source.hash.slice(0, 12)}`;
  const prompt = `Deploy ${source.files} files (${from})`;
  // Of the app's queued deployments only the last matters.
  const job = {
    kind: "deploy",
    prompt,
    source,
    latestWins: true,
    idempotencyKey,
    ...(options && { options }),
    ...(repo && { repo }),
  } as const;
  return ledger.addToApp(tenant, appId, job);
}
