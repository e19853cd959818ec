import type { Deployment as StoredDeployment } from "../../backend/checkpoint.ts";
import { hasViews } from "../../backend/deploymentFile.ts";
import { addHistory, type UpdateKind } from "../../backend/history.ts";
import { lockStack } from "../../backend/locks.ts";
import { mergedConfig, plainConfig } from "../../backend/stackConfig.ts";
import type { ResourceState } from "../../deploy/state.ts";
import { Targets } from "../../deploy/targets.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import { type EventLog, openEventLog } from "../../events/sinks.ts";
import { type EventListener, EventStream } from "../../events/stream.ts";
import type { PackFolder } from "../../policy/packFolder.ts";
import { startEarly } from "../../program/early.ts";
import { programPlace } from "../../program/onDisk.ts";
import type { Operation, PendingCreates } from "../../update/operation.ts";
import type { ProgramRunOptions } from "../../update/runProgram.ts";
import { stackReader } from "../../update/stackReader.ts";
import type { CommandCall } from "../command.ts";
import { answerInterrupts } from "../interrupts.ts";
import { StackSession } from "../session.ts";

/** What makes one kind of operation different from the others. */
export interface OperationKind {
  readonly kind: UpdateKind;
  readonly preview: boolean;
  /** `update`, `preview`, `refresh`, `destroy`: the word in `error: update failed`. */
  readonly verb: string;
  /** `Updating (dev)`. */
  readonly title: string;
  /** Policy packs that the work will run. */
  readonly policyPacks?: readonly PackFolder[];
  /** Hears all events besides the display and the log. */
  readonly listener?: EventListener;
  /** The work runs the stack's program. */
  readonly runsProgram: boolean;
  /**
   * Does the work. What it needs is loaded then, so that a program on disk can begin before.
   *
   * @param program as `runsProgram` asks
   * @returns the states to save, when they are not simply the snapshot's
   */
  readonly work: (
    operation: Operation,
    session: StackSession,
    program: ProgramRunOptions | undefined,
  ) => Promise<readonly ResourceState[] | undefined>;
}

const PARALLEL_PER_CORE = 4;

/** Runs one operation on a stack: lock, events, work, state, history, summary. @returns the exit code */
export async function operate(call: CommandCall, kind: OperationKind): Promise<number> {
  const session = await StackSession.open(call);
  const { bucket } = session.backend;
  const lock = kind.preview ? undefined : await lockStack(bucket, session.stack);
  try {
    const current = lock ? await StackSession.open(call) : session; // the state may have changed before the lock
    refuseViews(current);
    return await operateLocked(call, kind, current, lock?.warnings ?? []);
  } finally {
    await lock?.release();
  }
}

/** Views are resources that a provider manages inside another one: this engine would take them for resources of their own. */
function refuseViews({ stored, stack }: StackSession): void {
  if (hasViews(stored.deployment))
    throw new EngineError(
      `the stack '${stack.name}' holds views, which this engine does not manage: use the Pulumi CLI`,
    );
}

async function operateLocked(
  call: CommandCall,
  kind: OperationKind,
  session: StackSession,
  warnings: readonly string[],
): Promise<number> {
  const start = Date.now();
  // First of all: the program loads while the engine does.
  const program = kind.runsProgram ? await beginProgram(call, kind, session) : undefined;
  try {
    return await workOn(call, kind, session, { program, warnings, start });
  } finally {
    if (program && "early" in program.place) {
      program.place.early.door.close();
      await program.place.early.running.stop();
    }
  }
}

interface Beginning {
  readonly program: ProgramRunOptions | undefined;
  readonly warnings: readonly string[];
  /** Milliseconds since 1970. */
  readonly start: number;
}

