/**
 * The deployment process: one per deployment, leader of its own process group. Runs the Automation API, hands events to
 * the worker, waits for its word after the preview, and ends with its group when the worker is silent.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  ConcurrentUpdateError,
  type EngineEvent,
  LocalWorkspace,
  type OutputMap,
  PulumiCommand,
  Stack,
} from "@pulumi/pulumi/automation/index.js";
import { parse, stringify } from "yaml";
import { DriftRecorder } from "../care/drift.ts";
import { Redactor } from "../redact.ts";
import { inSpan } from "../telemetry/spans.ts";
import { startTelemetry, TELEMETRY_VARIABLES } from "../telemetry/telemetry.ts";
import { NotOurs } from "./adoptPending.ts";
import { DeadMan } from "./deadMan.ts";
import { destroyStack } from "./destroyStack.ts";
import { freeStack, StackHeld } from "./freeStack.ts";
import { mendState, StateBroken } from "./mendState.ts";
import type {
  DeployOutputs,
  DeployRequest,
  DeployResult,
  FailureKind,
  FromChild,
  RecoveryNote,
  ToChild,
} from "./messages.ts";
import { OperationSpans } from "./operationSpans.ts";
import { PlanRecorder, toMessage } from "./planRecorder.ts";
import { recoverStack } from "./recoverStack.ts";
import { stockOf } from "./stackParts.ts";
import { stateFiles } from "./stateFiles.ts";
import { lockFolder } from "./stateLocks.ts";
import { type Passes, Patience, type PatienceOptions, type Problem, StillBusy } from "./waitForAzure.ts";

/** What every command of the engine gets. */
interface CommandOptions {
  readonly color: "never";
  readonly onEvent: (event: Parameters<typeof toMessage>[0]) => void;
  readonly signal: AbortSignal;
}

const LOCK_WAIT_MS = 120_000;
const AZURE_WAIT_MS = 600_000;

const cancelled = new AbortController();
const proceed = Promise.withResolvers<void>();
// A cancel before the plan is accepted ends the wait; nobody may be waiting yet.
proceed.promise.catch(() => undefined);

const stopSoftly = () => {
  cancelled.abort();
  proceed.reject(new Error("cancelled"));
};
let working = false;
const deadMan = new DeadMan(stopSoftly);

// Without work there is nothing to save.
process.on("disconnect", () => (working ? deadMan.trigger() : process.exit(0)));
process.on("message", (message: ToChild) => {
  deadMan.beat();
  if (message.type === "hello") void send({ type: "here" });
  else if (message.type === "run") void main(message.request);
  else if (message.type === "prepare") void findEngine(message.pulumiRoot).catch(() => undefined);
  else if (message.type === "proceed") proceed.resolve();
  else if (message.type === "cancel") stopSoftly();
});
// The group gets SIGINT when the worker escalates; the engine reacts to it, this process reports how that ended.
process.on("SIGINT", () => cancelled.abort());
deadMan.start();

/** Begins while the process gets ready. What names the receiver is not for the engine and the program below. */
const telemetry = startTelemetry({
  service: "deployment",
  environment: { ...process.env },
  redactor: redactorOf(process.env),
  credential: async () => (await import("../azure/credential.ts")).createCredential(process.env),
})
  .catch(() => undefined) // a receiver that is named wrongly stops no deployment
  .finally(() => {
    for (const name of TELEMETRY_VARIABLES) delete process.env[name];
  });

function redactorOf(environment: NodeJS.ProcessEnv): Redactor {
  const redactor = new Redactor();
  for (const name of ["IDENTITY_HEADER", "AZURE_CLIENT_SECRET", "ARM_CLIENT_SECRET", "PULUMI_CONFIG_PASSPHRASE"])
    redactor.add(environment[name]);
  return redactor;
}

async function main(request: DeployRequest): Promise<void> {
  working = true;
  const watched = await telemetry;
  try {
    const done = request.kind === "list" ? await listStacks(request) : await run(request);
    await send({ type: "done", ...done });
  } catch (error) {
    await send({ type: "failed", kind: failureKind(error), message: failureMessage(error) });
  } finally {
    await watched?.stop();
    deadMan.stop();
    working = false;
    if (process.connected) process.disconnect();
  }
}

/**
 * The stack's settings file stays beside the program, so that a person can go on with the stack at a shell. What `stack init` added
 * to it (the salt) is kept. A destroy takes it away with the stack.
 */
async function writeConfig({ workDir, stack, config }: DeployRequest): Promise<void> {
  const path = join(workDir, `Pulumi.${stack}.yaml`);
  const old = await readFile(path, "utf8").catch(() => "");
  const kept = (parse(old) ?? {}) as Record<string, unknown>;
  await writeFile(path, stringify({ ...kept, config }), { mode: 0o600 });
}

async function run(request: DeployRequest): Promise<DeployResult> {
  await writeConfig(request);
  const command = commandsOf(request);
  const stack = await command("stack select", () => openStack(request));
  const { signal } = cancelled;
  if (request.kind === "drift") return drift(stack, command); // takes no lock
  const restored = await makeWay(request, stack);
  const recover = () => {
    const refresh = () => command("refresh", (options) => stack.refresh({ ...options, clearPendingCreates: true }));
    return recoverStack(stack, { signal, tell, refresh });
  };
  if (request.kind === "recover") {
    const before = await stockOf(stack);
    await recover();
    return { outputs: { services: [] }, changes: {}, stock: { before, after: await stockOf(stack) } };
  }
  if (request.recover || restored) await recover();
  if (request.kind === "destroy") {
    const destroy = async (exclude: readonly string[], passes: Passes) => {
      const except = exclude.length > 0 ? { exclude: [...exclude] } : {};
      const { summary } = await command("destroy", (options) => stack.destroy({ ...options, ...except }), passes);
      return counted(summary.resourceChanges);
    };
    return { outputs: { services: [] }, ...(await destroyStack(stack, { signal, destroy })) };
  }
  const refresh = request.refresh === true;
  const plan = new PlanRecorder();
  await command("preview", (options) => stack.preview({ ...options, refresh, onEvent: (event) => plan.take(event) }));
  await send({ type: "plan", resources: plan.resources });
  await proceed.promise;
  const { outputs, summary } = await command("up", (options) => stack.up({ ...options, refresh }));
  return { outputs: toOutputs(outputs), changes: counted(summary.resourceChanges) };
}

