import { setTimeout as sleep } from "node:timers/promises";
import type { JobDocument, JobEvent } from "./documents.ts";
import type { FollowedJob } from "./jobWatch.ts";
import { isTerminal } from "./states.ts";

/** What the feed reads; `JobLedger` bound to a caller is one. */
export interface FeedSource {
  job(): Promise<JobDocument>;
  /** Stored events after a number, in order; not all of them when there are many. */
  events(job: JobDocument, after: number): Promise<readonly JobEvent[]>;
  readonly changes: Pick<FollowedJob, "after">;
}

export type FeedItem =
  | { readonly kind: "events"; readonly events: readonly JobEvent[] }
  | { readonly kind: "heartbeat" };

export interface FeedOptions {
  readonly signal: AbortSignal;
  /** A follower who heard of no change looks at the ledger after so long. @default 5,000 */
  readonly lookMs?: number;
  readonly heartbeatMs?: number;
}

/** The job may be read from a replica that is ahead of the one with the events. */
const LAG_MS = 50;

/**
 * Stored events after a number, then those that follow, until the job's last one. Slow readers read from the store,
 * nothing is kept in memory for them.
 */
export async function* followEvents(source: FeedSource, after: number, options: FeedOptions): AsyncGenerator<FeedItem> {
  const { signal, lookMs = 5_000, heartbeatMs = 15_000 } = options;
  let seen = after;
  let spokeAt = performance.now();
  let job = await source.job();
  while (!signal.aborted) {
    if (job.lastSeq > seen) {
      const events = await source.events(job, seen);
      const last = events.at(-1);
      if (last) {
        seen = last.seq;
        yield { kind: "events", events };
        spokeAt = performance.now();
      } else await sleep(LAG_MS, undefined, { signal }).catch(() => undefined);
      continue;
    }
    if (isTerminal(job.state)) return;
    if (performance.now() - spokeAt >= heartbeatMs) {
      yield { kind: "heartbeat" };
      spokeAt = performance.now();
    }
    job = (await source.changes.after(job.version, lookMs, signal)) ?? (signal.aborted ? job : await source.job());
  }
}
