import { LRUCache } from "lru-cache";
import type { JobDocument, JobEvent } from "./documents.ts";

/** Events that are read at once. */
const PAGE = 100;
/** Pages that are kept: a few megabytes. */
const KEPT = 200;

type Read = (job: JobDocument, after: number, limit: number) => Promise<readonly JobEvent[]>;

/**
 * Events for many readers: what is stored never changes, so a whole page is read once for all who want it, whatever number they have
 * seen last. Those who follow a job live have all seen the same, and share the read of what is new.
 *
 * @param read stored events of a job after a number, in order
 */
export function eventPages(read: Read): (job: JobDocument, after: number) => Promise<readonly JobEvent[]> {
  const pages = new LRUCache<string, readonly JobEvent[], { readonly job: JobDocument; readonly from: number }>({
    max: KEPT,
    fetchMethod: async (_key, _stale, { context: { job, from } }) => {
      const limit = Math.min(job.lastSeq, pageStart(from) + PAGE) - from;
      const events = await read(job, from, limit);
      if (events.length < limit) throw new Behind(events);
      return events;
    },
  });
  return async (job, after) => {
    const isWhole = pageStart(after) + PAGE <= job.lastSeq;
    const from = isWhole ? pageStart(after) : after;
    try {
      const events = await pages.forceFetch(`${job.jobId} ${from} ${isWhole ? "" : job.lastSeq}`, {
        context: { job, from },
      });
      return events.filter(({ seq }) => seq > after);
    } catch (error) {
      if (error instanceof Behind) return error.events.filter(({ seq }) => seq > after);
      throw error;
    }
  };
}

function pageStart(after: number): number {
  return after - (after % PAGE);
}

/** The events come from a replica that has fewer than the job says: good to show, not to keep. */
class Behind extends Error {
  readonly events: readonly JobEvent[];

  constructor(events: readonly JobEvent[]) {
    super("fewer events than the job has");
    this.events = events;
  }
}
