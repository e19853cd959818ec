import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import { AutomationError } from "../errors.ts";
import type { NewEvent } from "../jobs/change.ts";
import { notBuiltImages } from "../plan/planSpec.ts";
import { deploymentOf } from "./deploymentOf.ts";
import { judgePlan } from "./judgePlan.ts";
import type { StepContext } from "./step.ts";

/**
 * Judges the plan of a spec before its images are built: who breaks a rule, has no quota left or is above the budget knows within seconds, and
 * not after minutes of a build. The plan is recorded without an engine; the preview of the stack is judged again, and is what counts: what is told
 * here is told only when it ends the job. A recording that fails decides nothing. Azure is asked about apps that were never deployed.
 *
 * @throws {AutomationError} `POLICY_FAILED`, `PREFLIGHT_FAILED`, `OVER_BUDGET`
 */
export async function forecast(spec: AppSpec, context: StepContext): Promise<void> {
  const { services, job, app, signal } = context;
  const images = notBuiltImages(spec, `${services.registry.loginServer}/${job.appId}`);
  const deployment = deploymentOf({ tenantId: job.tenantId }, context);
  const recorded = await services.recordPlan({ spec, images, deployment }).catch(() => []);
  signal.throwIfAborted();
  if (recorded.length === 0) return;
  const operation = app.iteration === 0 ? "create" : "same";
  const plan = recorded.map(({ urn, type, name, inputs }) => ({ urn, type, name, inputs, operation }));
  const approved = job.approvedMonthlyUsd === undefined ? {} : { approvedMonthlyUsd: job.approvedMonthlyUsd };
  const told: NewEvent[] = [];
  const quiet = { ...context, report: (event: NewEvent) => void told.push(event) };
  try {
    await judgePlan(plan, { spec, ...approved }, quiet, async () => recorded);
  } catch (error) {
    if (isHeldNames(error)) return; // the deployment has ways out of them
    told.forEach(context.report);
    throw error;
  }
}

function isHeldNames(error: unknown): boolean {
  return error instanceof AutomationError && (error.code === "NAMES_HELD" || error.details.held !== undefined);
}
