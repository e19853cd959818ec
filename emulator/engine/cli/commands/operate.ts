import { readStack, type Deployment as StoredDeployment } from "../../backend/checkpoint.ts";
import { addHistory, type UpdateKind } from "../../backend/history.ts";
import { lockStack } from "../../backend/locks.ts";
import { Sealer } from "../../backend/sealing.ts";
import { mergedConfig, plainConfig } from "../../backend/stackConfig.ts";
import { parseStackReference } from "../../backend/stackReference.ts";
import { openStateCrypter } from "../../backend/stackSecrets.ts";
import type { ResourceState } from "../../deploy/state.ts";
import { Targets } from "../../deploy/targets.ts";
import { STACK_TYPE } from "../../deploy/urn.ts";
import type { PropertyMap } from "../../deploy/values.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import { type EventLog, openEventLog } from "../../events/sinks.ts";
import { EventStream } from "../../events/stream.ts";
import { programPlace } from "../../program/onDisk.ts";
import { Operation } from "../../update/operation.ts";
import type { CommandCall } from "../command.ts";
import { openDisplay } from "../openDisplay.ts";
import { StackSession } from "../session.ts";

/** What makes one kind of operation different from the others. */
export interface OperationKind {
  readonly kind: UpdateKind;
  readonly preview: boolean;
  /** `update`, `preview`, `refresh`, `destroy`: the word in `error: update failed`. */
  readonly verb: string;
  /** `Updating (dev)`. */
  readonly title: string;
  /** Does the work. @returns the states to save, when they are not simply the snapshot's */
  readonly work: (operation: Operation, session: StackSession) => Promise<readonly ResourceState[] | undefined>;
}

const PARALLEL_PER_CORE = 4;

/** Runs one operation on a stack: lock, events, work, state, history, summary. @returns the exit code */
export async function operate(call: CommandCall, kind: OperationKind): Promise<number> {
  const session = await StackSession.open(call);
  const { bucket } = session.backend;
  const release = kind.preview ? async () => undefined : await lockStack(bucket, session.stack);
  try {
    return await operateLocked(call, kind, kind.preview ? session : await StackSession.open(call)); // the state may have changed before the lock
  } finally {
    await release();
  }
}

async function operateLocked(call: CommandCall, kind: OperationKind, session: StackSession): Promise<number> {
  const { context } = call;
  const start = Date.now();
  const events = new EventStream();
  const closeDisplay = openDisplay(call, kind, events);
  const log = await openLog(call);
  if (log) events.listen(log.listener);
  events.emit({ preludeEvent: { config: shownConfig(session) } });
  warnPending(session, kind, events);
  let operation: Operation | undefined;
  const onInterrupt = () => {
    const message = "^C received; cancelling. If you would like to terminate immediately, press ^C again.\n";
    events.emit({ stdoutEvent: { message, color: "never" } });
  };
  context.signal.addEventListener("abort", onInterrupt, { once: true });
  try {
    operation = await Operation.begin(operationOptions(call, kind, session, events));
    const resources = await kind.work(operation, session).catch((error: unknown) => {
      events.diagnose("error", error instanceof Error ? error.message : String(error));
      operation?.executor.fail();
      return undefined;
    });
    await operation.executor.settle();
    const saved = await operation.save(resources);
    return await finishUp(call, kind, session, { operation, events, saved, start });
  } finally {
    context.signal.removeEventListener("abort", onInterrupt);
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
  const { executor } = operation;
  const cancelled = call.context.signal.aborted;
  const failed = executor.failed || events.errors > 0;
  const result = cancelled ? "canceled" : failed ? "failed" : "succeeded";
  const durationSeconds = Math.round((Date.now() - start) / 1000);
  const resourceChanges = executor.changes;
  events.emit({
    summaryEvent: {
      maybeCorrupt: executor.maybeCorrupt,
      durationSeconds,
      resourceChanges,
      PolicyPacks: {},
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
  if (failed) throw new EngineError(`${kind.verb} failed`, executor.failed ? EXIT.resource : EXIT.error);
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
    clearPendingCreates: flags.on("clear-pending-creates"),
    readOutputs: (name: string) => readOtherOutputs(session, name),
    signal: context.signal,
    now: () => new Date(),
  };
}

/** `--parallel`, `PULUMI_PARALLEL`, else four per core. */
function parallelism({ flags, context }: CommandCall): number {
  const asked = flags.integer("parallel") ?? Number(context.env.PULUMI_PARALLEL || 0);
  return asked > 0 ? asked : PARALLEL_PER_CORE * (globalThis.navigator?.hardwareConcurrency ?? 1);
}

/** Outputs of another stack of the same backend, for stack references. */
async function readOtherOutputs(session: StackSession, name: string): Promise<PropertyMap | undefined> {
  const stack = parseStackReference(name, session.backend.project?.name);
  const stored = await readStack(session.backend.bucket, stack);
  if (!stored) return undefined;
  const root = stored.deployment?.resources?.find((state) => state.type === STACK_TYPE && !state.delete);
  const salt = stored.deployment?.secrets_providers?.state?.salt ?? "";
  const { env, keys } = session.context;
  return new Sealer(() => openStateCrypter(salt, env, keys)).open(root?.outputs ?? {});
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

/** The resources that `--target` (and `--target-replace`) name. */
export function targetsOf({ flags }: CommandCall): Targets {
  return new Targets([...flags.all("target"), ...flags.all("target-replace")], flags.on("target-dependents"));
}
