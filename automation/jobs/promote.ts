import type { Profile } from "@devfactory/stacks/spec/index.ts";
import { AutomationError } from "../errors.ts";
import type { AppSources } from "./appSources.ts";
import type { JobDocument, TenantContext } from "./documents.ts";
import type { JobLedger } from "./ledger.ts";
import { statusOf } from "./states.ts";

/** Where a version goes. */
export interface PromotionWish {
  readonly profile: Profile;
  /** @default that of the version */
  readonly region?: string | undefined;
}

/**
 * Queues the deployment of what a job deployed under another profile, by the same image digests: to an app of its own, so that names,
 * data and rights of the two never meet. The first promotion to a profile makes that app, later ones go to it.
 *
 * @throws {AutomationError} `JOB_NOT_FOUND`, `WRONG_STATE` for a job that deployed nothing, `PROMOTION_SAME_PROFILE`, and what
 *   {@link JobLedger.addToApp} throws
 */
export async function promote(
  { ledger, apps }: { readonly ledger: JobLedger; readonly apps: AppSources },
  tenant: TenantContext,
  id: string,
  wish: PromotionWish,
): Promise<JobDocument> {
  const { release, jobId, state, appId } = await ledger.job(tenant, id);
  if (!release) {
    throw new AutomationError("WRONG_STATE", {
      status: statusOf(state),
      action: "promoting",
      needed: "a job that deployed",
    });
  }
  const { profile } = wish;
  if (release.spec.profile === profile) throw new AutomationError("PROMOTION_SAME_PROFILE", { profile });
  const target = await apps.promotionTarget(tenant, appId, { ...wish, title: release.spec.title });
  const job = await ledger.addToApp(tenant, target.appId, {
    kind: "deploy",
    prompt: `Version ${release.iteration} of ${appId} for ${profile}`,
    from: { kind: "promotion", deploymentId: jobId, release },
    latestWins: true,
    idempotencyKey: `promote ${jobId} ${target.appId}`,
  });
  await ledger.record(tenant, jobId, {
    type: "promoted",
    message: `Version ${release.iteration} goes to ${profile}: ${job.jobId}`,
    data: { profile, appId: job.appId, jobId: job.jobId },
  });
  return job;
}
