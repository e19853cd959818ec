import { statistics } from "./statistics.ts";
import type { ProjectionStore } from "./store.ts";

const DAYS = 7;
const DAY_MS = 86_400_000;
/** A median moves slowly: whoever follows a queued job asks every second. */
const KEPT_MS = 60_000;
/** Fewer say nothing about a kind: all jobs of the tenant count then. */
const ENOUGH = 3;

interface Known {
  readonly atMs: number;
  readonly all: number | undefined;
  readonly byKind: ReadonlyMap<string, number>;
}

/** How long a tenant's jobs took in the last week, kept for a minute. */
export class MeasuredDurations {
  readonly #store: Pick<ProjectionStore, "jobTimes">;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();

  constructor(store: Pick<ProjectionStore, "jobTimes">, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  /** Seconds of the middle one; nothing while none has ended. */
  async median(tenantId: string, kind: string): Promise<number | undefined> {
    const kept = this.#known.get(tenantId);
    const known = kept && this.#now() - kept.atMs < KEPT_MS ? kept : await this.#read(tenantId);
    return known.byKind.get(kind) ?? known.all;
  }

  async #read(tenantId: string): Promise<Known> {
    const since = new Date(this.#now() - DAYS * DAY_MS).toISOString();
    const jobs = await this.#store.jobTimes(tenantId, since);
    const byKind = new Map<string, number>();
    for (const kind of new Set(jobs.map((job) => job.kind))) {
      const own = jobs.filter((job) => job.kind === kind);
      const took = statistics(own).durationSeconds;
      const ended = own.filter(({ finishedAt, startedAt }) => finishedAt && startedAt).length;
      if (took && ended >= ENOUGH) byKind.set(kind, took.p50);
    }
    const known = { atMs: this.#now(), all: statistics(jobs).durationSeconds?.p50, byKind };
    this.#known.set(tenantId, known);
    return known;
  }
}