async function workOn(
  call: CommandCall,
  kind: OperationKind,
  session: StackSession,
  beginning: Beginning,
): Promise<number> {
  const { context } = call;
  const { program, warnings, start } = beginning;
  const events = new EventStream();
  const [{ openDisplay }, { Operation }] = await Promise.all([
    import("../openDisplay.ts"),
    import("../../update/operation.ts"),
  ]);
  const closeDisplay = openDisplay(call, kind, events, session.stack);
  const log = await openLog(call);
  if (log) events.listen(log.listener);
  if (kind.listener) events.listen(kind.listener);
  for (const _ of kind.policyPacks ?? []) events.emit({ policyLoadEvent: {} });
  events.emit({ preludeEvent: { config: shownConfig(session) } });
  for (const warning of warnings) events.diagnose("warning", warning);
  warnPending(session, kind, events);
  let operation: Operation | undefined;
  const running = () => operation?.executor.runningSteps ?? [];
  using _ = answerInterrupts({ signal: context.signal, events, running });
  try {
    operation = await Operation.begin(operationOptions(call, kind, session, events));
    const resources = await kind.work(operation, session, program).catch((error: unknown) => {
      events.diagnose("error", error instanceof Error ? error.message : String(error));
      operation?.executor.fail();
      return undefined;
    });
    await operation.executor.settle();
    const saved = await operation.save(resources);
    return await finishUp(call, kind, session, { operation, events, saved, start });
  } finally {
    await operation?.close();
    events.emit({ cancelEvent: {} });
    await log?.close();
    closeDisplay();
  }
}

interface Finished {
  readonly operation: Operation;
  readonly events: EventStream;
  readonly saved: StoredDeployment;
  /** Milliseconds since 1970. */
  readonly start: number;
}

async function finishUp(
  call: CommandCall,
  kind: OperationKind,
  session: StackSession,
  finished: Finished,
): Promise<number> {
  const { operation, events, saved, start } = finished;
  const { executor, policies } = operation;
  const cancelled = call.context.signal.aborted;
  const failed = executor.failed || events.errors > 0 || policies.refused;
  const result = cancelled ? "canceled" : failed ? "failed" : "succeeded";
  const durationSeconds = Math.round((Date.now() - start) / 1000);
  const resourceChanges = executor.changes;
  events.emit({
    summaryEvent: {
      maybeCorrupt: executor.maybeCorrupt,
      durationSeconds,
      resourceChanges,
      PolicyPacks: policies.packs,
      isPreview: kind.preview,
      result,
    },
  });
  if (!kind.preview) {
    const entry = {
      kind: kind.kind,
      startTime: Math.floor(start / 1000),
      message: call.flags.text("message") ?? "",
      environment: { "exec.kind": call.flags.text("exec-kind") ?? "cli" },
      config: session.backend.project ? Object.fromEntries(mergedConfig(session.backend.project, session.config)) : {},
      version: 0,
      result: result === "succeeded" ? "succeeded" : "failed",
      endTime: Math.floor(Date.now() / 1000),
      resourceChanges,
    } as const;
    await addHistory(session.backend.bucket, session.stack, entry, saved);
  }
  if (cancelled) throw new EngineError(`${kind.verb} canceled`, EXIT.cancelled);
  if (failed)
    throw new EngineError(`${kind.verb} failed`, executor.failed && !policies.refused ? EXIT.resource : EXIT.error);
  const changed = Object.keys(resourceChanges).some((op) => op !== "same" && op !== "read");
  if (call.flags.on("expect-no-changes") && changed) {
    const what = kind.preview ? "were proposed" : "occurred";
    throw new EngineError(`no changes were expected but changes ${what}`, EXIT.noChanges);
  }
  return EXIT.ok;
}

function operationOptions(call: CommandCall, kind: OperationKind, session: StackSession, events: EventStream) {
  const { context, flags } = call;
  const project = session.backend.project;
  return {
    bucket: session.backend.bucket,
    stack: session.stack,
    stored: session.deployment,
    secrets: session.secrets,
    sealer: session.sealer,
    events,
    env: context.env,
    rootDirectory: project?.root ?? context.cwd,
    programDirectory: project ? programPlace(project).folder : context.cwd,
    preview: kind.preview,
    parallel: parallelism(call),
    continueOnError: flags.on("continue-on-error"),
    pendingCreates: pendingCreatesOf(call),
    stacks: stackReader({
      bucket: session.backend.bucket,
      project: project?.name,
      env: context.env,
      keys: context.keys,
    }),
    signal: context.signal,
    now: () => new Date(),
  };
}

