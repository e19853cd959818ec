import { setTimeout as sleep } from "node:timers/promises";
import type { JobDocument, JobEvent } from "./documents.ts";
import { isTerminal } from "./states.ts";

/** What the feed reads; `JobLedger` bound to a caller is one. */
export interface FeedSource {
  job(): Promise<JobDocument>;
  events(job: JobDocument, after: number): Promise<readonly JobEvent[]>;
}

export type FeedItem = { readonly kind: "event"; readonly event: JobEvent } | { readonly kind: "heartbeat" };

export interface FeedOptions {
  readonly signal: AbortSignal;
  /** @default 100 ms while the job moves */
  readonly pollMs?: number;
  readonly idlePollMs?: number;
  readonly heartbeatMs?: number;
}

/**
 * Stored events after a number, then those that follow, until the job's last one. Slow readers read from the store,
 * nothing is kept in memory for them.
 */
export async function* followEvents(source: FeedSource, after: number, options: FeedOptions): AsyncGenerator<FeedItem> {
  const { signal, pollMs = 100, idlePollMs = 400, heartbeatMs = 15_000 } = options;
  let seen = after;
  let spokeAt = performance.now();
  let changedAt = performance.now();
  while (!signal.aborted) {
    const job = await source.job();
    if (job.lastSeq > seen) {
      for (const event of await source.events(job, seen)) {
        seen = event.seq;
        yield { kind: "event", event };
      }
      spokeAt = changedAt = performance.now();
      continue;
    }
    if (isTerminal(job.state)) return;
    if (performance.now() - spokeAt >= heartbeatMs) {
      yield { kind: "heartbeat" };
      spokeAt = performance.now();
    }
    const idle = performance.now() - changedAt > 10_000;
    await sleep(idle ? idlePollMs : pollMs, undefined, { signal }).catch(() => undefined);
  }
}
