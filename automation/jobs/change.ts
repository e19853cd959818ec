import {
  type AppDocument,
  type AuditRow,
  appPk,
  type EventLevel,
  eventDocId,
  type JobDocument,
  type JobEvent,
  type OutboxDocument,
  type StepDocument,
} from "./documents.ts";
import { reservationKey } from "./reservations.ts";
import { isHeld, isTerminal, type JobMove, nextState } from "./states.ts";
import type { Stored, StoreOperation } from "./store.ts";

/** An event before it has a number. */
export interface NewEvent {
  readonly type: string;
  readonly message: string;
  readonly level?: EventLevel;
  readonly step?: string;
  readonly agent?: string;
  /** The person who did it; absent for what the service does by itself. */
  readonly by?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  /** When it happened, if that was before it is written. */
  readonly at?: string;
}

/** What a write wants to change of one app and one of its jobs. */
export interface Change {
  readonly moves?: readonly JobMove[];
  readonly job?: Partial<JobDocument>;
  readonly app?: Partial<AppDocument>;
  readonly events?: readonly NewEvent[];
  readonly steps?: readonly StepDocument[];
  /** Wake a worker for this job; `notBefore` delays it. */
  readonly publish?: { readonly notBefore?: string };
}

export interface AppView {
  readonly app: Stored<AppDocument>;
  readonly job: Stored<JobDocument>;
}

export interface PlannedWrite {
  readonly operations: readonly StoreOperation[];
  readonly app: AppDocument;
  readonly job: JobDocument;
  readonly outbox: readonly OutboxDocument[];
}

/** Events that also go to the audit trail. */
const AUDITED: ReadonlySet<string> = new Set([
  "job_created",
  "agent_started",
  "agent_finished",
  "agent_failed",
  "step_reused",
  "step_repeated",
  "step_started",
  "step_finished",
  "secret_read",
  "repo_pushed",
  "repo_refused",
  "deployed",
  "taken_back",
  "destroyed",
  "cancel_requested",
  "cancelled",
  "answered",
  "finalized",
  "promoted",
  "feedback_resolved",
  "recovered",
  "recovery",
  "leftovers",
  "still_pending",
  "kept",
  "names_renewed",
  "names_recovered",
  "names_freed",
  "superseded",
  "redriven",
  "handed_over",
  "attempt_failed",
  "expiry_notice",
  "kept",
  "drift_found",
  "drift_none",
  "repaired",
]);

/** More events than this per job are not kept (the rest of a log is in the log blob). */
export const MAX_EVENTS = 100_000;
const MAX_MESSAGE = 16_384;

/**
 * Turns a change into the operations of one transaction: the job with its new state, numbered events without gap, steps,
 * the app's list of unfinished jobs, and the notes of what must follow outside the partition. Pure.
 *
 * @throws {RangeError} when a move is not possible in the job's state: the caller checks before
 */
export function planWrite(view: AppView, change: Change, nowMs: number): PlannedWrite {
  const now = new Date(nowMs).toISOString();
  const before = view.job.doc;
  const state = (change.moves ?? []).reduce((current, move) => {
    const next = nextState(current, move);
    if (!next) throw new RangeError(`${before.jobId}: no ${move} in state ${current}`);
    return next;
  }, before.state);
  const ended = isTerminal(state) && !isTerminal(before.state);
  const revived = !isTerminal(state) && isTerminal(before.state);
  const room = Math.max(0, MAX_EVENTS - before.lastSeq);
  const events = (change.events ?? [])
    .slice(0, room)
    .map((event, index) => number(event, before.lastSeq + 1 + index, now));
  const { finishedAt, notBefore, letter, ...rest } = before;
  const job: JobDocument = {
    ...rest,
    // A revived job has no end and no dead letter any more, and one that runs was due.
    ...(letter !== undefined && !revived ? { letter } : {}),
    ...(finishedAt !== undefined && !revived ? { finishedAt } : {}),
    ...(notBefore !== undefined && !isHeld(state) ? { notBefore } : {}),
    ...change.job,
    state,
    lastSeq: before.lastSeq + events.length,
    version: before.version + 1,
    ...(change.publish ? { stay: view.app.doc.version + 1 } : {}),
    ...(ended ? { finishedAt: now } : {}),
  };
  const active = activeAfter(view.app.doc.active, job.jobId, { ended, revived });
  const appChanged = change.app !== undefined || ended || revived || change.publish !== undefined;
  const app: AppDocument = appChanged
    ? { ...view.app.doc, ...change.app, active, version: view.app.doc.version + 1, updatedAt: now }
    : view.app.doc;
  const visible = change.job !== undefined || change.moves !== undefined || appChanged;
  const audit = events.filter((event) => AUDITED.has(event.type)).map((event) => toAudit(job, event));
  const outbox = [
    ...(ended ? [releaseNote(job, app.version, now)] : []),
    ...(state === "waiting" ? [{ ...note(job, "vacate", `vacate-${job.version}`, now), stay: app.version + 1 }] : []),
    ...wake(view.app.doc, app, job, change.publish, now),
    ...(visible || audit.length > 0 ? [{ ...note(job, "project", `project-${job.version}`, now), audit }] : []),
  ];
  const pk = appPk(job.appId);
  return {
    app,
    job,
    outbox,
    operations: [
      { kind: "replace", doc: job, etag: view.job.etag },
      ...(appChanged ? [{ kind: "replace", doc: app, etag: view.app.etag } as const] : []),
      ...events.map((event): StoreOperation => {
        const id = eventDocId(job.jobId, event.seq);
        return { kind: "create", doc: { id, pk, schema: 1, type: "event", jobId: job.jobId, event } };
      }),
      ...(change.steps ?? []).map((doc): StoreOperation => ({ kind: "upsert", doc })),
      ...outbox.map((doc): StoreOperation => ({ kind: "create", doc })),
    ],
  };
}

