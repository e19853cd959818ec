import type { AppSettings } from "@devfactory/stacks/app/settings.ts";
import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import type { DeployOutputs, PlannedResource } from "../deploy/messages.ts";
import { AutomationError } from "../errors.ts";
import type { DomainConfig } from "../jobs/domains.ts";
import type { ServiceAddress } from "../jobs/serviceAddress.ts";
import { shown } from "../jobs/view.ts";
import { holdPreflight } from "./askAzure.ts";
import { budgetOf } from "./budget.ts";
import { decidePolicies } from "./decidePolicies.ts";
import { gate } from "./gate.ts";
import { withHeldNames } from "./heldNames.ts";
import { holdPolicies } from "./judgePolicies.ts";
import type { CostEstimate } from "./services.ts";
import { runStack, type StackWork } from "./stackRun.ts";
import type { Step, StepContext } from "./step.ts";
import { isUnhealthy, takeBack } from "./takeBack.ts";

export interface DeployInput {
  readonly spec: AppSpec;
  /** Service → image by digest. */
  readonly images: Readonly<Record<string, string>>;
  readonly tenantId: string;
  readonly approvedMonthlyUsd?: number;
  /** Names of people's own, each as far as it is to be brought. */
  readonly domains?: readonly DomainConfig[];
  /** What others changed on Azure is put back. */
  readonly refresh?: boolean;
  /** Names of what is made of a deleted one, with its data. */
  readonly recover?: readonly string[];
}

export interface DeployEvidence {
  readonly url?: string;
  readonly services: readonly ServiceAddress[];
  readonly resourceGroupName?: string;
  readonly changes: Readonly<Record<string, number>>;
  readonly estimate: CostEstimate;
  readonly healthyAfterMs: Readonly<Record<string, number>>;
  /** The records that owners of domains set. */
  readonly domains?: DeployOutputs["domains"];
}

/** Load of its processors from which on a service that always runs gets another replica. */
const CPU_PERCENT = 70;

/** Preview, verdict on the resolved plan, `up`, and the health gate: nothing is created that rules, Azure or the budget do not allow. */
export const deploy: Step<DeployInput, DeployEvidence> = {
  name: "deploy",
  timeoutMs: 30 * 60_000,
  run: (input, context) =>
    withHeldNames(input.spec.profile, context, (named, recover) => deployOnce({ ...input, recover }, named)),
};

async function deployOnce(input: DeployInput, context: StepContext): Promise<DeployEvidence> {
  const { services } = context;
  let estimate: CostEstimate | undefined;
  let planned: number | undefined;
  const refresh = input.refresh === true;
  const up = (given: DeployInput, work: Pick<StackWork, "onPlan" | "mustRecover"> = {}) =>
    runStack({ kind: "up", config: stackConfig(given, context), refresh, planned: () => planned, ...work }, context);
  const attempt = async () => {
    const onPlan = async (plan: readonly PlannedResource[]) => {
      planned = plan.filter(({ operation, component }) => operation !== "delete" && !component).length;
      estimate = await judge(plan, input, context);
    };
    const done = await up(input, { onPlan });
    return { ...done, healthyAfterMs: await gate(input.spec, done.outputs, context) };
  };
  const { outputs, changes, healthyAfterMs } = await attempt().catch(async (error: unknown) => {
    if (!isUnhealthy(error)) throw error;
    // Judged when it was deployed first; the gate of before is not asked again.
    throw await takeBack(error, input.spec, context, async (spec, images) => {
      // Azure was told of the new version and the stack may not know: what is there is looked at first.
      const before = await up({ ...input, spec, images }, { mustRecover: true });
      await gate(spec, before.outputs, context);
    });
  });
  if (!estimate) throw new AutomationError("INTERNAL", {});
  const addresses = outputs.services.map((each) => shownService(each, services.appScheme));
  const url = outputs.url === undefined ? {} : { url: shown(outputs.url, services.appScheme) };
  context.report({ type: "deployed", message: url.url ?? "deployed", data: { changes, ...url } });
  const group = outputs.resourceGroupName;
  return {
    ...url,
    services: addresses,
    ...(group ? { resourceGroupName: group } : {}),
    changes,
    estimate,
    healthyAfterMs,
    ...(outputs.domains && { domains: outputs.domains }),
  };
}

function shownService({ regions, ...service }: ServiceAddress, scheme: "http" | "https"): ServiceAddress {
  const places = regions?.map((each) => ({ ...each, url: shown(each.url, scheme) }));
  return { ...service, url: shown(service.url, scheme), ...(places && { regions: places }) };
}

/** Configuration of `stacks/app` (docs/architecture.md, "App stack"). */
export function stackConfig(
  input: DeployInput,
  context: Pick<StepContext, "services" | "job" | "app">,
): Record<string, string> {
  return {
    "azure-native:location": input.spec.region,
    "devfactory:spec": JSON.stringify(input.spec),
    "devfactory:images": JSON.stringify(input.images),
    "devfactory:deployment": JSON.stringify(deploymentOf(input, context)),
  };
}

function deploymentOf(
  { tenantId, domains = [], recover = [] }: DeployInput,
  { services, job, app }: Pick<StepContext, "services" | "job" | "app">,
): AppSettings["deployment"] {
  const { registry, operatorGroup, notify, autoScaling } = services;
  return {
    appId: job.appId,
    tenantId,
    registryId: registry.id,
    registryLoginServer: registry.loginServer,
    nameEpoch: app.nameEpoch ?? 0,
    ...(autoScaling ? { cpuPercent: CPU_PERCENT } : { autoScaling }),
    ...(domains.length > 0 && { domains: [...domains] }),
    ...(recover.length > 0 && { recover: [...recover] }),
    ...(app.expiresAt !== undefined && { expiresAt: app.expiresAt }),
    ...(operatorGroup && { operatorGroup }),
    ...(notify.length > 0 && { notify: [...notify], month: new Date().toISOString().slice(0, 7) }),
  };
}

/** Rules and Azure come before the budget: nobody is asked to approve a cost of what could not be made. */
async function judge(
  plan: readonly PlannedResource[],
  input: DeployInput,
  context: StepContext,
): Promise<CostEstimate> {
  const { services } = context;
  const kept = plan.filter((resource) => resource.operation !== "delete");
  const estimate = services.estimate(kept, input.spec.region);
  const { monthlyUsd } = estimate;
  context.report({
    type: "estimate",
    message: `${kept.length} resources, about ${monthlyUsd.toFixed(2)} USD a month`,
    data: { ...estimate },
  });
  const now = new Date();
  const { registry, policies } = services;
  const { spec, images } = input;
  const terms = { ...policies, registry: registry.loginServer, now };
  const record = () => services.recordPlan({ spec, images, deployment: deploymentOf(input, context) });
  holdPolicies(await decidePolicies(kept, spec.profile, terms, record), context, now);
  await holdPreflight(kept, input.spec.region, context, input.recover);
  if (input.spec.budget && services.notify.length === 0) {
    const message = "Azure does not watch the budget: the platform names nobody to tell (devfactory:notify)";
    context.report({ type: "budget", level: "warning", message });
  }
  const budgetUsd = budgetOf(input.spec, context.job.kind, services.defaultBudgetUsd);
  if (monthlyUsd > Math.max(budgetUsd, input.approvedMonthlyUsd ?? 0)) {
    throw new AutomationError("OVER_BUDGET", { monthlyUsd: monthlyUsd.toFixed(2), budgetUsd });
  }
  return estimate;
}