/** What `refresh` does with creates that a killed process left open: keep them, unless it is told otherwise. */
function pendingCreatesOf({ flags }: CommandCall): PendingCreates {
  const pairs = flags.all("import-pending-creates").flatMap((list) => list.split(","));
  if (pairs.length % 2 > 0)
    throw new EngineError(
      "--import-pending-creates takes pairs: the URN and the ID of each resource, separated by commas",
      EXIT.configuration,
    );
  const ids = new Map<string, string>();
  for (let index = 0; index < pairs.length; index += 2) ids.set(pairs[index] ?? "", pairs[index + 1] ?? "");
  return { clear: flags.on("clear-pending-creates"), ids };
}

/** `--parallel`, `PULUMI_PARALLEL`, else four per core. */
function parallelism({ flags, context }: CommandCall): number {
  const asked = flags.integer("parallel") ?? Number(context.env.PULUMI_PARALLEL || 0);
  return asked > 0 ? asked : PARALLEL_PER_CORE * (globalThis.navigator?.hardwareConcurrency ?? 1);
}

function shownConfig(session: StackSession): Readonly<Record<string, string>> {
  if (!session.backend.project) return {};
  const nodes = [...mergedConfig(session.backend.project, session.config)];
  return Object.fromEntries(nodes.map(([key, node]) => [key, plainConfig(node, undefined).value]));
}

function warnPending(session: StackSession, kind: OperationKind, events: EventStream): void {
  const pending = session.deployment?.pending_operations ?? [];
  if (pending.length === 0 || kind.kind === "refresh") return;
  const lines = pending.map(({ resource, type }) => `  * ${resource.urn}, interrupted while ${type}\n`).join("");
  events.diagnose(
    "warning",
    `Attempting to deploy or update resources with ${pending.length} pending operations from previous deployment.\n${lines}` +
      "These resources are in an unknown state because the Pulumi CLI was interrupted while\nwaiting for changes to these resources to complete. " +
      "You should confirm whether or not the\noperations listed completed successfully by checking the state of the appropriate provider.\n" +
      "For example, if you are using AWS, you can confirm using the AWS Console.\n\nOnce you have confirmed the status of the interrupted operations, " +
      "you can repair your stack\nusing `pulumi refresh` which will refresh the state from the provider you are using and\nclear the pending operations if there are any.",
  );
}

async function openLog({ flags }: CommandCall): Promise<EventLog | undefined> {
  const destination = flags.text("event-log");
  return destination ? openEventLog(destination) : undefined;
}

/**
 * The resources that `--target` (and `--target-replace`) name, or all but those of `--exclude`.
 *
 * @throws EngineError (exit 2) when both are given
 */
export function targetsOf({ flags }: CommandCall): Targets {
  const targets = [...flags.all("target"), ...flags.all("target-replace")];
  const excludes = flags.all("exclude");
  if (targets.length > 0 && excludes.length > 0)
    throw new EngineError(
      "--target and --exclude cannot be used together: name either what to change or what to leave",
      EXIT.configuration,
    );
  const withDependents = flags.on(excludes.length > 0 ? "exclude-dependents" : "target-dependents");
  return new Targets({ targets, excludes, withDependents });
}

/** What the program is told, and where it runs: in the caller's process (`--client`), or on disk, where it begins now. */
async function beginProgram(call: CommandCall, kind: OperationKind, session: StackSession): Promise<ProgramRunOptions> {
  const { values, secretKeys } = await session.openConfig();
  const { project, stack } = session;
  const program = { project, stack: stack.name, config: values, secretKeys, env: call.context.env };
  const client = call.flags.text("client");
  if (client) return { program, place: { client } };
  const early = await startEarly({
    ...program,
    preview: kind.preview,
    parallel: parallelism(call),
  });
  return { program, place: { early } };
}
