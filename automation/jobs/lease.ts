import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { AutomationError, toErrorRecord } from "../errors.ts";
import { type AppView, type Change, planWrite } from "./change.ts";
import { type AppDocument, appPk, type JobDocument, jobDocId, type LeaseDocument } from "./documents.ts";
import { type HolderProcess, isGone } from "./holderProcess.ts";
import type { Outbox } from "./outbox.ts";
import { type Pause, pause } from "./pause.ts";
import { type LedgerStore, StoreConflict, type Stored, type StoreOperation } from "./store.ts";

export interface LeaseOptions {
  readonly store: LedgerStore;
  /** Names this worker process, for people. */
  readonly holder: string;
  /** This process, for others on the same machine. */
  readonly process?: HolderProcess;
  /** Is a holder's process proven to be dead, with all that it started? @default looks at this machine's processes */
  readonly isGone?: (holder: HolderProcess) => boolean;
  readonly leaseMs: number;
  readonly dispatch: Outbox["dispatch"];
  readonly now?: () => number;
  /** Before a failed write is tried again. @default real time */
  readonly pause?: Pause;
}

const TRIES = 8;
/** Between two looks at a lease that somebody holds, doubled each time. */
const LOOK_MS = 50;
const MAX_LOOK_MS = 500;
/** Before a failed write is tried again, doubled each time up to a second. */
const PAUSE_MS = 50;
const MAX_PAUSE_MS = 1_000;
/** A failed write is tried again at least so often, and as long as the lease is younger than half its time. */
const LEAST_TRIES = 4;

/**
 * The right of one worker to work on one app. Its token is greater than all before; every write replaces the lease
 * document conditionally, so a worker that lost it can write nothing, even if it does not know yet.
 */
export class Lease {
  readonly appId: string;
  readonly token: number;
  readonly #options: LeaseOptions;
  readonly #lost = new AbortController();
  #lease: Stored<LeaseDocument>;
  #view: AppView | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #renewed: number;

  private constructor(appId: string, lease: Stored<LeaseDocument>, options: LeaseOptions) {
    this.appId = appId;
    this.token = lease.doc.token;
    this.#lease = lease;
    this.#options = options;
    this.#renewed = performance.now();
  }

  /**
   * Takes the lease when it is or becomes free, when its holder's process is proven dead, or when its holder has not renewed for a
   * whole lease time: seen by an unchanged ETag over that time on the local monotonic clock, never by comparing clocks.
   *
   * @returns nothing when another worker holds it and renews
   */
  static async acquire(appId: string, options: LeaseOptions, signal?: AbortSignal): Promise<Lease | undefined> {
    const read = () => options.store.read<LeaseDocument>(appPk(appId), "lease");
    const first = await read();
    if (!first) throw new AutomationError("APP_NOT_FOUND", { id: appId });
    const found = await waitOut(first, read, options, signal);
    if (!found) return undefined;
    const { process: _, ...rest } = found.doc;
    const doc: LeaseDocument = {
      ...rest,
      ...(options.process ? { process: options.process } : {}),
      token: found.doc.token + 1,
      holder: options.holder,
      writeId: randomUUID(),
      renewedAt: new Date(nowOf(options)).toISOString(),
    };
    try {
      const [etag = ""] = await options.store.batch(appPk(appId), [{ kind: "replace", doc, etag: found.etag }]);
      return new Lease(appId, { doc, etag }, options);
    } catch (error) {
      const now = await read();
      if (now?.doc.writeId === doc.writeId) return new Lease(appId, now, options);
      if (error instanceof StoreConflict) return undefined;
      throw error;
    }
  }

  /** Aborted when another worker took over or renewing failed for too long: the work must stop at once. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Renews at a third of the lease until {@link release}. */
  startRenewing(): void {
    const every = this.#options.leaseMs / 3;
    this.#timer = setInterval(() => void this.#renew(), every);
    this.#timer.unref();
  }

