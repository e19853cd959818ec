import { randomUUID } from "node:crypto";
import { AutomationError } from "../errors.ts";
import type { LimitsOf } from "../schedule/limits.ts";
import { traced } from "../telemetry/spans.ts";
import { type AppJob, type Ids, isReplaceable, planAdd } from "./addJob.ts";
import { answered } from "./answered.ts";
import { type AppView, type Change, type NewEvent, planWrite } from "./change.ts";
import {
  type AppDocument,
  appPk,
  type CancelRecord,
  type EventDocument,
  eventDocId,
  type JobDocument,
  type JobEvent,
  type JobKind,
  jobDocId,
  type StepDocument,
  type TenantContext,
} from "./documents.ts";
import { holdEditable } from "./editable.ts";
import type { Decision } from "./feedback.ts";
import { appIdOf, hashOf, isAppId, newAppId, newJobId } from "./ids.ts";
import type { Outbox } from "./outbox.ts";
import { type Pause, pause } from "./pause.ts";
import { freeze } from "./release.ts";
import { Reservations, reservationKey } from "./reservations.ts";
import { isTerminal, statusOf } from "./states.ts";
import type { LedgerStore, Stored, StoreOperation } from "./store.ts";
import { TenantPlans } from "./tenantPlans.ts";
import { backoffMs, isOver } from "./writeTries.ts";

export interface LedgerOptions {
  readonly store: LedgerStore;
  readonly now?: () => number;
  readonly limitsOf: LimitsOf;
  /** Gets the notes of each write, to act on them at once. */
  readonly dispatch: Outbox["dispatch"];
  /** Between two tries of a write. @default real time */
  readonly pause?: Pause;
}

export interface NewJob
  extends Pick<AppJob, "prompt" | "answers" | "options" | "repo" | "priority" | "latestWins" | "idempotencyKey"> {
  /** An iteration of this app instead of a new app. */
  readonly appId?: string | undefined;
}

const TRIES = 12;
/** So long a request whose key is known and whose job is not is taken to be on its way. */
const ACCEPTING_MS = 2_000;
/** Steps times attempts are far fewer. */
const MAX_RECORDS = 500;
/** More never wait: each replaces those before it. Each takes four operations of a transaction. */
const MAX_REPLACED = 20;

/** The API's side of the ledger: every call takes the caller's tenant, and a foreign id does not exist. */
export class JobLedger {
  readonly #store: LedgerStore;
  readonly #now: () => number;
  readonly #dispatch: LedgerOptions["dispatch"];
  readonly #reservations: Reservations;
  readonly #plans: TenantPlans;
  readonly #pause: Pause;

  constructor(options: LedgerOptions) {
    this.#store = options.store;
    this.#now = options.now ?? (() => options.store.now());
    this.#dispatch = options.dispatch;
    this.#pause = options.pause ?? pause;
    this.#reservations = new Reservations(options.store, this.#now, options.limitsOf, this.#pause);
    this.#plans = new TenantPlans(options.store, this.#now);
  }

