import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../logger.ts";
import { type JobDocument, jobDocId } from "./documents.ts";
import type { ChangeCursor, ChangeSource } from "./store.ts";

export interface JobWatchOptions {
  readonly store: ChangeSource;
  readonly log: Logger;
  /** Pause between two looks at the change feed. @default 50 */
  readonly pollMs?: number;
  /** Pause after the feed failed. @default 1,000 */
  readonly outageMs?: number;
}

interface Watched {
  /** The newest version that was seen since somebody watches. */
  latest?: JobDocument;
  users: number;
  wake: () => void;
  /** Resolved by the next `wake`. */
  changed: Promise<void>;
}

/** A job as somebody follows it. */
export interface FollowedJob {
  /**
   * The job when it has a newer version than this one: at once, or as soon as there is one.
   *
   * @returns nothing when the time is over, or when changes may have been missed: then the job is read again
   */
  after(version: number, ms: number, signal: AbortSignal): Promise<JobDocument | undefined>;
  stop(): void;
}

/**
 * Tells many followers of a process which jobs change, with one reader of the ledger's change feed for all of them. It reads only while
 * somebody follows. It is a hint: whoever follows looks at the ledger now and then all the same.
 */
export class JobWatch {
  readonly #options: JobWatchOptions;
  readonly #watched = new Map<string, Watched>();
  #reading: Promise<void> | undefined;
  /** Set once the feed has begun: what is written from then on is seen. */
  #begun = Promise.withResolvers<void>();

  constructor(options: JobWatchOptions) {
    this.#options = options;
  }

  /** Changes that are written after this has resolved are seen. */
  async follow(jobId: string): Promise<FollowedJob> {
    const key = jobDocId(jobId);
    const watched = this.#watched.get(key) ?? { users: 0, ...bell() };
    watched.users += 1;
    this.#watched.set(key, watched);
    this.#reading ??= this.#read();
    await this.#begun.promise;
    let followed = true;
    return {
      after: (version, ms, signal) => after(watched, version, ms, signal),
      stop: () => {
        if (!followed) return;
        followed = false;
        watched.users -= 1;
        if (watched.users === 0) this.#watched.delete(key);
      },
    };
  }

  async #read(): Promise<void> {
    const { store, log, pollMs = 50, outageMs = 1_000 } = this.#options;
    let cursor: ChangeCursor | undefined;
    while (this.#watched.size > 0) {
      try {
        const isNew = cursor === undefined;
        cursor ??= store.changes();
        for (const doc of await cursor.next()) if (doc.type === "job") this.#tell(doc);
        if (isNew) this.#begin();
        await sleep(pollMs);
      } catch (error) {
        log.warn({ err: error }, "the change feed cannot be read");
        cursor = undefined;
        this.#begin(); // nobody waits for a feed that is away
        await sleep(outageMs);
      }
    }
    this.#begun = Promise.withResolvers();
    this.#reading = undefined;
  }

  /** What was written before this, since a feed failed, was not seen: all look for themselves. */
  #begin(): void {
    this.#begun.resolve();
    for (const watched of this.#watched.values()) ring(watched);
  }

  #tell(job: JobDocument): void {
    const watched = this.#watched.get(job.id);
    if (!watched || (watched.latest?.version ?? -1) >= job.version) return;
    watched.latest = job;
    ring(watched);
  }
}

function bell(): Pick<Watched, "wake" | "changed"> {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { changed: promise, wake: resolve };
}

function ring(watched: Watched): void {
  const { wake } = watched;
  Object.assign(watched, bell());
  wake();
}

async function after(watched: Watched, version: number, ms: number, signal: AbortSignal) {
  const newer = () => (watched.latest && watched.latest.version > version ? watched.latest : undefined);
  const found = newer();
  if (found) return found;
  const over = new AbortController();
  await Promise.race([
    watched.changed,
    sleep(ms, undefined, { signal: AbortSignal.any([signal, over.signal]) }).catch(() => undefined),
  ]);
  over.abort();
  return newer();
}
