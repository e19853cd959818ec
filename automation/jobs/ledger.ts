import { setTimeout as sleep } from "node:timers/promises";
import { AutomationError } from "../errors.ts";
import { type AppView, type Change, note, number, planWrite, toAudit } from "./change.ts";
import {
  type AppDocument,
  appPk,
  type CancelRecord,
  type EventDocument,
  eventDocId,
  type JobDocument,
  type JobEvent,
  type JobKind,
  type JobOptions,
  jobDocId,
  type OutboxDocument,
  type SourceRecord,
  type TenantContext,
} from "./documents.ts";
import { appIdOf, hashOf, isAppId, newAppId, newJobId } from "./ids.ts";
import { Reservations } from "./reservations.ts";
import { isTerminal, statusOf } from "./states.ts";
import { type LedgerStore, StoreConflict, type Stored, type StoreOperation } from "./store.ts";

export interface LedgerOptions {
  readonly store: LedgerStore;
  readonly now?: () => number;
  /** Unfinished jobs of one tenant. */
  readonly tenantJobs: number;
  /** Gets the notes of each write, to act on them at once. */
  readonly dispatch: (notes: readonly OutboxDocument[]) => void;
}

export interface NewJob {
  readonly prompt: string;
  readonly answers?: readonly string[] | undefined;
  /** An iteration of this app instead of a new app. */
  readonly appId?: string | undefined;
  readonly options?: JobOptions | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** A job for an app that is there. */
export interface AppJob {
  readonly kind: JobKind;
  readonly prompt: string;
  readonly answers?: readonly string[] | undefined;
  readonly options?: JobOptions | undefined;
  readonly parentJobId?: string;
  readonly feedbackId?: string;
  readonly fileRefs?: readonly string[];
  readonly source?: SourceRecord;
}

interface Ids {
  readonly appId: string;
  readonly jobId: string;
}

const TRIES = 12;

/** The API's side of the ledger: every call takes the caller's tenant, and a foreign id does not exist. */
export class JobLedger {
  readonly #store: LedgerStore;
  readonly #now: () => number;
  readonly #dispatch: LedgerOptions["dispatch"];
  readonly #reservations: Reservations;

  constructor(options: LedgerOptions) {
    this.#store = options.store;
    this.#now = options.now ?? Date.now;
    this.#dispatch = options.dispatch;
    this.#reservations = new Reservations(options.store, this.#now, options.tenantJobs);
  }

  /** Accepts a job: reservation and idempotency record first, then the job; a message is never sent before the job is written. */
  async create(tenant: TenantContext, request: NewJob): Promise<JobDocument> {
    const existing = request.appId === undefined ? undefined : await this.#app(tenant, request.appId);
    if (existing?.doc.status === "destroyed") throw new AutomationError("APP_DESTROYED", { id: existing.doc.appId });
    const { idempotencyKey, ...body } = request;
    const appId = existing?.doc.appId ?? newAppId();
    const idempotency = idempotencyKey === undefined ? undefined : { key: idempotencyKey, bodyHash: hashOf(body) };
    const reserved = await this.#reservations.reserve(tenant.tenantId, { jobId: newJobId(appId), appId }, idempotency);
    if (reserved.repeated) {
      const found = await this.#store.read<JobDocument>(appPk(reserved.appId), jobDocId(reserved.jobId));
      if (found) return found.doc;
    }
    const kind: JobKind = existing ? "edit" : "create";
    return this.#add(tenant, { ...body, kind, appId: reserved.appId, jobId: reserved.jobId }, existing !== undefined);
  }

  /** Starts another job of an app: an edit, a deployment, its destruction, or a retry. */
  async addToApp(tenant: TenantContext, appId: string, request: AppJob, idempotencyKey?: string): Promise<JobDocument> {
    const app = await this.#app(tenant, appId);
    if (app.doc.status === "destroyed" && request.kind !== "create")
      throw new AutomationError("APP_DESTROYED", { id: appId });
    const idempotency =
      idempotencyKey === undefined ? undefined : { key: idempotencyKey, bodyHash: hashOf({ ...request, appId }) };
    const ids = { jobId: newJobId(appId), appId };
    const reserved = await this.#reservations.reserve(tenant.tenantId, ids, idempotency);
    const { jobId } = reserved;
    const found = reserved.repeated ? await this.#store.read<JobDocument>(appPk(appId), jobDocId(jobId)) : undefined;
    return found?.doc ?? this.#add(tenant, { ...request, appId, jobId }, true);
  }

