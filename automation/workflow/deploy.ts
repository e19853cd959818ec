import { describesApi } from "../deploy/apiDescription.ts";
import type { DeployOutputs, PlannedResource } from "../deploy/messages.ts";
import { AutomationError } from "../errors.ts";
import type { ServiceAddress } from "../jobs/serviceAddress.ts";
import { shown } from "../jobs/view.ts";
import { type DeploymentInput, deploymentOf } from "./deploymentOf.ts";
import { gate } from "./gate.ts";
import { withHeldNames } from "./heldNames.ts";
import { type Judged, judgePlan } from "./judgePlan.ts";
import type { CostEstimate } from "./services.ts";
import { runStack, type StackWork } from "./stackRun.ts";
import type { Step, StepContext } from "./step.ts";
import { isUnhealthy, takeBack } from "./takeBack.ts";

export interface DeployInput extends DeploymentInput, Judged {
  /** Service → image by digest. */
  readonly images: Readonly<Record<string, string>>;
  /** What others changed on Azure is put back. */
  readonly refresh?: boolean;
}

export interface DeployEvidence {
  readonly url?: string;
  readonly services: readonly ServiceAddress[];
  readonly resourceGroupName?: string;
  readonly changes: Readonly<Record<string, number>>;
  readonly estimate: CostEstimate;
  readonly healthyAfterMs: Readonly<Record<string, number>>;
  /** Whether the app describes its API at `/openapi.json`. */
  readonly describesApi: boolean;
  /** The records that owners of domains set. */
  readonly domains?: DeployOutputs["domains"];
}

/** Preview, verdict on the resolved plan, `up`, and the health gate: nothing is created that rules, Azure or the budget do not allow. */
export const deploy: Step<DeployInput, DeployEvidence> = {
  name: "deploy",
  timeoutMs: 30 * 60_000,
  run: (input, context) =>
    withHeldNames(input.spec.profile, context, (named, recover) => deployOnce({ ...input, recover }, named)),
};

async function deployOnce(input: DeployInput, context: StepContext): Promise<DeployEvidence> {
  const { services } = context;
  const { spec, images } = input;
  let estimate: CostEstimate | undefined;
  let planned: number | undefined;
  const refresh = input.refresh === true;
  const up = (given: DeployInput, work: Pick<StackWork, "onPlan" | "mustRecover"> = {}) =>
    runStack({ kind: "up", config: stackConfig(given, context), refresh, planned: () => planned, ...work }, context);
  const attempt = async () => {
    const onPlan = async (plan: readonly PlannedResource[]) => {
      planned = plan.filter(({ operation, component }) => operation !== "delete" && !component).length;
      const record = () => services.recordPlan({ spec, images, deployment: deploymentOf(input, context) });
      estimate = await judgePlan(plan, input, context, record);
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
    describesApi: outputs.url !== undefined && (await describesApi(outputs.url, context.signal)),
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
