import { type Drifted, driftLine } from "../care/drift.ts";
import { AutomationError } from "../errors.ts";
import { domainConfig } from "../jobs/domains.ts";
import { deploy, stackConfig } from "./deploy.ts";
import type { WorkResult } from "./developJob.ts";
import type { JobSession } from "./jobSession.ts";
import type { Step } from "./step.ts";

interface DriftInput {
  readonly appId: string;
  readonly jobId: string;
}

const SHOWN = 20;

/** Compares what Azure has with what the platform left there; changes neither. */
const drift: Step<DriftInput, { readonly resources: readonly Drifted[] }> = {
  name: "drift",
  timeoutMs: 15 * 60_000,
  async run({ appId }, context) {
    const { drift: found = [] } = await context.services.deployer.run(
      { kind: "drift", stack: appId, config: stackConfig(deployed(context), context), recover: false, formerHosts: [] },
      {
        signal: context.signal,
        onPlan: async () => {},
        onEvent: (event) => {
          if (event.type === "log") context.report({ type: "log", level: event.level, message: event.message });
        },
      },
    );
    return { resources: found };
  },
};

/**
 * The job that looks: its result is on the app and in the audit trail.
 *
 * @throws {AutomationError} `APP_NOT_LIVE`
 */
export async function driftJob(session: JobSession): Promise<WorkResult> {
  const { app, store } = session.options;
  if (app.status !== "live") throw new AutomationError("APP_NOT_LIVE", { id: app.appId });
  const { appId } = app;
  const { jobId } = session;
  const { resources } = await session.step(drift, { appId, jobId });
  const checkedAt = new Date(store.now()).toISOString();
  const event =
    resources.length === 0
      ? ({ type: "drift_none", message: "Everything is as it was deployed" } as const)
      : ({ type: "drift_found", level: "warning", message: driftText(resources), data: { resources } } as const);
  await session.commit(() => ({ app: { drift: { checkedAt, jobId, resources } }, events: [event] }));
  return { kind: "done" };
}

/**
 * The job that puts an app back to what was deployed last: nothing is built, the same images and spec go up over what Azure has now.
 *
 * @throws {AutomationError} `APP_NOT_LIVE`, and what the deploy step throws
 */
export async function repairJob(session: JobSession): Promise<WorkResult> {
  const { services, store, app } = session.options;
  const { jobId } = session;
  // What it costs was agreed to when it was deployed.
  const approved = app.monthlyUsd === undefined ? {} : { approvedMonthlyUsd: app.monthlyUsd };
  const step = { ...deploy, name: "repair", timeoutMs: services.deploymentTimeoutMs };
  const { changes } = await session.step(step, { ...deployed(session.options), ...approved, refresh: true });
  const checkedAt = new Date(store.now()).toISOString();
  await session.commit(() => ({
    app: { drift: { checkedAt, jobId, resources: [] } },
    events: [{ type: "repaired", message: "The app is as it was deployed again", data: { changes } }],
  }));
  return { kind: "done" };
}

function deployed({ app }: Pick<JobSession["options"], "app">) {
  const { spec, images = {}, tenantId, status, appId } = app;
  if (!spec || status !== "live") throw new AutomationError("APP_NOT_LIVE", { id: appId });
  const references = Object.entries(images).map(([name, { reference }]) => [name, reference] as const);
  return { spec, images: Object.fromEntries(references), tenantId, domains: domainConfig(app.domains, spec) };
}

function driftText(resources: readonly Drifted[]): string {
  const lines = resources.slice(0, SHOWN).map(driftLine);
  const more = resources.length > SHOWN ? `; and ${resources.length - SHOWN} more` : "";
  return `Somebody changed what was deployed: ${lines.join("; ")}${more}. Put it back: POST /apps/{id}/repair`;
}
