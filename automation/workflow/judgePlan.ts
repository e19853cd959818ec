import type { PlannedResource as Planned } from "@devfactory/checks/index.ts";
import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import type { PlannedResource } from "../deploy/messages.ts";
import { AutomationError } from "../errors.ts";
import { monthlyCostText } from "../jobs/monthlyCost.ts";
import { holdPreflight } from "./askAzure.ts";
import { budgetOf } from "./budget.ts";
import { decidePolicies } from "./decidePolicies.ts";
import { holdPolicies } from "./judgePolicies.ts";
import type { CostEstimate } from "./services.ts";
import type { StepContext } from "./step.ts";

export interface Judged {
  readonly spec: AppSpec;
  /** What somebody has agreed to, above the budget. */
  readonly approvedMonthlyUsd?: number;
  /** Names of what is made of a deleted one, with its data. */
  readonly recover?: readonly string[];
}

/**
 * What must hold of a plan before anything is made of it, told as it is found. Rules and Azure come before the budget: nobody is asked to
 * approve a cost of what could not be made.
 *
 * @param record the plan of the same program without an engine, for what a preview does not know
 * @throws {AutomationError} `POLICY_FAILED`, `NAMES_HELD`, `PREFLIGHT_FAILED`, `OVER_BUDGET`
 */
export async function judgePlan(
  plan: readonly PlannedResource[],
  { spec, approvedMonthlyUsd = 0, recover }: Judged,
  context: StepContext,
  record: () => Promise<readonly Planned[]>,
): Promise<CostEstimate> {
  const { services } = context;
  const kept = plan.filter((resource) => resource.operation !== "delete");
  const estimate = services.estimate(kept, spec.region);
  const { monthlyUsd } = estimate;
  context.report({
    type: "estimate",
    message: `${kept.filter(({ component }) => !component).length} resources, about ${monthlyCostText(estimate)}`,
    data: { ...estimate },
  });
  const now = new Date();
  const { registry, policies } = services;
  const terms = { ...policies, registry: registry.loginServer, now };
  holdPolicies(await decidePolicies(kept, spec.profile, terms, record), context, now);
  await holdPreflight(kept, spec.region, context, recover);
  if (spec.budget && services.notify.length === 0) {
    const message = "Azure does not watch the budget: the platform names nobody to tell (devfactory:notify)";
    context.report({ type: "budget", level: "warning", message });
  }
  const budgetUsd = budgetOf(spec, context.job.kind, services.defaultBudgetUsd);
  if (monthlyUsd > Math.max(budgetUsd, approvedMonthlyUsd)) {
    throw new AutomationError("OVER_BUDGET", { monthlyUsd: monthlyUsd.toFixed(2), budgetUsd });
  }
  return estimate;
}