type Command = <T>(name: string, work: (options: CommandOptions) => Promise<T>, passes?: Passes) => Promise<T>;

/** Commands of the engine: each, and its operations, as spans; repeated while Azure asks for patience. */
function commandsOf({ traceparent, azureWaitMs = AZURE_WAIT_MS }: DeployRequest): Command {
  const { signal } = cancelled;
  const problems: Problem[] = [];
  const tellWait: PatienceOptions["tell"] = (wait) => void send({ type: "waiting", ...wait });
  const patience = new Patience({ budgetMs: azureWaitMs, signal, tell: tellWait });
  return (name, work, passes) =>
    inSpan(`pulumi ${name}`, { parent: traceparent }, async () => {
      const operations = new OperationSpans();
      const onEvent: CommandOptions["onEvent"] = (event) => {
        const message = toMessage(event);
        if (message?.type === "log" && message.level === "error") problems.push(message);
        if (message?.type === "resource") operations.take(message);
        if (message) void send(message);
      };
      try {
        const attempt = () => {
          signal.throwIfAborted(); // the Automation API does not look at a signal that is aborted already
          return work({ color: "never", onEvent, signal });
        };
        return await patience.run(attempt, problems, passes);
      } finally {
        operations.end();
      }
    });
}

async function drift(stack: Stack, command: Command): Promise<DeployResult> {
  const found = new DriftRecorder();
  const onEvent = (event: EngineEvent) => found.take(event);
  const { changeSummary } = await command("refresh", (options) => stack.previewRefresh({ ...options, onEvent }));
  return { outputs: { services: [] }, changes: counted(changeSummary), drift: found.found };
}

async function listStacks({ pulumiRoot, workDir }: DeployRequest): Promise<DeployResult> {
  const workspace = await LocalWorkspace.create({ workDir, pulumiCommand: await findEngine(pulumiRoot) });
  const stacks = await workspace.listStacks();
  return { outputs: { services: [] }, changes: {}, stacks: stacks.map(({ name }) => name) };
}

/**
 * Nobody else is on the stack from here on, as far as its locks say, and its state is whole.
 *
 * @returns whether the state is an earlier one now
 */
async function makeWay({ formerHosts, lockWaitMs = LOCK_WAIT_MS }: DeployRequest, stack: Stack): Promise<boolean> {
  const { name: project } = await stack.workspace.projectSettings();
  const files = await stateFiles(process.env.PULUMI_BACKEND_URL ?? "");
  if (!files) return false;
  const folder = lockFolder(files, project, stack.name);
  await freeStack(folder, { holders: { former: formerHosts }, waitMs: lockWaitMs, signal: cancelled.signal, tell });
  return mendState(files, { project, stack: stack.name, tell });
}

function tell(note: RecoveryNote): void {
  void send({ type: "recovery", ...note });
}

let engine: Promise<PulumiCommand> | undefined;

/** Asks the engine for its version: once in this process. */
function findEngine(pulumiRoot: string | undefined): Promise<PulumiCommand> {
  engine ??= PulumiCommand.get(pulumiRoot ? { root: pulumiRoot, skipVersionCheck: true } : undefined);
  return engine;
}

async function openStack(request: DeployRequest): Promise<Stack> {
  const { pulumiRoot, workDir } = request;
  const pulumiCommand = await findEngine(pulumiRoot);
  const workspace = await LocalWorkspace.create({ workDir, pulumiCommand });
  return Stack.createOrSelect(request.stack, workspace);
}

function toOutputs(outputs: OutputMap): DeployOutputs {
  const url = outputs.url?.value;
  const group = outputs.resourceGroupName?.value;
  const services = outputs.services?.value;
  const domains = outputs.domains?.value;
  return {
    ...(typeof url === "string" ? { url } : {}),
    ...(typeof group === "string" ? { resourceGroupName: group } : {}),
    services: Array.isArray(services) ? services : [],
    ...(Array.isArray(domains) && domains.length > 0 ? { domains } : {}),
  };
}

function counted(changes: Partial<Record<string, number>> | undefined): Record<string, number> {
  return Object.fromEntries(Object.entries(changes ?? {}).map(([name, count]) => [name, count ?? 0]));
}

function failureKind(error: unknown): FailureKind {
  if (cancelled.signal.aborted) return "cancelled";
  if (error instanceof ConcurrentUpdateError || error instanceof StackHeld) return "locked";
  if (error instanceof NotOurs) return "foreign";
  if (error instanceof StateBroken) return "broken";
  if (error instanceof StillBusy) return "busy";
  return error instanceof Error && error.constructor.name.endsWith("CommandError") ? "deploy" : "internal";
}

/** The engine's own error lines; the whole output is in the events already. */
function failureMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.split("\n").filter((line) => /^\s*error:/i.test(line));
  return (lines.length > 0 ? lines.map((line) => line.trim()).join("\n") : text).slice(0, 8_000);
}

function send(message: FromChild): Promise<void> {
  return new Promise((resolve) => {
    if (!process.send || !process.connected) return resolve();
    process.send(message, () => resolve());
  });
}
