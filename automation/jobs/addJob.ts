import { expiryAfter } from "../care/expiry.ts";
import type { Priority } from "../schedule/schedule.ts";
import { type NewEvent, note, number, planSupersede, publishNote, toAudit, traceOf } from "./change.ts";
import {
  type AppDocument,
  appPk,
  eventDocId,
  type JobDocument,
  type JobKind,
  type JobOptions,
  jobDocId,
  type LeaseDocument,
  type OutboxDocument,
  type SourceRecord,
  type TenantContext,
} from "./documents.ts";
import type { ReleaseOrigin } from "./release.ts";
import { type Repo, repoOf } from "./repo.ts";
import type { Reuse } from "./retrySteps.ts";
import type { Stored, StoreOperation } from "./store.ts";

/** A job for an app that is there. */
export interface AppJob {
  readonly kind: JobKind;
  readonly prompt: string;
  readonly answers?: readonly string[] | undefined;
  readonly options?: JobOptions | undefined;
  readonly parentJobId?: string;
  /** Of a retry: the step that somebody named, else `first`. */
  readonly retryFrom?: string;
  /** Of a retry: what it takes over. */
  readonly reuses?: Reuse;
  readonly feedbackId?: string;
  readonly fileRefs?: readonly string[];
  /** Of a `deploy`. */
  readonly source?: SourceRecord;
  /** Of a `deploy`: put this into place instead of building the source. */
  readonly from?: ReleaseOrigin;
  /** Of the app from now on. */
  readonly repo?: Repo | undefined;
  readonly priority?: Priority | undefined;
  /** Takes the place of the app's queued jobs that say the same, and gives its own to a newer one. */
  readonly latestWins?: boolean | undefined;
  /** Of a `destroy` because of an expiry: the end. */
  readonly expiry?: string;
  /** W3C trace context of the request. */
  readonly traceparent?: string;
  readonly idempotencyKey?: string | undefined;
  /** The version of the app that the caller has seen: another one refuses the job. */
  readonly expected?: number | undefined;
}

export interface Ids {
  readonly appId: string;
  readonly jobId: string;
}

/** What one transaction adds to an app, and what must follow it. */
export interface PlannedAdd {
  readonly operations: readonly StoreOperation[];
  readonly outbox: readonly OutboxDocument[];
  readonly job: JobDocument;
  readonly app: AppDocument;
}

const CREATED: Readonly<Record<JobKind, string>> = {
  create: "Accepted: a new app",
  edit: "Accepted: a change of the app",
  destroy: "Accepted: the app is to be destroyed",
  deploy: "Accepted: a deployment of the app's source",
  drift: "Accepted: a look at what is deployed",
  repair: "Accepted: the app is to be put back",
};

const ORIGIN: Readonly<Record<ReleaseOrigin["kind"], string>> = {
  rollback: "Accepted: an earlier deployment is to run again",
  promotion: "Accepted: a release of another app is to run here",
  domain: "Accepted: a domain of the app is to be set up or taken away",
};

/** Whether a newer job may take a job's place: both say that only the last one matters, and this one never started. */
export function isReplaceable({ state, latestWins, startedAt }: JobDocument): boolean {
  return state === "queued" && latestWins === true && startedAt === undefined;
}

/**
 * The operations that add a job at the end of its app's line (or make the app), in the place of the replaced ones. Pure.
 *
 * @param app as it was read; absent for a new app
 * @param replaced queued jobs of the app whose place it takes
 * @param write when, and the name by which its answer is recognised if it is lost
 */
