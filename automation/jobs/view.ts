import type { AppDocument, Deployed, JobDocument, SourceRecord } from "./documents.ts";
import { resolutionOf } from "./feedback.ts";
import { monthlyCost } from "./monthlyCost.ts";
import { originView } from "./release.ts";
import { statusOf } from "./states.ts";
import type { ProjectionRow } from "./store.ts";

/** A cancel takes at most so long; one that takes longer is told as pending. */
const CANCEL_BUDGET_MS = 300_000;

/** What `GET /jobs/{id}` answers, without the words for waiting. */
export function toJobView(job: JobDocument, nowMs = Date.now()) {
  const started = job.startedAt ?? job.createdAt;
  const cancel = cancelOf(job, nowMs);
  return {
    id: job.jobId,
    jobId: job.jobId,
    appId: job.appId,
    kind: job.kind,
    status: statusOf(job.state),
    state: job.state,
    prompt: job.prompt,
    options: job.options,
    createdAt: job.createdAt,
    steps: job.steps,
    attempts: job.attempts,
    lastEvent: job.lastSeq,
    questions: job.questions,
    notUnderstood: job.notUnderstood,
    artifacts: job.artifacts.map(({ name, contentType, bytes, sha256 }) => ({ name, contentType, bytes, sha256 })),
    costMetrics: job.costMetrics,
    ...given({
      phase: job.phase,
      currentAgent: job.currentAgent,
      parentJobId: job.parentJobId,
      feedbackId: job.feedbackId,
    }),
    ...given({ priority: job.priority, latestWins: job.latestWins, supersededBy: job.supersededBy }),
    ...given({ startedAt: job.startedAt, finishedAt: job.finishedAt, cancel, error: errorOf(job) }),
    ...(job.finishedAt ? { durationMs: Date.parse(job.finishedAt) - Date.parse(started) } : {}),
    ...addresses(job),
    ...given({ finalizedVersion: job.finalizedVersion, replaced: job.replaced }),
    ...(job.from ? { from: originView(job.from) } : {}),
    ...given({ repo: job.repo }),
  };
}

/** A worker that does not answer has not written what became of the request: after the budget it is known to be late. */
function cancelOf({ cancel, finishedAt }: JobDocument, nowMs: number): JobDocument["cancel"] {
  if (!cancel || cancel.outcome || finishedAt || nowMs - Date.parse(cancel.requestedAt) < CANCEL_BUDGET_MS)
    return cancel;
  const message = "Still stopping; Azure may finish it. Follow it here: another worker takes over.";
  return { ...cancel, outcome: "still-pending", message };
}

/** What `GET /apps/{id}` answers. */
export function toAppView(app: AppDocument) {
  return {
    id: app.appId,
    appId: app.appId,
    status: app.status,
    prompt: app.prompt,
    feedback: app.feedback,
    iteration: app.iteration,
    createdAt: app.createdAt,
    updatedAt: app.updatedAt,
    activeJobs: app.active,
    images: Object.fromEntries(Object.entries(app.images ?? {}).map(([name, image]) => [name, image.reference])),
    ...given({ deployment: app.deployment, promotions: app.promotions, promotedFrom: app.promotedFrom }),
    ...given({ expiresAt: app.expiresAt, drift: app.drift, repo: app.repo }),
    ...given({ title: app.title, spec: app.spec, source: app.source && sourceOf(app.source) }),
    ...(app.status === "destroyed" ? {} : addresses(app)),
  };
}

/** A source as people see it: without the place where it lies. */
export function sourceOf({ workspace: _, ...source }: SourceRecord): Omit<SourceRecord, "workspace"> {
  return source;
}

/** Row of the container `jobs`. */
export function toJobRow(job: JobDocument): ProjectionRow {
  return {
    id: job.jobId,
    userId: job.userId,
    tenantId: job.tenantId,
    appId: job.appId,
    version: job.version,
    createdAt: job.createdAt,
    status: statusOf(job.state),
    phase: job.phase ?? null,
    currentAgent: job.currentAgent ?? null,
    parentJobId: job.parentJobId ?? null,
    kind: job.kind,
    prompt: job.prompt,
    outputConfig: { platforms: ["web"], cloudTarget: "azure" },
    artifacts: Object.fromEntries(job.artifacts.map((each) => [each.name, each.blob])),
    costMetrics: job.costMetrics,
    view: toJobView(job),
  };
}

/** Row of the container `apps`. */
export function toAppRow(app: AppDocument): ProjectionRow {
  return {
    id: app.appId,
    tenantId: app.tenantId,
    version: app.version,
    updatedAt: app.updatedAt,
    view: toAppView(app),
  };
}

/** Row of the container `deployments`: the same work, as the deployment view names it. */
export function toDeploymentRow(job: JobDocument): ProjectionRow {
  const { jobId, appId, tenantId, version, createdAt, steps, attempts } = job;
  const { costMetrics, monthlyUsd, startedAt, finishedAt, url } = job;
  const more = given({ startedAt, finishedAt, error: errorOf(job), url, monthlyUsd });
  const status = statusOf(job.state);
  const row = { id: jobId, appId, tenantId, version, kind: job.kind, status, createdAt, steps, attempts };
  return { ...row, userId: job.userId, costMetrics, ...more };
}

/** Row of the container `feedback`, of the job that works on it; nothing for other jobs. */
export function toFeedbackRow(job: JobDocument): (ProjectionRow & { readonly jobId: string }) | undefined {
  const { feedbackId, parentJobId, tenantId, version, prompt: content, createdAt: timestamp, fileRefs } = job;
  if (feedbackId === undefined || parentJobId === undefined) return undefined;
  const resolution = resolutionOf(job, feedbackId);
  return {
    id: feedbackId,
    jobId: parentJobId,
    tenantId,
    version,
    content,
    timestamp,
    fileRefs,
    resolution,
    editJobId: job.jobId,
  };
}

/** `http` addresses where browsers do not trust the certificate. */
export function shown(url: string, scheme: "http" | "https"): string {
  return url.replace(/^https?:/, `${scheme}:`);
}

function addresses(of: Deployed) {
  const openapi = of.url !== undefined && of.describesApi ? new URL("/openapi.json", of.url).href : undefined;
  return { services: of.services ?? [], ...given({ url: of.url, openapi, estimate: monthlyCost(of) }) };
}

/** Without the fields that are undefined. */
function given<T extends object>(fields: T): Partial<{ [K in keyof T]: Exclude<T[K], undefined> }> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<{ [K in keyof T]: Exclude<T[K], undefined> }>;
}

/** The error of an attempt that another one made good is history: the events have it. */
function errorOf(job: JobDocument): JobDocument["error"] {
  return job.state === "succeeded" || job.state === "finalized" ? undefined : job.error;
}
