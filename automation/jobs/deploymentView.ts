import type { AppDocument, JobDocument, JobEvent, StepSummary } from "./documents.ts";
import { monthlyCost } from "./monthlyCost.ts";
import { originView } from "./release.ts";
import { type JobState, statusOf } from "./states.ts";
import { sourceOf } from "./view.ts";

export const DEPLOYMENT_STATUSES = ["queued", "running", "succeeded", "failed", "cancelling", "cancelled"] as const;
export type DeploymentStatus = (typeof DEPLOYMENT_STATUSES)[number];

/** The six steps of every deployment, in order. */
export const DEPLOYMENT_STEPS = ["validate", "container", "sync", "build", "deploy", "cleanup"] as const;

const STATUS: Readonly<Record<ReturnType<typeof statusOf>, DeploymentStatus>> = {
  queued: "queued",
  processing: "running",
  waiting: "running",
  succeeded: "succeeded",
  finalized: "succeeded",
  failed: "failed",
  cancelling: "cancelling",
  cancelled: "cancelled",
};

/** The words for deployments of what the ledger says of a job. */
export function deploymentStatus(state: JobState): DeploymentStatus {
  return STATUS[statusOf(state)];
}

/**
 * What `GET /deploy/{id}/status` answers.
 *
 * @param app for whether it runs now
 */
export function toDeploymentView(job: JobDocument, app?: Pick<AppDocument, "deployment">) {
  const status = deploymentStatus(job.state);
  const failed = status === "failed" || status === "cancelled";
  const steps = DEPLOYMENT_STEPS.map((name) => stepOf(name, job.steps));
  const running = steps.find((step) => step.status === "running")?.name;
  const durationMs = job.finishedAt && Date.parse(job.finishedAt) - Date.parse(job.startedAt ?? job.createdAt);
  return {
    deploymentId: job.jobId,
    projectId: job.appId,
    appId: job.appId,
    kind: job.kind,
    status,
    /** Percent of the steps that are done. */
    progress: status === "succeeded" ? 100 : Math.round((100 * done(steps)) / steps.length),
    steps,
    attempts: job.attempts,
    createdAt: job.createdAt,
    by: job.userId,
    services: job.services ?? [],
    costMetrics: job.costMetrics,
    ...(app && { live: app.deployment === job.jobId }),
    ...(job.release && { version: job.release.iteration, images: imagesOf(job.release.images) }),
    ...(job.replaced !== undefined && { replaced: job.replaced }),
    ...(job.from && { from: originView(job.from) }),
    ...(job.repo && { repo: job.repo }),
    ...(running && { step: running }),
    ...(job.source && { source: sourceOf(job.source) }),
    ...(job.startedAt && { startedAt: job.startedAt }),
    ...(job.finishedAt && { finishedAt: job.finishedAt }),
    ...(durationMs !== undefined && durationMs !== "" && { durationMs }),
    ...(job.url && { url: job.url }),
    ...(job.monthlyUsd !== undefined && { estimate: monthlyCost(job) }),
    ...(job.cancel && { cancel: job.cancel }),
    ...(failed && job.error && { error: job.error }),
    ...(job.parentJobId && { retryOf: job.parentJobId }),
    ...(job.reuses?.fromStep !== undefined && { fromStep: job.reuses.fromStep }),
  };
}

function imagesOf(images: NonNullable<JobDocument["release"]>["images"]): Record<string, string> {
  return Object.fromEntries(Object.entries(images).map(([service, { reference }]) => [service, reference]));
}

function stepOf(name: (typeof DEPLOYMENT_STEPS)[number], steps: readonly StepSummary[]) {
  const known = steps.find((step) => step.name === name);
  return known ?? { name, status: "ahead" as const };
}

function done(steps: readonly { readonly status: string }[]): number {
  return steps.filter(({ status }) => status === "succeeded" || status === "skipped").length;
}

/** One line of a deployment's log. */
export function logLine({ seq, at, level, step, message }: JobEvent) {
  return { seq, at, level, ...(step === undefined ? {} : { step }), message };
}