function activeAfter(
  active: readonly string[],
  jobId: string,
  { ended, revived }: { readonly ended: boolean; readonly revived: boolean },
): readonly string[] {
  if (ended) return active.filter((id) => id !== jobId);
  return revived && !active.includes(jobId) ? [...active, jobId] : active;
}

/** A message for the job that became the first of its app, or for this one when that is asked for and it is the first. */
function wake(
  before: AppDocument,
  app: AppDocument,
  job: JobDocument,
  publish: Change["publish"],
  now: string,
): readonly OutboxDocument[] {
  const [next] = app.active;
  if (next === undefined || (next === before.active[0] && !(publish && next === job.jobId))) return [];
  const woken = publishNote({ ...job, jobId: next }, app.version, now);
  if (next !== job.jobId) return [woken];
  const delay = publish?.notBefore === undefined ? {} : { notBefore: publish.notBefore };
  return [{ ...woken, ...delay, priority: job.priority ?? "normal", ...traceOf(job) }];
}

/** The trace that a job belongs to, as a field of what follows from it. */
export function traceOf({ traceparent }: Pick<JobDocument, "traceparent">): { readonly traceparent?: string } {
  return traceparent === undefined ? {} : { traceparent };
}

/** A note that asks for a slot; `version` of the app makes its message a new one. Without a priority it is looked up. */
export function publishNote(
  job: Pick<JobDocument, "jobId" | "appId" | "tenantId">,
  version: number,
  now: string,
): OutboxDocument {
  const id = `${job.jobId}:${version}`;
  return { ...note(job, "publish", `publish-${version}`, now), messageId: id, stay: version };
}

/** @param version of the app after the write: what the job gets when it is revived comes later */
function releaseNote(job: JobDocument, version: number, now: string): OutboxDocument {
  const reservation = job.series === undefined ? {} : { reservation: reservationKey(job) };
  return { ...note(job, "release", `release-${job.version}`, now), stay: version, ...reservation };
}

/**
 * What takes a queued job out of the line for a newer one of the same app, which is written in the same transaction. Pure.
 *
 * @param appVersion after that transaction
 */
export function planSupersede(
  { doc, etag }: Stored<JobDocument>,
  by: string,
  appVersion: number,
  now: string,
): { readonly operations: readonly StoreOperation[]; readonly outbox: readonly OutboxDocument[] } {
  const state = nextState(doc.state, "supersede");
  if (!state) throw new RangeError(`${doc.jobId}: no supersede in state ${doc.state}`);
  const event = number({ type: "superseded", message: `A newer job took its place: ${by}` }, doc.lastSeq + 1, now);
  const version = doc.version + 1;
  const job: JobDocument = { ...doc, state, supersededBy: by, lastSeq: event.seq, version, finishedAt: now };
  const { pk, jobId } = job;
  const outbox = [
    releaseNote(job, appVersion, now),
    { ...note(job, "project", `project-${version}`, now), audit: [toAudit(job, event)] },
  ];
  return {
    outbox,
    operations: [
      { kind: "replace", doc: job, etag },
      { kind: "create", doc: { id: eventDocId(jobId, event.seq), pk, schema: 1, type: "event", jobId, event } },
      ...outbox.map((each): StoreOperation => ({ kind: "create", doc: each })),
    ],
  };
}

/** Builds an outbox note; `suffix` makes its id unique in the partition. */
export function note(
  job: Pick<JobDocument, "jobId" | "appId" | "tenantId">,
  kind: OutboxDocument["kind"],
  suffix: string,
  now: string,
): OutboxDocument {
  const { jobId, appId, tenantId } = job;
  const id = `outbox-${jobId}-${suffix}`;
  return { id, pk: appPk(appId), schema: 1, type: "outbox", kind, appId, jobId, tenantId, createdAt: now };
}

export function number(event: NewEvent, seq: number, now: string): JobEvent {
  const { message, at = now, level = "info", ...rest } = event;
  const cut = message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)} … (cut)` : message;
  return { seq, at, level, ...rest, message: cut };
}

export function toAudit(job: Pick<JobDocument, "jobId" | "tenantId">, event: JobEvent): AuditRow {
  const duration = event.data?.durationMs;
  return {
    id: `${job.jobId}-${String(event.seq).padStart(8, "0")}`,
    jobId: job.jobId,
    tenantId: job.tenantId,
    event: event.type,
    message: event.message,
    timestamp: event.at,
    ...(event.agent === undefined ? {} : { agentId: event.agent }),
    ...(event.by === undefined ? {} : { userId: event.by }),
    ...(typeof duration === "number" ? { processingTime: duration / 1000 } : {}),
  };
}