  async job(tenant: TenantContext, id: string): Promise<JobDocument> {
    return (await this.#job(tenant, id)).doc;
  }

  async app(tenant: TenantContext, id: string): Promise<AppDocument> {
    return (await this.#app(tenant, id)).doc;
  }

  /** Events after a number, in order. */
  async events(tenant: TenantContext, id: string, after: number, limit = 500): Promise<readonly JobEvent[]> {
    const { doc } = await this.#job(tenant, id);
    return this.eventsOf(doc, after, limit);
  }

  /** As {@link events}, for a job that was read (and so allowed) before. */
  async eventsOf(job: JobDocument, after: number, limit = 500): Promise<readonly JobEvent[]> {
    const from = eventDocId(job.jobId, after + 1);
    const rows = await this.#store.range<EventDocument>(
      appPk(job.appId),
      from,
      eventDocId(job.jobId, 99_999_999),
      limit,
    );
    return rows.map(({ doc }) => doc.event);
  }

  /** Asks for the end of a job. A second call returns the same record; a finished job answers `WRONG_STATE`. */
  async requestCancel(tenant: TenantContext, id: string): Promise<JobDocument> {
    return this.#change(tenant, id, ({ job }) => {
      if (isTerminal(job.doc.state)) throw wrongState(job.doc, "cancelling", "an unfinished job");
      if (job.doc.cancel) return undefined;
      const cancel: CancelRecord = { requestedAt: this.#iso(), by: tenant.userId };
      const idle = job.doc.state === "queued" || job.doc.state === "waiting";
      const events = [
        { type: "cancel_requested", message: "Somebody asked to stop the job" },
        ...(idle ? [{ type: "cancelled", message: "Stopped. Nothing was running." }] : []),
      ];
      // Between two attempts nothing runs: the worker that recovers it sees the request.
      const between = job.doc.state === "lost" || job.doc.state === "recovering";
      return {
        ...(between ? {} : { moves: ["requestCancel"] as const }),
        job: { cancel: idle ? { ...cancel, outcome: "confirmed" } : cancel },
        events,
      };
    });
  }

  /** Gives a waiting job its answers; it is queued again. */
  async answer(tenant: TenantContext, id: string, answers: readonly string[]): Promise<JobDocument> {
    return this.#change(tenant, id, ({ job }) => {
      if (job.doc.state !== "waiting") throw wrongState(job.doc, "answering", "a waiting job");
      const agreed = job.doc.monthlyUsd !== undefined && answers.some((text) => /^\s*(approve|yes|ok)\b/i.test(text));
      return {
        moves: ["answer"],
        job: {
          questions: [],
          round: job.doc.round + 1,
          answers: [...job.doc.answers, ...answers],
          ...(agreed ? { approvedMonthlyUsd: job.doc.monthlyUsd } : {}),
        } as Partial<JobDocument>,
        events: [{ type: "answered", message: "The questions were answered" }],
        publish: {},
      };
    });
  }

  /** Freezes what a succeeded job deployed. */
  async finalize(tenant: TenantContext, id: string): Promise<JobDocument> {
    return this.#change(tenant, id, ({ app, job }) => {
      if (job.doc.state === "finalized") return undefined;
      if (job.doc.state !== "succeeded") throw wrongState(job.doc, "finalizing", "a succeeded job");
      const images = Object.entries(app.doc.images ?? {}).map(([name, image]) => [name, image.reference]);
      return {
        moves: ["finalize"],
        job: { finalizedVersion: { iteration: app.doc.iteration, images: Object.fromEntries(images) } },
        events: [{ type: "finalized", message: `Version ${app.doc.iteration} is frozen` }],
      };
    });
  }

  /** A new job with the work of one that failed or was cancelled. */
  async retry(tenant: TenantContext, id: string): Promise<JobDocument> {
    const { doc } = await this.#job(tenant, id);
    const status = statusOf(doc.state);
    if (status !== "failed" && status !== "cancelled") throw wrongState(doc, "retrying", "a failed or cancelled job");
    const { kind, prompt, answers, appId, source } = doc;
    const same = { kind, prompt, answers, ...(source && { source }) };
    return this.addToApp(tenant, appId, { ...same, parentJobId: doc.jobId });
  }

  async #add(tenant: TenantContext, request: AppJob & Ids, known: boolean): Promise<JobDocument> {
    const { appId, jobId } = request;
    const pk = appPk(appId);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const app = known ? await this.#app(tenant, appId) : undefined;
      const { operations, outbox, job } = this.#planAdd(tenant, request, app);
      try {
        await this.#store.batch(pk, operations);
        this.#dispatch(outbox);
        return job;
      } catch (error) {
        // Somebody else added to the app, or our own write had landed although its answer was lost.
        const landed = await this.#store.read<JobDocument>(pk, jobDocId(jobId));
        if (landed) return landed.doc;
        if (!(error instanceof StoreConflict)) throw error;
        await backoff(attempt);
      }
    }
    throw new AutomationError("LEDGER_BUSY", { appId, tries: TRIES });
  }

  #planAdd(tenant: TenantContext, request: AppJob & Ids, app: Stored<AppDocument> | undefined) {
    const now = this.#iso();
    const { appId, jobId, kind, prompt, parentJobId, feedbackId } = request;
    const pk = appPk(appId);
    const created = number({ type: "job_created", message: CREATED[kind] }, 1, now);
    const job = newJob({ ...tenant, appId, jobId, kind, prompt, now, answers: request.answers ?? [] });
    const doc: JobDocument = {
      ...job,
      fileRefs: request.fileRefs ?? [],
      options: { ...app?.doc.options, ...request.options },
      ...(parentJobId === undefined ? {} : { parentJobId }),
      ...(feedbackId === undefined ? {} : { feedbackId }),
      ...(request.source && { source: request.source }),
    };
    const next: AppDocument = app
      ? { ...app.doc, version: app.doc.version + 1, active: [...app.doc.active, jobId], updatedAt: now }
      : newApp({ ...tenant, appId, jobId, prompt, now, options: request.options ?? {} });
    const first = next.active[0] === jobId;
    const outbox: OutboxDocument[] = [
      ...(first
        ? [{ ...note(doc, "publish", `publish-${next.version}`, now), messageId: `${jobId}:${next.version}` }]
        : []),
      { ...note(doc, "project", "project-1", now), audit: [toAudit(doc, created)] },
    ];
    const lease = {
      id: "lease",
      pk,
      schema: 1,
      type: "lease",
      token: 0,
      holder: null,
      jobId: null,
      writeId: jobId,
      renewedAt: now,
    } as const;
    const operations: StoreOperation[] = [
      app ? { kind: "replace", doc: next, etag: app.etag } : { kind: "create", doc: next },
      ...(app ? [] : [{ kind: "create", doc: lease } as const]),
      { kind: "create", doc },
      { kind: "create", doc: { id: eventDocId(jobId, 1), pk, schema: 1, type: "event", jobId, event: created } },
      ...outbox.map((each) => ({ kind: "create", doc: each }) as const),
    ];
    return { operations, outbox, job: doc };
  }

  async #change(
    tenant: TenantContext,
    id: string,
    decide: (view: AppView) => Change | undefined,
  ): Promise<JobDocument> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const job = await this.#job(tenant, id);
      const app = await this.#app(tenant, job.doc.appId);
      const change = decide({ app, job });
      if (!change) return job.doc;
      const write = planWrite({ app, job }, change, this.#now());
      try {
        await this.#store.batch(appPk(job.doc.appId), write.operations);
        this.#dispatch(write.outbox);
        return write.job;
      } catch (error) {
        if (!(error instanceof StoreConflict)) throw error;
        await backoff(attempt);
      }
    }
    throw new AutomationError("LEDGER_BUSY", { appId: appIdOf(id) ?? id, tries: TRIES });
  }

  async #job(tenant: TenantContext, id: string): Promise<Stored<JobDocument>> {
    const appId = appIdOf(id);
    // An id of a wrong form is looked up like any other, so that its answer takes as long.
    const found = await this.#store.read<JobDocument>(appPk(appId ?? "none"), jobDocId(appId ? id : "none"));
    if (found?.doc.tenantId !== tenant.tenantId) throw new AutomationError("JOB_NOT_FOUND", { id });
    return found;
  }

  async #app(tenant: TenantContext, id: string): Promise<Stored<AppDocument>> {
    const found = await this.#store.read<AppDocument>(appPk(isAppId(id) ? id : "none"), "app");
    if (found?.doc.tenantId !== tenant.tenantId) throw new AutomationError("APP_NOT_FOUND", { id });
    return found;
  }

  #iso(): string {
    return new Date(this.#now()).toISOString();
  }
}

