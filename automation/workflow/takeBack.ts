import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import { AutomationError } from "../errors.ts";
import { specOfRollback } from "../jobs/release.ts";
import type { StepContext } from "./step.ts";

/** What Azure says when a new revision of a container app does not get ready: it keeps the one before, which still has all traffic. */
const REVISION_FAILED = /ContainerAppOperationError|Failed to provision revision|revision .*(?:unhealthy|failed)/i;

/** How what ran before is put into place again. */
export type PutBack = (spec: AppSpec, images: Readonly<Record<string, string>>) => Promise<unknown>;

/** Whether an error says that the new version does not work, and not that something could not be made. */
export function isUnhealthy(error: unknown): error is AutomationError {
  if (!(error instanceof AutomationError)) return false;
  return error.code === "NOT_HEALTHY" || (error.code === "DEPLOY_FAILED" && REVISION_FAILED.test(error.message));
}

/**
 * After a version that does not get healthy: services, images and settings of before are deployed again, so that the stack, what Azure
 * is told to run and what runs are one. What the failed version made and holds data stays.
 *
 * @returns the error with the last lines that the app wrote, and whether what ran before runs
 */
export async function takeBack(
  error: AutomationError,
  failed: AppSpec,
  context: StepContext,
  putBack: PutBack,
): Promise<AutomationError> {
  const { app, services, job } = context;
  const log = await services.revisions.lastLines(job.appId, context.signal).catch(() => []);
  const { spec, images = {} } = app;
  if (app.status !== "live" || !spec) return withDetails(error, { log });
  const references = Object.fromEntries(Object.entries(images).map(([name, { reference }]) => [name, reference]));
  const version = `version ${app.iteration}`;
  try {
    await putBack(specOfRollback(spec, { ...failed, profile: spec.profile }), references);
    const message = `The new version did not get healthy: ${version} runs as before`;
    context.report({ type: "taken_back", level: "warning", message, data: { reason: error.code, restored: true } });
    return withDetails(error, { log, restored: true });
  } catch (cause) {
    context.signal.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `${version} could not be put back: ${reason}`;
    context.report({ type: "taken_back", level: "error", message, data: { reason: error.code, restored: false } });
    return withDetails(error, { log, restored: false });
  }
}

function withDetails(
  error: AutomationError,
  { log, restored }: { readonly log: readonly string[]; readonly restored?: boolean },
): AutomationError {
  const more = { ...(log.length > 0 && { log: log.join("\n") }), ...(restored !== undefined && { restored }) };
  return new AutomationError(error.code, { ...error.details, ...more }, { cause: error });
}
