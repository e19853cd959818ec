import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../logger.ts";
import type { Scheduler } from "../schedule/scheduler.ts";
import { traceOf } from "./change.ts";
import {
  type AppDocument,
  type AuditRow,
  appPk,
  type JobDocument,
  jobDocId,
  type OutboxDocument,
} from "./documents.ts";
import { type Forms, isNewer, refuseNewer } from "./forms.ts";
import type { Reservations } from "./reservations.ts";
import { isTerminal } from "./states.ts";
import { type LedgerStore, MAX_BATCH, type ProjectionStore, StoreConflict } from "./store.ts";
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

/** What a write left behind: whoever follows it need not read it again. */
export interface Written {
  readonly app: AppDocument;
  readonly job: JobDocument;
}

export interface OutboxOptions {
  readonly store: LedgerStore & ProjectionStore;
  readonly publisher: Publisher;
  readonly scheduler: Pick<Scheduler, "enter" | "leave">;
  readonly reservations: Pick<Reservations, "release">;
  readonly log: Logger;
  /** Hears of the end of each job, at least once; the note's id is that end's own. */
  readonly onEnd?: (note: OutboxDocument) => Promise<void>;
  /** Hears of what goes to the audit trail, at least once; a row's id is its own. */
  readonly onNews?: (job: JobDocument, rows: readonly AuditRow[]) => Promise<void>;
  readonly now?: () => number;
  /** Age from which the sweep takes a note: younger ones are being worked on by the process that wrote them. @default 5000 */
  readonly sweepAgeMs?: number;
  /** How long notes that are done wait for others of their partition, to be removed with them. @default 100 */
  readonly gatherMs?: number;
  /** Of this release. */
  readonly forms?: Forms;
}

const SWEEP_AGE_MS = 5_000;
const GATHER_MS = 100;
const SWEEP_BATCH = 100;
const NOTES: ReadonlySet<string> = new Set<OutboxDocument["kind"]>(["publish", "vacate", "release", "project"]);