const CREATED: Readonly<Record<JobKind, string>> = {
  create: "Accepted: a new app",
  edit: "Accepted: a change of the app",
  destroy: "Accepted: the app is to be destroyed",
  deploy: "Accepted: a deployment of the app's source",
};

function newApp(
  from: TenantContext & { appId: string; jobId: string; prompt: string; now: string; options: JobOptions },
): AppDocument {
  const { appId, jobId, tenantId, userId, prompt, now, options } = from;
  const times = { createdAt: now, updatedAt: now };
  const life = { status: "new", active: [jobId], version: 1, iteration: 0, prompt, feedback: [], options } as const;
  return { id: "app", pk: appPk(appId), schema: 1, type: "app", appId, tenantId, ownerId: userId, ...times, ...life };
}

function newJob(
  from: TenantContext & {
    appId: string;
    jobId: string;
    kind: JobKind;
    prompt: string;
    now: string;
    answers: readonly string[];
  },
): JobDocument {
  const { appId, jobId, tenantId, userId, kind, prompt, now, answers } = from;
  return {
    id: jobDocId(jobId),
    pk: appPk(appId),
    schema: 1,
    type: "job",
    jobId,
    appId,
    tenantId,
    userId,
    kind,
    prompt,
    options: {},
    state: "queued",
    createdAt: now,
    attempts: 0,
    round: 1,
    lastSeq: 1,
    version: 1,
    steps: [],
    questions: [],
    answers,
    fileRefs: [],
    notUnderstood: [],
    artifacts: [],
    costMetrics: { aiTokens: 0, computeSec: 0, storageMB: 0, usd: 0 },
  };
}

function wrongState(job: JobDocument, action: string, needed: string): AutomationError {
  return new AutomationError("WRONG_STATE", { status: statusOf(job.state), action, needed });
}

/** Short random pause, so that writers that met once do not meet again. */
async function backoff(attempt: number): Promise<void> {
  await sleep(Math.random() * Math.min(200, 5 * 2 ** attempt));
}