export function planAdd(
  tenant: TenantContext,
  request: AppJob & Ids,
  app: Stored<AppDocument> | undefined,
  replaced: readonly Stored<JobDocument>[],
  write: { readonly now: string; readonly writeId: string },
): PlannedAdd {
  const { now, writeId } = write;
  const { appId, jobId, prompt } = request;
  const pk = appPk(appId);
  const created = number({ type: "job_created", by: tenant.userId, ...acceptedOf(request) }, 1, now);
  const job: JobDocument = { ...newJob(tenant, request, app?.doc.options, now), writeId };
  const gone = replaced.map((each) => planSupersede(each, jobId, (app?.doc.version ?? 0) + 1, now));
  const names = new Set(replaced.map((each) => each.doc.jobId));
  const repo = request.repo && { repo: repoOf(app?.doc.repo, request.repo) };
  const next: AppDocument = app
    ? {
        ...app.doc,
        ...repo,
        version: app.doc.version + 1,
        active: [...app.doc.active.filter((id) => !names.has(id)), jobId],
        updatedAt: now,
      }
    : { ...newApp({ ...tenant, appId, jobId, prompt, now, options: request.options ?? {} }), ...repo };
  const urgent = { priority: job.priority ?? "normal", ...traceOf(job) } as const;
  const outbox: OutboxDocument[] = [
    ...gone.flatMap((each) => each.outbox),
    ...(next.active[0] === jobId ? [{ ...publishNote(job, next.version, now), ...urgent }] : []),
    { ...note(job, "project", "project-1", now), audit: [toAudit(job, created)] },
  ];
  const operations: StoreOperation[] = [
    app ? { kind: "replace", doc: next, etag: app.etag } : { kind: "create", doc: next },
    ...(app ? [] : [{ kind: "create", doc: newLease(pk, jobId, now) } as const]),
    { kind: "create", doc: job },
    { kind: "create", doc: { id: eventDocId(jobId, 1), pk, schema: 1, type: "event", jobId, event: created } },
    ...gone.flatMap((each) => each.operations),
    ...outbox.slice(gone.flatMap((each) => each.outbox).length).map((doc) => ({ kind: "create", doc }) as const),
  ];
  return { operations, outbox, job, app: next };
}

/** What the first event says. */
function acceptedOf({ kind, from, retryFrom, parentJobId }: AppJob): Pick<NewEvent, "message" | "data"> {
  const message = from ? ORIGIN[from.kind] : CREATED[kind];
  if (retryFrom === undefined) return { message };
  const begin = retryFrom === "first" ? "the first step that has to be done" : retryFrom;
  return {
    message: `${message}, as a retry of ${parentJobId} from ${begin}`,
    data: { retryOf: parentJobId, retryFrom },
  };
}

function newLease(pk: string, writeId: string, now: string): LeaseDocument {
  const free = { token: 0, holder: null, jobId: null } as const;
  return { id: "lease", pk, schema: 1, type: "lease", ...free, writeId, renewedAt: now };
}

function newApp(
  from: TenantContext & { appId: string; jobId: string; prompt: string; now: string; options: JobOptions },
): AppDocument {
  const { appId, jobId, tenantId, userId, prompt, now, options } = from;
  const times = { createdAt: now, updatedAt: now };
  const life = { status: "new", active: [jobId], version: 1, iteration: 0, prompt, feedback: [], options } as const;
  const ids = { id: "app", pk: appPk(appId), schema: 1, type: "app", appId, tenantId, ownerId: userId } as const;
  return { ...ids, ...times, ...life, ...endOf(options, now) };
}

/** The end of a new app, by its wish. */
export function endOf({ ttlHours }: JobOptions, now: string): Pick<AppDocument, "expiresAt"> {
  return ttlHours === undefined ? {} : { expiresAt: expiryAfter(ttlHours, Date.parse(now)) };
}

function newJob(
  { tenantId, userId }: TenantContext,
  request: AppJob & Ids,
  options: JobOptions | undefined,
  now: string,
): JobDocument {
  const { appId, jobId, kind, prompt, parentJobId, feedbackId, source, from, priority, latestWins } = request;
  const { traceparent, expiry, reuses } = request;
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
    options: { ...options, ...request.options },
    state: "queued",
    createdAt: now,
    attempts: 0,
    round: 1,
    lastSeq: 1,
    version: 1,
    steps: [],
    questions: [],
    answers: request.answers ?? [],
    fileRefs: request.fileRefs ?? [],
    notUnderstood: [],
    artifacts: [],
    costMetrics: { aiTokens: 0, computeSec: 0, storageMB: 0, usd: 0 },
    ...(parentJobId === undefined ? {} : { parentJobId }),
    ...(feedbackId === undefined ? {} : { feedbackId }),
    ...(source && { source }),
    ...(from && { from }),
    ...(reuses && { reuses }),
    ...(priority === undefined ? {} : { priority }),
    ...(latestWins ? { latestWins } : {}),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(expiry === undefined ? {} : { expiry }),
  };
}