/**
 * Does what must follow a write outside its partition: wake a worker, give a reservation back, copy rows for people.
 * Every effect is idempotent; the note is removed after it, so a crash costs a repetition, never a job.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #now: () => number;
  /** By job: what follows its writes, one after the other. */
  readonly #chains = new Map<string, Promise<void>>();
  readonly #wakes = new Set<Promise<void>>();
  /** By job: copies that wait for the one that is being made; the newest stands for all. */
  readonly #copies = new Map<string, { notes: OutboxDocument[]; newest: Written | undefined }>();
  /** By partition: notes that are done, to be removed together. */
  readonly #done = new Map<string, Set<string>>();
  readonly #removals = new Map<string, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => options.store.now());
  }

  /** Acts on notes that were just written; a failure is left to the sweep. */
  readonly dispatch = (notes: readonly OutboxDocument[], written?: Written): void => {
    for (const note of notes) {
      // Waking a worker waits for nothing; the copies of one job follow each other.
      if (note.kind === "publish") this.#track(this.#try(note));
      else if (note.kind === "project") this.#gather(note, written?.job.jobId === note.jobId ? written : undefined);
      else this.#chain(note.jobId, () => this.#try(note));
    }
  };

  /** Waits for everything dispatched so far. */
  async idle(): Promise<void> {
    const running = () => [...this.#chains.values(), ...this.#wakes, ...this.#removals.values()];
    for (let all = running(); all.length > 0; all = running()) await Promise.all(all);
  }

  /** Does what was left behind by processes that died. */
  async sweep(): Promise<number> {
    const before = new Date(this.#now() - (this.#options.sweepAgeMs ?? SWEEP_AGE_MS)).toISOString();
    const left = await this.#options.store.outbox(before, SWEEP_BATCH);
    // Notes of a newer release are its to act on: here they would be taken for done.
    const known = left.filter(({ doc }) => !isNewer(doc, this.#options.forms) && NOTES.has(doc.kind));
    for (const { doc } of known) await this.#try(doc, true);
    await Promise.all(this.#removals.values());
    return known.length;
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

  /** Rows are copied once for all notes that came while the last copy was made. */
  #gather(note: OutboxDocument, written: Written | undefined): void {
    const waiting = this.#copies.get(note.jobId);
    if (waiting) {
      waiting.notes.push(note);
      waiting.newest = written;
      return;
    }
    this.#copies.set(note.jobId, { notes: [note], newest: written });
    this.#chain(note.jobId, async () => {
      const gathered = this.#copies.get(note.jobId);
      this.#copies.delete(note.jobId);
      if (gathered) await this.#attempt(gathered.notes, () => this.#project(gathered.notes, gathered.newest));
    });
  }

  async #try(note: OutboxDocument, late = false): Promise<void> {
    await this.#attempt([note], () => this.#act(note, late));
  }

  async #attempt(notes: readonly OutboxDocument[], act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      return this.#leave(
        notes.map(({ id }) => id),
        error,
      );
    }
    this.#remove(notes);
  }

  #leave(notes: readonly string[], error: unknown): void {
    this.#options.log.warn({ err: error, notes }, "outbox notes are left to the sweep");
  }

  /** Removes notes that are done, with others of their partition that are done at about the same time: nothing waits for it. */
  #remove(notes: readonly OutboxDocument[]): void {
    const [{ pk } = { pk: "" }] = notes;
    const waiting = this.#done.get(pk);
    for (const { id } of notes) waiting?.add(id);
    if (waiting) return; // whoever removes takes them along
    const done = new Set(notes.map(({ id }) => id));
    this.#done.set(pk, done);
    this.#removals.set(pk, this.#empty(pk, done));
  }

  async #empty(pk: string, done: Set<string>): Promise<void> {
    const { gatherMs = GATHER_MS } = this.#options;
    if (gatherMs > 0) await sleep(gatherMs);
    while (done.size > 0) {
      const ids = [...done].slice(0, MAX_BATCH);
      for (const id of ids) done.delete(id);
      await this.#delete(pk, ids).catch((error: unknown) => this.#leave(ids, error));
    }
    this.#removals.delete(pk);
    this.#done.delete(pk);
  }

  async #delete(pk: string, ids: readonly string[]): Promise<void> {
    try {
      await this.#options.store.batch(
        pk,
        ids.map((id) => ({ kind: "delete", id })),
      );
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
      // Somebody else was as fast with one of them.
      if (ids.length > 1) for (const id of ids) await this.#delete(pk, [id]);
    }
  }

  async #act(note: OutboxDocument, late: boolean): Promise<void> {
    switch (note.kind) {
      case "publish":
        return this.#publish(note, late);
      case "vacate":
        return this.#leavePlace(note);
      case "release":
        await this.#leavePlace(note);
        await this.#options.reservations.release(note.tenantId, note.reservation ?? note.jobId);
        return this.#options.onEnd?.(note);
      case "project":
        return this.#project([note]);
    }
  }

  /** A note may come late, when the job has come back with a new stay: that one is not meant. */
  #leavePlace({ appId, jobId, stay = Number.POSITIVE_INFINITY }: OutboxDocument): Promise<void> {
    return this.#options.scheduler.leave(appId, jobId, stay);
  }

  /** @param late the job may have moved on since the note was written */
  async #publish(note: OutboxDocument, late: boolean): Promise<void> {
    const { appId, jobId, tenantId, messageId = note.id, stay = 0, notBefore, priority } = note;
    const trace = traceOf(note);
    if (notBefore !== undefined) {
      // While it waits for its next attempt it holds no slot; the worker that gets the message asks for one.
      await this.#leavePlace(note);
      return this.#options.publisher.publish({ appId, jobId, messageId, notBefore: new Date(notBefore), ...trace });
    }
    const wish = { appId, jobId, tenantId, messageId, stay, ...trace };
    if (!late && priority !== undefined) return void (await this.#options.scheduler.enter({ ...wish, priority }));
    const job = await this.#options.store.read<JobDocument>(appPk(appId), jobDocId(jobId));
    if (job) refuseNewer(job.doc, this.#options.forms);
    if (!job || job.doc.state === "waiting" || isTerminal(job.doc.state)) return;
    await this.#options.scheduler.enter({ ...wish, priority: job.doc.priority ?? "normal", ...traceOf(job.doc) });
  }

  /** @param notes of one job @param written what the last of them stands for */
  async #project(notes: readonly OutboxDocument[], written?: Written): Promise<void> {
    const { store } = this.#options;
    const [note] = notes;
    const found = written ?? (note && (await this.#read(note)));
    if (!found) return;
    const { app, job } = found;
    // Rows of what a newer release wrote are its to copy: they would lack what is not known here.
    for (const each of [app, job]) refuseNewer(each, this.#options.forms);
    const rows = notes.flatMap(({ audit }) => audit ?? []);
    const feedback = toFeedbackRow(job);
    await Promise.all([
      store.project("jobs", job.userId, toJobRow(job)),
      store.project("apps", app.tenantId, toAppRow(app)),
      // The deployment view needs no live progress: it moves with what is audited.
      ...(rows.length > 0 || isTerminal(job.state)
        ? [store.project("deployments", job.appId, toDeploymentRow(job))]
        : []),
      ...(feedback ? [store.project("feedback", feedback.jobId, feedback)] : []),
      ...rows.map((row) => store.project("auditLogs", row.jobId, { ...row, version: 1 })),
    ]);
    await this.#options.onNews?.(job, rows);
  }

  async #read(note: OutboxDocument): Promise<Written | undefined> {
    const { store } = this.#options;
    const [job, app] = await Promise.all([
      store.read<JobDocument>(appPk(note.appId), jobDocId(note.jobId)),
      store.read<AppDocument>(appPk(note.appId), "app"),
    ]);
    return job && app && { job: job.doc, app: app.doc };
  }
}
