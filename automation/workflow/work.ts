import { cleanup } from "./cleanup.ts";
import { deployJob } from "./deployJob.ts";
import { destroy } from "./destroy.ts";
import { developJob, type WorkResult } from "./developJob.ts";
import type { JobSession } from "./jobSession.ts";

const CLEANUP_MS = 120_000;

/** The work of a job, by its kind. */
export async function runWork(session: JobSession): Promise<WorkResult> {
  const { job } = session.options;
  if (job.kind === "deploy") return deployJob(session);
  if (job.kind !== "destroy") return developJob(session);
  await session.step(destroy, { appId: job.appId });
  await session.commit(() => ({ app: { status: "destroyed", services: [], domains: {} } }));
  return { kind: "done" };
}

/** Runs after the work on every path, with a time of its own: a cancelled job is cleaned up too. */
export async function runCleanup(session: JobSession): Promise<void> {
  const { jobId, attempts: attempt } = session.options.job;
  const signal = AbortSignal.any([session.options.lease.lost, AbortSignal.timeout(CLEANUP_MS)]);
  const { storageMB } = await session.step(cleanup, { jobId, attempt }, signal);
  await session.commit((job) => ({ job: { costMetrics: { ...job.costMetrics, storageMB } } }));
}
