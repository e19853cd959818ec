import { ORGANIZATION } from "../backend/stackReference.ts";
import type { ProgramDeployment } from "../deploy/deployment.ts";
import { makeSecret, type PropertyMap, type Value } from "../deploy/values.ts";
import { DefaultProviders } from "../monitor/defaultProviders.ts";
import { ResourceMonitor } from "../monitor/resourceMonitor.ts";
import { TransformTable } from "../monitor/transforms.ts";
import type { EarlyProgram } from "../program/early.ts";
import { startInline } from "../program/inline.ts";
import type { ProgramOptions, ProgramOutcome, RunningProgram } from "../program/run.ts";
import type { Operation } from "./operation.ts";

/** How long a program may take to end once its deployment has been stopped. */
const FAREWELL_MS = 300;

export interface ProgramRunOptions {
  readonly program: Omit<ProgramOptions, "address" | "onOutput" | "preview" | "parallel">;
  /** Where it runs: in the caller's process, behind this LanguageRuntime address, or on disk, where it has begun already. */
  readonly place: { readonly client: string } | { readonly early: EarlyProgram };
}

/**
 * Runs a program against a deployment: what it registers goes there, and when it has said all, the deployment finishes
 * while the program still lives, since hooks run in it.
 */
export async function runProgram(
  operation: Operation,
  options: ProgramRunOptions,
  deployment: ProgramDeployment,
): Promise<void> {
  const { preview, parallel, programDirectory } = operation.options;
  const { bench, executor } = operation;
  const transforms = new TransformTable(operation.callbacks);
  const facts = {
    ...options.program,
    project: options.program.project.name,
    organization: ORGANIZATION,
    preview,
    parallel,
    programDirectory,
  };
  const defaults = new DefaultProviders(deployment, (name) => providerConfig(name, options.program));
  const monitor = new ResourceMonitor({ facts, deployment, providers: bench.providers, defaults, transforms });
  operation.server.addMonitor(monitor, transforms, operation.hooks);
  const program = meetProgram(operation, options);
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
  }
}

function meetProgram(operation: Operation, { program, place }: ProgramRunOptions): RunningProgram {
  if ("early" in place) {
    place.early.hear((line, stream) =>
      operation.options.events.diagnose(stream === "stderr" ? "info#err" : "info", line),
    );
    operation.server.openDoor(place.early.door);
    return place.early.running;
  }
  const { preview, parallel } = operation.options;
  const onOutput = () => undefined; // it prints where its caller prints
  return startInline(place.client, { ...program, address: operation.address, preview, parallel, onOutput });
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