  /** Accepts a job: reservation and idempotency record first, then the job; a message is never sent before the job is written. */
  async create(tenant: TenantContext, request: NewJob): Promise<JobDocument> {
    const [existing] = await Promise.all([
      request.appId === undefined ? undefined : this.#app(tenant, request.appId),
      this.#plans.check(tenant.tenantId),
    ]);
    if (existing?.doc.status === "destroyed") throw new AutomationError("APP_DESTROYED", { id: existing.doc.appId });
    if (existing) holdEditable(existing.doc);
    const { idempotencyKey, ...body } = request;
    const appId = existing?.doc.appId ?? newAppId();
    const kind: JobKind = existing ? "edit" : "create";
    return this.#reserved(tenant, appId, idempotencyKey, body, async (ids) =>
      this.#add(tenant, { ...body, kind, ...ids, ...traced() }, existing),
    );
  }

  /**
   * Adds a job with its reservation, or gives the one that the same key has made before.
   *
   * @throws {AutomationError} `STILL_ACCEPTING` while the first request of the key is on its way, `IDEMPOTENCY_MISMATCH`
   */
  async #reserved(
    tenant: TenantContext,
    appId: string,
    key: string | undefined,
    body: object,
    add: (ids: Ids) => Promise<JobDocument>,
  ): Promise<JobDocument> {
    const idempotency = key === undefined ? undefined : { key, bodyHash: hashOf(body) };
    const ids = { jobId: newJobId(appId), appId };
    const { repeatedOf, ...reserved } = await this.#reservations.reserve(tenant.tenantId, ids, idempotency);
    if (repeatedOf !== undefined) {
      const found = await this.#store.read<JobDocument>(appPk(reserved.appId), jobDocId(reserved.jobId));
      if (found) return found.doc;
      const ago = this.#now() - Date.parse(repeatedOf);
      if (ago < ACCEPTING_MS) throw new AutomationError("STILL_ACCEPTING", { ago, retryAfterSeconds: 1 });
      // Whoever took it died in between, or is slow: both may write the job, and one of them does.
      await this.#reservations.renew(tenant.tenantId, reserved);
    }
    return add(reserved);
  }

  /** Starts another job of an app: an edit, a deployment, its destruction, or a retry. */
  async addToApp(tenant: TenantContext, appId: string, request: AppJob): Promise<JobDocument> {
    const [app] = await Promise.all([
      this.#app(tenant, appId),
      request.kind === "destroy" ? undefined : this.#plans.check(tenant.tenantId),
    ]);
    if (app.doc.status === "destroyed" && request.kind !== "create")
      throw new AutomationError("APP_DESTROYED", { id: appId });
    const { idempotencyKey, expected, ...body } = request;
    hold(app.doc, expected);
    if (request.kind === "edit") holdEditable(app.doc);
    return this.#reserved(tenant, appId, idempotencyKey && `app ${idempotencyKey}`, { appId, ...body }, async (ids) =>
      this.#add(tenant, { ...body, ...(expected !== undefined && { expected }), ...ids, ...traced() }, app),
    );
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

  /**
   * Asks for the end of a job. A second call returns the same record.
   *
   * @throws {AutomationError} `WRONG_STATE` for a finished job, `CANCEL_NOT_PLACED` when the ledger does not take the request
   */
  async requestCancel(tenant: TenantContext, id: string, expected?: number): Promise<JobDocument> {
    try {
      return await this.#requestCancel(tenant, id, expected);
    } catch (error) {
      if (error instanceof AutomationError && error.code !== "LEDGER_BUSY") throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new AutomationError("CANCEL_NOT_PLACED", { reason }, { cause: error });
    }
  }

  #requestCancel(tenant: TenantContext, id: string, expected?: number): Promise<JobDocument> {
    return this.#change(tenant, id, ({ job }) => {
      hold(job.doc, expected);
      if (isTerminal(job.doc.state)) throw wrongState(job.doc, "cancelling", "an unfinished job");
      if (job.doc.cancel) return undefined;
      const cancel: CancelRecord = { requestedAt: this.#iso(), by: tenant.userId };
      const idle = job.doc.state === "queued" || job.doc.state === "waiting";
      const events = [
        { type: "cancel_requested", message: "Somebody asked to stop the job", by: tenant.userId },
        ...(idle ? [{ type: "cancelled", message: "Stopped. Nothing was running.", by: tenant.userId }] : []),
      ];
      // Between two attempts nothing runs: the worker that recovers it sees the request.
      const between = job.doc.state === "lost" || job.doc.state === "recovering";
      return {
        ...(between ? {} : { moves: ["requestCancel"] as const }),
        job: { cancel: idle ? { ...cancel, outcome: "confirmed", message: "Stopped. Nothing was running." } : cancel },
        events,
      };
    });
  }

  /** Gives a waiting job its answers; it is queued again. */
  async answer(tenant: TenantContext, id: string, answers: readonly string[]): Promise<JobDocument> {
    return this.#change(tenant, id, ({ job }) => {
      if (job.doc.state !== "waiting") throw wrongState(job.doc, "answering", "a waiting job");
      return answered(job.doc, answers, tenant.userId);
    });
  }

  /** Freezes what a succeeded job deployed, whatever was deployed after it. */
  async finalize(tenant: TenantContext, id: string, expected?: number): Promise<JobDocument> {
    return this.#change(tenant, id, ({ app, job }) => {
      hold(job.doc, expected);
      if (job.doc.state === "finalized") return undefined;
      if (job.doc.state !== "succeeded") throw wrongState(job.doc, "finalizing", "a succeeded job");
      const finalizedVersion = freeze(job.doc, app.doc);
      const message = `Version ${finalizedVersion.iteration} is frozen`;
      const events = [{ type: "finalized", message, by: tenant.userId }];
      return { moves: ["finalize"], job: { finalizedVersion }, events };
    });
  }

  /** Keeps what a person said about a feedback. */
  async decide(
    tenant: TenantContext,
    id: string,
    feedbackId: string,
    given: Pick<Decision, "as" | "reason">,
  ): Promise<JobDocument> {
    return this.#change(tenant, id, ({ job }) => {
      const decision: Decision = { ...given, by: tenant.userId, at: this.#iso() };
      const message = `Feedback ${given.as}${given.reason === undefined ? "" : `: ${given.reason}`}`;
      return {
        job: { decisions: { ...job.doc.decisions, [feedbackId]: decision } },
        events: [{ type: "feedback_resolved", message, by: tenant.userId, data: { feedbackId, ...given } }],
      };
    });
  }

  /** Adds an event to a job, whatever its state. */
  async record(tenant: TenantContext, id: string, event: Omit<NewEvent, "by">): Promise<JobDocument> {
    return this.#change(tenant, id, () => ({ events: [{ ...event, by: tenant.userId }] }));
  }

  /** Records of a job's steps, of all attempts; for a job that was read (and so allowed) before. */
  async stepsOf({ appId, jobId }: JobDocument): Promise<readonly StepDocument[]> {
    const prefix = `step-${jobId}-`;
    return (await this.#store.range<StepDocument>(appPk(appId), prefix, `${prefix}~`, MAX_RECORDS)).map(
      ({ doc }) => doc,
    );
  }

  /**
   * Gives a dead job a new series of attempts, on a person's word. It joins the end of its app's line, with a new message id.
   *
   * @throws {AutomationError} `WRONG_STATE` for a job that is not dead, `RATE_LIMITED`, `TENANT_QUOTA`
   */
  async redrive(tenant: TenantContext, id: string, reason: string): Promise<JobDocument> {
    const { doc } = await this.#job(tenant, id);
    if (doc.state !== "dead") throw wrongState(doc, "redriving", "a job that was given up");
    const series = (doc.series ?? 1) + 1;
    const { appId, jobId } = doc;
    await this.#reservations.reserve(tenant.tenantId, { jobId, appId, key: reservationKey({ jobId, series }) });
    return this.#change(tenant, id, ({ job }) => {
      if ((job.doc.series ?? 1) >= series) return undefined; // somebody did the same at the same time
      return {
        moves: ["redrive"],
        job: { series, earlierAttempts: job.doc.attempts },
        events: [
          {
            type: "redriven",
            message: `Tried again: ${reason}`,
            by: tenant.userId,
            data: { by: tenant.userId, reason, series },
          },
        ],
        publish: {},
      };
    });
  }

  /**
   * Redrives the jobs of a tenant that were given up, oldest first, as many as the rate allows.
   *
   * @returns what was redriven, how many dead jobs are left, and when the next one may be
   */
  async redriveAll(tenant: TenantContext, reason: string, limit: number) {
    const where = { tenantId: tenant.tenantId, state: "dead" } as const;
    const dead = await this.#store.find<JobDocument>({ type: "job", where, orderBy: "createdAt", limit });
    const redriven: string[] = [];
    let retryAfterSeconds: number | undefined;
    for (const { doc } of dead) {
      try {
        await this.redrive(tenant, doc.jobId, reason);
        redriven.push(doc.jobId);
      } catch (error) {
        if (!(error instanceof AutomationError)) throw error;
        if (error.code === "WRONG_STATE") continue;
        if (error.code !== "RATE_LIMITED" && error.code !== "TENANT_QUOTA") throw error;
        retryAfterSeconds = Number(error.details.retryAfterSeconds ?? 60);
        break;
      }
    }
    const left = await this.#store.count<JobDocument>({ type: "job", where });
    return { redriven, left, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
  }

  /** @param known the app as it was read a moment ago; absent for a new one */
  async #add(tenant: TenantContext, request: AppJob & Ids, known?: Stored<AppDocument>): Promise<JobDocument> {
    const { appId, jobId } = request;
    const pk = appPk(appId);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const app = attempt > 0 && known ? await this.#app(tenant, appId) : known;
      if (app) hold(app.doc, request.expected);
      const replaced = app && request.latestWins ? await this.#replaceable(app.doc) : [];
      const write = { now: this.#iso(), writeId: randomUUID() };
      const { operations, outbox, job, app: next } = planAdd(tenant, request, app, replaced, write);
      const failed = await this.#batch(pk, operations);
      // Somebody else added to the app, or our own write had landed although its answer was lost.
      const landed = failed && (await this.#store.read<JobDocument>(pk, jobDocId(jobId)));
      // A request of the same key may have added it meanwhile: then what was planned here did not happen.
      if (!failed || landed?.doc.writeId === write.writeId) this.#dispatch(outbox, { app: next, job });
      if (!failed || landed) return landed?.doc ?? job;
      if (isOver(failed.error, attempt)) throw failed.error;
      await this.#pause(backoffMs(attempt));
    }
    throw new AutomationError("LEDGER_BUSY", { appId, tries: TRIES });
  }

  /** Jobs that a newer one may take the place of; read before it is written, so one that starts meanwhile fails the write. */
  async #replaceable(app: AppDocument): Promise<readonly Stored<JobDocument>[]> {
    const read = (id: string) => this.#store.read<JobDocument>(appPk(app.appId), jobDocId(id));
    const queued = await Promise.all(app.active.slice(-MAX_REPLACED).map(read));
    return queued.filter((each): each is Stored<JobDocument> => each !== undefined && isReplaceable(each.doc));
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
      const writeId = randomUUID();
      const write = planWrite({ app, job }, { ...change, job: { ...change.job, writeId } }, this.#now());
      const failed = await this.#batch(appPk(job.doc.appId), write.operations);
      if (failed) {
        const now = await this.#job(tenant, id);
        if (now.doc.writeId !== writeId) {
          if (isOver(failed.error, attempt)) throw failed.error;
          await this.#pause(backoffMs(attempt));
          continue;
        }
      }
      this.#dispatch(write.outbox, write);
      return write.job;
    }
    throw new AutomationError("LEDGER_BUSY", { appId: appIdOf(id) ?? id, tries: TRIES });
  }

  /** @returns why the answer is no: it may have landed all the same */
  async #batch(pk: string, operations: readonly StoreOperation[]): Promise<{ readonly error: unknown } | undefined> {
    try {
      await this.#store.batch(pk, operations);
      return undefined;
    } catch (error) {
      return { error };
    }
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

/** @throws {AutomationError} `VERSION_CHANGED` when somebody changed it since it was read */
function hold({ version }: { readonly version: number }, expected: number | undefined): void {
  if (expected !== undefined && expected !== version) throw new AutomationError("VERSION_CHANGED", { version });
}

function wrongState(job: JobDocument, action: string, needed: string): AutomationError {
  return new AutomationError("WRONG_STATE", { status: statusOf(job.state), action, needed });
}
