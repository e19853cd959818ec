import { JOB_STATUSES, type JobStatus } from "./states.ts";
import type { JobTimes } from "./store.ts";

/** Seconds, of the middle and of the slow end. */
export interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

export interface Statistics {
  readonly total: number;
  readonly counts: Readonly<Record<JobStatus, number>>;
  /** Of the jobs that succeeded or failed; nothing while there is none. */
  readonly successRate: number | null;
  /** From the start to the end, of jobs that ended by themselves. */
  readonly durationSeconds: Spread | null;
  /** From the acceptance to the start. */
  readonly waitSeconds: Spread | null;
}

const SUCCEEDED: ReadonlySet<string> = new Set(["succeeded", "finalized"] satisfies JobStatus[]);

/** Numbers over a tenant's jobs. Pure. */
export function statistics(jobs: readonly JobTimes[]): Statistics {
  const counts = Object.fromEntries(
    JOB_STATUSES.map((status) => [status, jobs.filter((job) => job.status === status).length]),
  ) as Record<JobStatus, number>;
  const succeeded = jobs.filter(({ status }) => SUCCEEDED.has(status));
  const judged = jobs.filter(({ status }) => SUCCEEDED.has(status) || status === "failed");
  const between = (from: string | undefined, to: string | undefined) =>
    from === undefined || to === undefined ? [] : [Math.max(0, Date.parse(to) - Date.parse(from)) / 1000];
  return {
    total: jobs.length,
    counts,
    successRate: judged.length === 0 ? null : succeeded.length / judged.length,
    durationSeconds: spread(judged.flatMap(({ startedAt, finishedAt }) => between(startedAt, finishedAt))),
    waitSeconds: spread(jobs.flatMap(({ createdAt, startedAt }) => between(createdAt, startedAt))),
  };
}

/** The middle, the slow end and the longest of measured values; nothing of none. */
export function spread(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  // Nearest rank: a value that was measured.
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}