  async #renew(): Promise<void> {
    try {
      await this.#serial(() => this.#write([], () => ({})));
    } catch (error) {
      const half = performance.now() - this.#renewed > this.#options.leaseMs / 2;
      if (half && !this.#lost.signal.aborted) this.#lost.abort(error);
    }
  }

  /** A read for the work under this lease: a short outage of the ledger costs it as little as it costs a write. */
  async patiently<T>(read: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await read();
      } catch (error) {
        if (this.#lost.signal.aborted) throw this.#lostError(error);
        if (!isOutage(error) || !this.#isPatient(attempt)) throw error;
        await this.#wait(attempt);
      }
    }
  }

  #find<T extends AppDocument | JobDocument>(id: string): Promise<Stored<T> | undefined> {
    return this.patiently(() => this.#options.store.read<T>(appPk(this.appId), id));
  }

  /** The app as it is now. */
  async app(): Promise<AppDocument> {
    const found = await this.#find<AppDocument>("app");
    if (!found) throw new AutomationError("APP_NOT_FOUND", { id: this.appId });
    return found.doc;
  }

  /** The app as it is now, and its first unfinished job, which the next commit then need not read. */
  async head(): Promise<{ readonly app: AppDocument; readonly job?: JobDocument }> {
    return this.#serial(async () => {
      const app = await this.#find<AppDocument>("app");
      if (!app) throw new AutomationError("APP_NOT_FOUND", { id: this.appId });
      const [jobId] = app.doc.active;
      if (jobId === undefined) return { app: app.doc };
      const job = await this.#find<JobDocument>(jobDocId(jobId));
      if (!job) throw new AutomationError("JOB_NOT_FOUND", { id: jobId });
      this.#view = { app, job };
      return { app: app.doc, job: job.doc };
    });
  }

  /** The job as it is now. */
  async job(jobId: string): Promise<JobDocument> {
    const found = await this.#find<JobDocument>(jobDocId(jobId));
    if (!found) throw new AutomationError("JOB_NOT_FOUND", { id: jobId });
    return found.doc;
  }

  /**
   * Applies a change under this lease; read again and decided again when somebody (the API) wrote in between.
   *
   * @throws {AutomationError} `LEASE_LOST`: nothing was written
   */
  async commit(
    jobId: string,
    decide: (job: JobDocument, app: AppDocument) => Change | undefined,
  ): Promise<JobDocument> {
    return this.#serial(async () => {
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const view = this.#view?.job.doc.jobId === jobId ? this.#view : await this.#read(jobId);
        const change = decide(view.job.doc, view.app.doc);
        if (!change) return view.job.doc;
        const write = planWrite(view, change, nowOf(this.#options));
        try {
          const etags = await this.#write(write.operations, () => ({ jobId }));
          const appIndex = write.operations.findIndex((each) => each.kind === "replace" && each.doc.type === "app");
          this.#view = etags && {
            job: { doc: write.job, etag: etags[0] ?? "" },
            app: appIndex < 0 ? view.app : { doc: write.app, etag: etags[appIndex] ?? "" },
          };
          this.#options.dispatch(write.outbox, write);
          return write.job;
        } catch (error) {
          this.#view = undefined;
          if (!(error instanceof StoreConflict)) throw error;
        }
      }
      throw new AutomationError("LEDGER_BUSY", { appId: this.appId, tries: TRIES });
    });
  }

  /** Lets go: the next worker need not wait. The token stays. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#lost.signal.aborted) return;
    await this.#serial(() => this.#write([], () => ({ holder: null, jobId: null })));
  }

  /** One transaction of the lease document and the given operations. @returns ETags of the operations, nothing if unknown */
  async #write(
    operations: readonly StoreOperation[],
    patch: () => Partial<LeaseDocument>,
  ): Promise<readonly string[] | undefined> {
    const pk = appPk(this.appId);
    const writeId = randomUUID(); // of all tries: any of them may have landed
    for (let attempt = 1; ; attempt++) {
      if (this.#lost.signal.aborted) throw this.#lostError();
      const doc: LeaseDocument = {
        ...this.#lease.doc,
        ...patch(),
        writeId,
        renewedAt: new Date(nowOf(this.#options)).toISOString(),
      };
      try {
        const etags = await this.#options.store.batch(pk, [
          ...operations,
          { kind: "replace", doc, etag: this.#lease.etag },
        ]);
        this.#lease = { doc, etag: etags.at(-1) ?? "" };
        this.#renewed = performance.now();
        return etags;
      } catch (error) {
        const now = await this.#reread(error);
        if (now?.doc.writeId === writeId) {
          // The write had landed, only its answer was lost.
          this.#lease = now;
          this.#renewed = performance.now();
          return undefined;
        }
        if (now) this.#lease = now;
        const isOver = attempt >= LEAST_TRIES && !(isOutage(error) && this.#isPatient(attempt));
        if ((now && error instanceof StoreConflict) || isOver) throw error;
        await this.#wait(attempt);
      }
    }
  }

  #wait(attempt: number): Promise<unknown> {
    return (this.#options.pause ?? pause)(Math.min(MAX_PAUSE_MS, PAUSE_MS * 2 ** attempt));
  }

  /** A short outage costs nothing: until half of the lease is over nobody else can think of taking it. */
  #isPatient(attempt: number): boolean {
    return attempt < LEAST_TRIES || performance.now() - this.#renewed < this.#options.leaseMs / 2;
  }

  /** @returns nothing while the ledger does not answer */
  async #reread(cause: unknown): Promise<Stored<LeaseDocument> | undefined> {
    const now = await this.#options.store.read<LeaseDocument>(appPk(this.appId), "lease").catch(() => undefined);
    if (!now) return undefined;
    if (now.doc.token === this.token && now.doc.holder === this.#options.holder) return now;
    this.#lost.abort(this.#lostError(cause));
    throw this.#lostError(cause);
  }

  async #read(jobId: string): Promise<AppView> {
    const [app, job] = await Promise.all([this.#find<AppDocument>("app"), this.#find<JobDocument>(jobDocId(jobId))]);
    if (!app || !job) throw new AutomationError("JOB_NOT_FOUND", { id: jobId });
    return { app, job };
  }

  #lostError(cause?: unknown): AutomationError {
    return new AutomationError("LEASE_LOST", { appId: this.appId, token: this.token }, { cause });
  }

  /** Writes of one lease follow each other: each needs the ETag that the one before left. */
  #serial<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work, work);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

/** For display; nothing is decided by it. */
function nowOf({ store, now }: LeaseOptions): number {
  return now ? now() : store.now();
}

function isOutage(error: unknown): boolean {
  return toErrorRecord(error).class === "infrastructure";
}

/**
 * Waits until a lease may be taken: free, of a holder that is dead for certain (which renews nothing and has left nobody who works), or
 * unchanged for a whole lease time.
 *
 * @returns the lease as it is then; nothing when its holder lives
 */
async function waitOut(
  first: Stored<LeaseDocument>,
  read: () => Promise<Stored<LeaseDocument> | undefined>,
  { leaseMs, isGone: gone = isGone }: LeaseOptions,
  signal?: AbortSignal,
): Promise<Stored<LeaseDocument> | undefined> {
  const end = performance.now() + leaseMs;
  let now: Stored<LeaseDocument> | undefined = first;
  for (let lookMs = LOOK_MS; now; lookMs = Math.min(MAX_LOOK_MS, 2 * lookMs)) {
    const { holder, process } = now.doc;
    if (holder === null || (process && gone(process))) return now;
    const leftMs = end - performance.now();
    if (leftMs <= 0) return now.etag === first.etag ? now : undefined;
    await sleep(Math.min(lookMs, leftMs), undefined, signal ? { signal } : {});
    try {
      now = await read();
    } catch (error) {
      if (!isOutage(error)) throw error; // else it was no look, and the wait goes on: taking it is conditional anyway
    }
  }
  return undefined;
}
