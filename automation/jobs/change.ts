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
import { isTerminal, type JobMove, nextState } from "./states.ts";
import type { Stored, StoreOperation } from "./store.ts";

/** An event before it has a number. */
export interface NewEvent {
  readonly type: string;
  readonly message: string;
  readonly level?: EventLevel;
  readonly step?: string;
  readonly agent?: string;
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
  "step_started",
  "step_finished",
  "secret_read",
  "deployed",
  "destroyed",
  "cancel_requested",
  "cancelled",
  "finalized",
  "recovered",
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
  const room = Math.max(0, MAX_EVENTS - before.lastSeq);
  const events = (change.events ?? [])
    .slice(0, room)
    .map((event, index) => number(event, before.lastSeq + 1 + index, now));
  const job: JobDocument = {
    ...before,
    ...change.job,
    state,
    lastSeq: before.lastSeq + events.length,
    version: before.version + 1,
    ...(ended ? { finishedAt: now } : {}),
  };
  const active = ended ? view.app.doc.active.filter((id) => id !== job.jobId) : view.app.doc.active;
  const appChanged = change.app !== undefined || ended || change.publish !== undefined;
  const app: AppDocument = appChanged
    ? { ...view.app.doc, ...change.app, active, version: view.app.doc.version + 1, updatedAt: now }
    : view.app.doc;
  const visible = change.job !== undefined || change.moves !== undefined || appChanged;
  const audit = events.filter((event) => AUDITED.has(event.type)).map((event) => toAudit(job, event));
  const outbox = [
    ...(ended ? [note(job, "release", "release", now)] : []),
    ...wake(app, job, ended, change.publish, now),
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

/** A message for this job if asked for, and one for the job that is first in line now. */
function wake(
  app: AppDocument,
  job: JobDocument,
  ended: boolean,
  publish: Change["publish"],
  now: string,
): OutboxDocument[] {
  const next = ended ? app.active[0] : publish ? job.jobId : undefined;
  if (next === undefined) return [];
  const base = note({ ...job, jobId: next }, "publish", `publish-${app.version}`, now);
  const delay = !ended && publish?.notBefore !== undefined ? { notBefore: publish.notBefore } : {};
  return [{ ...base, messageId: `${next}:${app.version}`, ...delay }];
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
    ...(typeof duration === "number" ? { processingTime: duration / 1000 } : {}),
  };
}
