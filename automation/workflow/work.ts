import { cleanup } from "./cleanup.ts";
import { deployJob } from "./deployJob.ts";
import { destroy } from "./destroy.ts";
import { developJob, type WorkResult } from "./developJob.ts";
import { driftJob, repairJob } from "./drift.ts";
import type { JobSession } from "./jobSession.ts";
import type { StepContext } from "./step.ts";
import { takeStock } from "./takeStock.ts";

const CLEANUP_MS = 120_000;
/** The dead worker's share of the budget is gone. */
const TAKEOVER_MS = 150_000;

/** The work of a job, by its kind. */
export async function runWork(session: JobSession): Promise<WorkResult> {
  const { job } = session.options;
  if (job.kind === "deploy") return deployJob(session);
  if (job.kind === "drift") return driftJob(session);
  if (job.kind === "repair") return repairJob(session);
  if (job.kind !== "destroy") return developJob(session);
  if (job.expiry !== undefined && session.options.app.expiresAt !== job.expiry) return keep(session);
  await session.step(destroy, { appId: job.appId });
  await session.commit(() => ({ app: { status: "destroyed", services: [], domains: {} } }));
  return { kind: "done" };
}

/** The end that brought this job was put off, or taken away, while it waited. */
async function keep(session: JobSession): Promise<WorkResult> {
  const { expiresAt } = session.options.app;
  const until = expiresAt === undefined ? "it stays" : `it now expires at ${expiresAt}`;
  const message = `Nothing was destroyed: the app was extended, ${until}`;
  await session.commit(() => ({ events: [{ type: "kept", message }] }));
  return { kind: "done" };
}

/** Runs after the work on every path, with a time of its own: a cancelled job is cleaned up too. */
export async function runCleanup(session: JobSession): Promise<void> {
  const { jobId, attempts: attempt } = session.options.job;
  const signal = AbortSignal.any([session.options.lease.lost, AbortSignal.timeout(CLEANUP_MS)]);
  const { storageMB } = await session.step(cleanup, { jobId, attempt }, signal);
  await session.commit((job) => ({ job: { costMetrics: { ...job.costMetrics, storageMB } } }));
}

/** A job that was to stop, whose worker died: its deployment is looked at by whoever took over. */
export async function runStopped(session: JobSession): Promise<void> {
  const { services, job, app, lease } = session.options;
  const report: StepContext["report"] = (event) => session.report(event);
  const commit: StepContext["commit"] = (decide) => session.commit(decide);
  await takeStock({ services, job, app, report, commit, lost: lease.lost }, { elapsedMs: 0, budgetMs: TAKEOVER_MS });
}
