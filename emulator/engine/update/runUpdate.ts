import { ORGANIZATION } from "../backend/stackReference.ts";
import { Deployment } from "../deploy/deployment.ts";
import { refreshResources } from "../deploy/refresh.ts";
import type { Targets } from "../deploy/targets.ts";
import { makeSecret, type PropertyMap, type Value } from "../deploy/values.ts";
import { DefaultProviders } from "../monitor/defaultProviders.ts";
import { ResourceMonitor } from "../monitor/resourceMonitor.ts";
import { Callbacks, TransformTable } from "../monitor/transforms.ts";
import { startInline } from "../program/inline.ts";
import { requiredPackages, startOnDisk } from "../program/onDisk.ts";
import type { ProgramOptions, ProgramOutcome, RunningProgram } from "../program/run.ts";
import type { Operation } from "./operation.ts";

/** How long a program may take to end once its deployment has been stopped. */
const FAREWELL_MS = 300;

export interface UpdateOptions {
  readonly program: Omit<ProgramOptions, "address" | "onOutput" | "preview" | "parallel">;
  /** Address of the caller's LanguageRuntime; `undefined` for programs on disk. */
  readonly client: string | undefined;
  readonly refresh: boolean;
  /** URNs to replace. */
  readonly replace: readonly string[];
  readonly targets: Targets;
}

/** Runs a program and makes the stack what it says (`up`), or tells what that would take (`preview`). */
export async function runUpdate(operation: Operation, options: UpdateOptions): Promise<void> {
  const { preview, parallel, continueOnError } = operation.options;
  if (options.refresh) {
    const { bench, executor } = operation;
    await operation.adopt(await refreshResources(bench.snapshot.olds, bench, executor, false, options.targets));
    if (executor.stopped) return;
  }
  const { project, stack } = options.program;
  const { bench, executor } = operation;
  const replace = new Set(options.replace);
  const deployment = new Deployment({
    bench,
    executor,
    continueOnError,
    stack,
    project: project.name,
    replace,
    targets: options.targets,
  });
  const callbacks = new Callbacks();
  const transforms = new TransformTable(callbacks);
  const facts = { ...options.program, project: project.name, organization: ORGANIZATION, preview, parallel };
  const defaults = new DefaultProviders(deployment, (name) => providerConfig(name, options.program));
  const monitor = new ResourceMonitor({ facts, deployment, providers: bench.providers, defaults, transforms });
  operation.server.addMonitor(monitor, transforms);
  const program = startProgram(operation, options);
  try {
    // After a failure programs may wait for ever for what never registers: the engine goes on without them.
    const outcome = await Promise.race([program.ended, monitor.signalled, executor.whenStopped]);
    const failed = isFailure(outcome) || operation.engine.errors > 0;
    if (isFailure(outcome)) reportProgram(operation, outcome);
    await deployment.finish(failed);
    monitor.release();
    const end = await endOf(program, executor.stopped);
    if (!isFailure(outcome) && isFailure(end)) reportProgram(operation, end);
  } finally {
    await program.stop();
    callbacks.close();
  }
}

function startProgram(operation: Operation, options: UpdateOptions): RunningProgram {
  const { events, preview, parallel, stored } = operation.options;
  const program: ProgramOptions = {
    ...options.program,
    address: operation.address,
    preview,
    parallel,
    onOutput: (line, stream) => events.diagnose(stream === "stderr" ? "info#err" : "info", line),
  };
  if (options.client) return startInline(options.client, program);
  const running = startOnDisk(program);
  if ((stored?.resources ?? []).length === 0) {
    for (const { name, version } of requiredPackages(operation.options.programDirectory))
      operation.host.prepare(name, version);
  }
  return running;
}

/** A program that was stopped gets a moment to end by itself. */
async function endOf(program: RunningProgram, stopped: boolean): Promise<ProgramOutcome> {
  if (!stopped) return program.ended;
  const timeout = Promise.withResolvers<ProgramOutcome>();
  const timer = setTimeout(() => timeout.resolve({ status: "ok" }), FAREWELL_MS);
  const outcome = await Promise.race([program.ended, timeout.promise]);
  clearTimeout(timer);
  return outcome;
}

function isFailure(outcome: unknown): outcome is Extract<ProgramOutcome, { status: "failed" }> {
  return typeof outcome === "object" && outcome !== null && "status" in outcome && outcome.status === "failed";
}

/** The program's own messages come first; one that it gave already is not repeated. */
function reportProgram(operation: Operation, outcome: Extract<ProgramOutcome, { status: "failed" }>): void {
  const { events } = operation.options;
  operation.executor.fail();
  if (outcome.message !== undefined && events.errors === 0) events.diagnose("error", outcome.message);
}

/** The stack's config of one package's namespace, for its default provider. */
export function providerConfig(
  name: string,
  { config, secretKeys }: Pick<ProgramOptions, "config" | "secretKeys">,
): PropertyMap {
  const inputs: Record<string, Value> = {};
  for (const [key, value] of config) {
    const [namespace, ...rest] = key.split(":");
    if (namespace !== name) continue;
    inputs[rest.join(":")] = secretKeys.includes(key) ? makeSecret(value) : value;
  }
  return inputs;
}
