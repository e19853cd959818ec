import { type EngineEvent, LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation/index.js";
import { explainFailure } from "../deploy/deployer.ts";
import { PlanRecorder, toMessage } from "../deploy/planRecorder.ts";
import { PlanError } from "./errors.ts";
import { describePlan, type PlanDocument, type PlannedChange } from "./planDocument.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface ProgramOptions {
  readonly stack?: string;
  readonly region?: string;
  readonly profile?: PlanDocument["profile"];
}

const CHANGES = ["create", "update", "replace", "delete"] as const;

/**
 * The plan of a Pulumi program: a preview of one of its stacks. The engine is the one of `DEVFACTORY_PULUMI_ROOT`, else the
 * installed CLI, as for deployments. The program runs with the rights of the caller.
 *
 * @throws {PlanError} `ENGINE_MISSING`, `STACK_NEEDED`, `PROGRAM_FAILED`
 */
export async function planProgram(
  workDir: string,
  options: ProgramOptions,
  environment: Environment,
): Promise<PlanDocument> {
  const stack = await openStack(workDir, options.stack, environment.DEVFACTORY_PULUMI_ROOT);
  const recorder = new PlanRecorder();
  const problems: string[] = [];
  const onEvent = (event: EngineEvent) => {
    recorder.take(event);
    const message = toMessage(event);
    if (message?.type === "log" && message.level === "error") problems.push(message.message);
  };
  try {
    await stack.preview({ color: "never", onEvent });
  } catch (error) {
    const reason = explainFailure(problems, error instanceof Error ? error.message : String(error));
    const advice = "Correct what the engine names; `pulumi preview` in the folder shows the same.";
    throw new PlanError("PROGRAM_FAILED", { reason, advice }, { cause: error });
  }
  const recorded = recorder.resources.filter((each) => !each.component);
  const resources = recorded
    .filter(({ operation }) => operation !== "delete")
    .map(({ operation: _, replaceKeys: __, ...resource }) => resource);
  const given = { ...options, ...(await regionOf(stack, options.region)) };
  return { ...describePlan(resources, given), resources, changes: recorded.flatMap(toChange) };
}

function toChange(recorded: PlanRecorder["resources"][number]): PlannedChange[] {
  const { urn, type, name, replaceKeys } = recorded;
  const operation = CHANGES.find((each) => each === recorded.operation);
  return operation ? [{ urn, type, name, operation, ...(replaceKeys && { replaceKeys: [...replaceKeys] }) }] : [];
}

async function openStack(workDir: string, name: string | undefined, root: string | undefined): Promise<Stack> {
  const pulumiCommand = await findEngine(root);
  if (name !== undefined) return LocalWorkspace.createOrSelectStack({ workDir, stackName: name }, { pulumiCommand });
  const workspace = await LocalWorkspace.create({ workDir, pulumiCommand });
  const stacks = await workspace.listStacks();
  const stackName = stacks.find((each) => each.current)?.name ?? (stacks.length === 1 ? stacks[0]?.name : undefined);
  if (!stackName) throw new PlanError("STACK_NEEDED", { stacks: stacks.map((each) => each.name).join(", ") || "none" });
  return LocalWorkspace.selectStack({ workDir, stackName }, { pulumiCommand });
}

async function findEngine(root: string | undefined): Promise<PulumiCommand> {
  try {
    return await PulumiCommand.get(root ? { root, skipVersionCheck: true } : undefined);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PlanError("ENGINE_MISSING", { reason }, { cause: error });
  }
}

async function regionOf(stack: Stack, given: string | undefined): Promise<{ region?: string }> {
  if (given !== undefined) return { region: given };
  const location = (await stack.getAllConfig())["azure-native:location"]?.value;
  return location ? { region: location.toLowerCase().replaceAll(" ", "") } : {};
}
