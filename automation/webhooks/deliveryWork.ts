import type { Stripe } from "stripe";
import { AutomationError } from "../errors.ts";
import type { AppDocument } from "../jobs/documents.ts";
import type { JobLedger } from "../jobs/ledger.ts";
import { startDeployment } from "../jobs/startDeployment.ts";
import type { TenantPlans } from "../jobs/tenantPlans.ts";
import type { Logger } from "../logger.ts";
import type { SourceIntake } from "../source/intake.ts";
import type { DeliveryWork } from "./documents.ts";
import { readPlan } from "./plans.ts";
import type { Push } from "./pushes.ts";
import type { Repositories } from "./repositories.ts";

export interface DeliveryServices {
  readonly repositories: Pick<Repositories, "appsOf">;
  readonly sources: Pick<SourceIntake, "git">;
  readonly ledger: JobLedger;
  readonly plans: Pick<TenantPlans, "set">;
  /** Made for each use: its key comes from the vault. @throws {AutomationError} `WEBHOOK_NOT_CONFIGURED` */
  readonly stripe: () => Promise<Pick<Stripe, "subscriptions">>;
  readonly log: Logger;
}

/** What is done about a delivery. Doing it twice is as doing it once. */
export function deliveryWork(services: DeliveryServices): (work: DeliveryWork) => Promise<void> {
  return async (work) => {
    if (work.kind === "subscription") return lookAtPlan(services, work.subscriptionId);
    for (const push of work.pushes) {
      for (const app of await services.repositories.appsOf(push)) await deployPush(services, app, push);
    }
  };
}

/**
 * Takes the branch as it is now (what the event says of it is only a reason to look) and deploys it in the name of the app's owner. What
 * the owner must mend, like a project that lost its manifest, is told in the log and not tried again.
 */
async function deployPush({ sources, ledger, log }: DeliveryServices, app: AppDocument, push: Push) {
  const { appId, source } = app;
  const tenant = { tenantId: app.tenantId, userId: app.ownerId };
  if (!source?.git) return;
  try {
    const { url, ref } = source.git;
    await sources.git(tenant, app, { url, ref });
    const job = await startDeployment(ledger, tenant, appId, undefined, `push:${push.delivery}:${push.branch}`);
    log.info({ appId, jobId: job.jobId, delivery: push.delivery }, "a push is deployed");
  } catch (error) {
    // The same delivery again, after the branch moved on: its deployment is there.
    if (error instanceof AutomationError && error.code === "IDEMPOTENCY_MISMATCH") return;
    if (!(error instanceof AutomationError) || error.row.class !== "user") throw error;
    log.warn({ err: error, appId, delivery: push.delivery }, "a push was not deployed");
  }
}

async function lookAtPlan({ stripe, plans, log }: DeliveryServices, subscriptionId: string): Promise<void> {
  const { status, tenantId } = await readPlan(await stripe(), subscriptionId);
  if (!tenantId || !status) {
    log.warn(
      { subscriptionId, status },
      "a subscription names no tenant in its metadata, or has a state that is not known",
    );
    return;
  }
  await plans.set(tenantId, subscriptionId, status);
}
