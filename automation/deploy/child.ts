/**
 * The deployment process: one per deployment, leader of its own process group. Runs the Automation API, hands events to
 * the worker, waits for its word after the preview, and ends with its group when the worker is silent.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  ConcurrentUpdateError,
  LocalWorkspace,
  type OutputMap,
  PulumiCommand,
  Stack,
} from "@pulumi/pulumi/automation/index.js";
import { parse, stringify } from "yaml";
import { NotOurs } from "./adoptPending.ts";
import { DeadMan } from "./deadMan.ts";
import { destroyStack } from "./destroyStack.ts";
import { freeStack, StackHeld } from "./freeStack.ts";
import type {
  DeployOutputs,
  DeployRequest,
  DeployResult,
  FailureKind,
  FromChild,
  RecoveryNote,
  ToChild,
} from "./messages.ts";
import { PlanRecorder, toMessage } from "./planRecorder.ts";
import { recoverStack } from "./recoverStack.ts";
import { stockOf } from "./stackParts.ts";
import { lockFolder } from "./stateLocks.ts";
import { Patience, type Problem, StillBusy } from "./waitForAzure.ts";

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

async function main(request: DeployRequest): Promise<void> {
  working = true;
  try {
    await writeConfig(request);
    const done = await run(request);
    await send({ type: "done", ...done });
  } catch (error) {
    await send({ type: "failed", kind: failureKind(error), message: failureMessage(error) });
  } finally {
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
  const stack = await openStack(request);
  const { signal } = cancelled;
  const problems: Problem[] = [];
  const onEvent = (event: Parameters<typeof toMessage>[0]) => {
    const message = toMessage(event);
    if (message?.type === "log" && message.level === "error") problems.push(message);
    if (message) void send(message);
  };
  const common = { color: "never", onEvent, signal } as const;
  const patience = new Patience({
    budgetMs: request.azureWaitMs ?? AZURE_WAIT_MS,
    signal,
    tell: (wait) => void send({ type: "waiting", ...wait }),
  });
  const patiently = <T>(operation: () => Promise<T>) => patience.run(operation, problems);
  await free(request, stack);
  const recover = async () =>
    recoverStack(stack, {
      signal,
      tell,
      refresh: () => patiently(() => stack.refresh({ ...common, clearPendingCreates: true })),
    });
  if (request.kind === "recover") {
    const before = await stockOf(stack);
    await recover();
    return { outputs: { services: [] }, changes: {}, stock: { before, after: await stockOf(stack) } };
  }
  if (request.recover) await recover();
  if (request.kind === "destroy") {
    const destroy = async (exclude: readonly string[]) => {
      const options = { ...common, ...(exclude.length > 0 && { exclude: [...exclude] }) };
      return counted((await patiently(() => stack.destroy(options))).summary.resourceChanges);
    };
    return { outputs: { services: [] }, ...(await destroyStack(stack, { signal, destroy })) };
  }
  const plan = new PlanRecorder();
  await stack.preview({ color: "never", signal, onEvent: (event) => plan.take(event) });
  await send({ type: "plan", resources: plan.resources });
  await proceed.promise;
  const { outputs, summary } = await patiently(() => stack.up(common));
  return { outputs: toOutputs(outputs), changes: counted(summary.resourceChanges) };
}

/** Nobody else is on the stack from here on, as far as its locks say. */
async function free({ formerHosts, lockWaitMs = LOCK_WAIT_MS }: DeployRequest, stack: Stack): Promise<void> {
  const { name } = await stack.workspace.projectSettings();
  const folder = await lockFolder(process.env.PULUMI_BACKEND_URL ?? "", name, stack.name);
  if (!folder) return;
  await freeStack(folder, { holders: { former: formerHosts }, waitMs: lockWaitMs, signal: cancelled.signal, tell });
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
