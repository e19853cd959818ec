import type { Logger } from "../logger.ts";
import type { Scheduler } from "../schedule/scheduler.ts";
import { traceOf } from "./change.ts";
import { type AppDocument, appPk, type JobDocument, jobDocId, type OutboxDocument } from "./documents.ts";
import type { Reservations } from "./reservations.ts";
import { isTerminal } from "./states.ts";
import { type LedgerStore, type ProjectionStore, StoreConflict } from "./store.ts";
import { toAppRow, toDeploymentRow, toFeedbackRow, toJobRow } from "./view.ts";

/** Sends the message that wakes a worker for an app. */
export interface Publisher {
  publish(message: {
    readonly appId: string;
    readonly jobId: string;
    readonly messageId: string;
    readonly notBefore?: Date;
    /** Trace of the job: the message carries it on. */
    readonly traceparent?: string;
  }): Promise<void>;
}

export interface OutboxOptions {
  readonly store: LedgerStore & ProjectionStore;
  readonly publisher: Publisher;
  readonly scheduler: Pick<Scheduler, "enter" | "leave">;
  readonly reservations: Pick<Reservations, "release">;
  readonly log: Logger;
  readonly now?: () => number;
  /** Age from which the sweep takes a note: younger ones are being worked on by the process that wrote them. @default 5000 */
  readonly sweepAgeMs?: number;
}

const SWEEP_AGE_MS = 5_000;
const SWEEP_BATCH = 100;

/**
 * Does what must follow a write outside its partition: wake a worker, give a reservation back, copy rows for people.
 * Every effect is idempotent; the note is removed after it, so a crash costs a repetition, never a job.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #now: () => number;
  readonly #chains = new Map<string, Promise<void>>();
  readonly #wakes = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => options.store.now());
  }

  /** Acts on notes that were just written; a failure is left to the sweep. */
  readonly dispatch = (notes: readonly OutboxDocument[]): void => {
    for (const note of notes) {
      // Waking a worker waits for nothing; the copies of one job follow each other.
      if (note.kind === "publish") this.#track(this.#try(note));
      else this.#chain(note.jobId, () => this.#try(note));
    }
  };

  /** Waits for everything dispatched so far. */
  async idle(): Promise<void> {
    while (this.#chains.size + this.#wakes.size > 0) await Promise.all([...this.#chains.values(), ...this.#wakes]);
  }

  /** Does what was left behind by processes that died. */
  async sweep(): Promise<number> {
    const before = new Date(this.#now() - (this.#options.sweepAgeMs ?? SWEEP_AGE_MS)).toISOString();
    const left = await this.#options.store.outbox(before, SWEEP_BATCH);
    for (const { doc } of left) await this.#try(doc, true);
    return left.length;
  }

  startSweeping(everyMs: number): void {
    let running = false;
    const run = async () => {
      if (running) return; // a sweep that takes long is not overtaken by the next
      running = true;
      try {
        const count = await this.sweep();
        if (count > 0) this.#options.log.info({ count }, "outbox swept");
      } catch (error) {
        this.#options.log.warn({ err: error }, "outbox sweep failed");
      } finally {
        running = false;
      }
    };
    this.#timer = setInterval(() => void run(), everyMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.idle();
  }

  #track(work: Promise<void>): void {
    this.#wakes.add(work);
    void work.then(() => this.#wakes.delete(work));
  }

  #chain(key: string, work: () => Promise<void>): void {
    const next = (this.#chains.get(key) ?? Promise.resolve()).then(work);
    this.#chains.set(key, next);
    void next.then(() => this.#chains.get(key) === next && this.#chains.delete(key));
  }

  async #try(note: OutboxDocument, late = false): Promise<void> {
    try {
      await this.#act(note, late);
      await this.#options.store.batch(note.pk, [{ kind: "delete", id: note.id }]);
    } catch (error) {
      if (error instanceof StoreConflict) return; // somebody else was as fast
      this.#options.log.warn({ err: error, note: note.id }, "an outbox note is left to the sweep");
    }
  }

  async #act(note: OutboxDocument, late: boolean): Promise<void> {
    switch (note.kind) {
      case "publish":
        return this.#publish(note, late);
      case "vacate":
        return this.#options.scheduler.leave(note.appId, note.jobId);
      case "release":
        await this.#options.scheduler.leave(note.appId, note.jobId);
        return this.#options.reservations.release(note.tenantId, note.reservation ?? note.jobId);
      case "project":
        return this.#project(note);
    }
  }

  /** @param late the job may have moved on since the note was written */
  async #publish(note: OutboxDocument, late: boolean): Promise<void> {
    const { appId, jobId, tenantId, messageId = note.id, notBefore, priority } = note;
    const trace = traceOf(note);
    if (notBefore !== undefined) {
      // While it waits for its next attempt it holds no slot; the worker that gets the message asks for one.
      await this.#options.scheduler.leave(appId, jobId);
      return this.#options.publisher.publish({ appId, jobId, messageId, notBefore: new Date(notBefore), ...trace });
    }
    const wish = { appId, jobId, tenantId, messageId, ...trace };
    if (!late && priority !== undefined) return void (await this.#options.scheduler.enter({ ...wish, priority }));
    const job = await this.#options.store.read<JobDocument>(appPk(appId), jobDocId(jobId));
    if (!job || job.doc.state === "waiting" || isTerminal(job.doc.state)) return;
    await this.#options.scheduler.enter({ ...wish, priority: job.doc.priority ?? "normal", ...traceOf(job.doc) });
  }

  async #project(note: OutboxDocument): Promise<void> {
    const { store } = this.#options;
    const job = await store.read<JobDocument>(appPk(note.appId), jobDocId(note.jobId));
    const app = await store.read<AppDocument>(appPk(note.appId), "app");
    if (!job || !app) return;
    const audit = (note.audit ?? []).map((row) => store.project("auditLogs", row.jobId, { ...row, version: 1 }));
    const feedback = toFeedbackRow(job.doc);
    await Promise.all([
      store.project("jobs", job.doc.userId, toJobRow(job.doc)),
      store.project("apps", app.doc.tenantId, toAppRow(app.doc)),
      // The deployment view needs no live progress: start and end are enough.
      ...(isTerminal(job.doc.state) || job.doc.version <= 2
        ? [store.project("deployments", job.doc.appId, toDeploymentRow(job.doc))]
        : []),
      ...(feedback ? [store.project("feedback", feedback.jobId, feedback)] : []),
      ...audit,
    ]);
  }
}
