import { type ChildProcess, fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { SpanKind } from "@opentelemetry/api";
import { AutomationError, type ErrorCode } from "../errors.ts";
import { groupRuns, killGroup } from "../processes.ts";
import { inSpan, traced } from "../telemetry/spans.ts";
import type { DeployRequest, DeployResult, FailureKind, FromChild, PlannedResource, ToChild } from "./messages.ts";

export interface DeployerOptions {
  /** Folder of the app's Pulumi program (`stacks/app`). */
  readonly workDir: string;
  readonly pulumiRoot?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Steps of a cancel, each after the one before. @default 120 s, 15 s, 5 s */
  readonly escalationMs?: Escalation;
  /** How long Azure is waited for inside one deployment when it says that it is busy. @default 600000 */
  readonly azureWaitMs?: number;
  /** How long somebody else on the stack is waited for. @default 120000 */
  readonly lockWaitMs?: number;
}

export interface DeployCallbacks {
  readonly onEvent: (event: Extract<FromChild, { type: "resource" | "log" | "recovery" | "waiting" }>) => void;
  /** Sees the resolved plan; throws to stop before anything is created. */
  readonly onPlan: (resources: readonly PlannedResource[]) => Promise<void>;
  readonly signal: AbortSignal;
  /** @default the deployer's */
  readonly escalationMs?: Escalation;
}

/** How long each step of a cancel has before the next: SIGINT, a second one, SIGTERM, SIGKILL. */
export type Escalation = readonly [number, number, number];

/** A process of a deployment, and the way to speak to it. */
interface Started {
  readonly child: ChildProcess;
  readonly tell: (message: ToChild) => void;
  readonly beat: NodeJS.Timeout;
}

const BEAT_MS = 5_000;
/** As long as an image may take whose deployment follows; a spare process costs some 80 MB. */
const SPARE_MS = 120_000;
const MAX_REASON = 4_000;
/** So long an engine that lost its process may finish its running operations and save its state. */
const ORPHAN_MS = 5_000;
const LOOK_MS = 50;
/** A prepared process that does not answer for so long is not used; one that still loads is as soon ready as a new one. */
const HELLO_MS = 8_000;
const CHILD = fileURLToPath(new URL("./child.ts", import.meta.url));
const FAILURES = {
  deploy: "DEPLOY_FAILED",
  busy: "AZURE_BUSY",
  locked: "STACK_LOCKED",
  foreign: "NAME_NOT_OURS",
  broken: "STATE_BROKEN",
  cancelled: "CANCELLED",
  internal: "DEPLOYER_DIED",
} as const satisfies Readonly<Record<FailureKind, ErrorCode>>;

/** Runs each deployment in a process of its own, so that nothing of one program can touch another or the worker. */
export class Deployer {
  readonly #options: DeployerOptions;
  readonly #running = new Set<ChildProcess>();
  #spare: { readonly started: Started; readonly timer: NodeJS.Timeout; readonly leave: () => void } | undefined;

  constructor(options: DeployerOptions) {
    this.#options = options;
  }

  /**
   * @throws {AutomationError} `DEPLOY_FAILED`, `STACK_LOCKED`, `STATE_BROKEN`, `CANCELLED`, `DEPLOYER_DIED`, or what `onPlan` throws
   */
  run(
    request: Pick<DeployRequest, "kind" | "stack" | "config" | "recover" | "formerHosts" | "refresh">,
    callbacks: DeployCallbacks,
  ): Promise<DeployResult> {
    const attributes = { stack: request.stack };
    return inSpan(`deployment ${request.kind}`, { kind: SpanKind.CLIENT, attributes }, () =>
      this.#run({ ...request, ...traced() }, callbacks),
    );
  }

  /** Names of the program's stacks in the state store. */
  async stacks(): Promise<readonly string[]> {
    const { signal } = new AbortController();
    const nothing = { onEvent: () => undefined, onPlan: async () => undefined, signal };
    const request = { kind: "list", stack: "", config: {}, recover: false, formerHosts: [] } as const;
    const { stacks = [] } = await this.#run(request, nothing);
    return stacks;
  }

  async #run(
    request: Omit<DeployRequest, "workDir" | "pulumiRoot">,
    callbacks: DeployCallbacks,
  ): Promise<DeployResult> {
    callbacks.signal.throwIfAborted();
    const { workDir, pulumiRoot, azureWaitMs, lockWaitMs } = this.#options;
    const { child, tell, beat } = (await this.#takeLivingSpare()) ?? this.#fork();
    const stopEscalation = this.#onAbort(child, tell, callbacks);
    try {
      const own = { ...(pulumiRoot !== undefined && { pulumiRoot }), ...(azureWaitMs && { azureWaitMs }) };
      tell({ type: "run", request: { ...request, workDir, ...own, ...(lockWaitMs !== undefined && { lockWaitMs }) } });
      return await converse(child, request.stack, callbacks, tell);
    } finally {
      clearInterval(beat);
      stopEscalation();
      await ended(child);
      this.#running.delete(child);
      if (child.pid !== undefined) await endGroup(child.pid);
    }
  }

  /**
   * Starts a process for the next {@link run} ahead of it: loading the Automation API takes a second that other steps can use. It
   * knows nothing of any app, and leaves when nobody wants it for a while.
   */
  prepare(): void {
    if (this.#spare) return;
    const started = this.#fork();
    const { pulumiRoot } = this.#options;
    started.tell({ type: "prepare", ...(pulumiRoot === undefined ? {} : { pulumiRoot }) });
    const leave = () => this.#drop(started);
    const timer = setTimeout(leave, SPARE_MS);
    timer.unref();
    this.#spare = { started, timer, leave };
    started.child.once("exit", leave);
    started.child.once("error", leave);
  }

  /** The prepared process, if it answers: it may have died a moment ago, and the news of that comes late. */
  async #takeLivingSpare(): Promise<Started | undefined> {
    const spare = this.#takeSpare();
    if (!spare) return undefined;
    const answered = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => answered.resolve(false), HELLO_MS);
    spare.child.once("message", () => answered.resolve(true)).once("exit", () => answered.resolve(false));
    spare.tell({ type: "hello" });
    const alive = await answered.promise;
    clearTimeout(timer);
    if (alive) return spare;
    this.#drop(spare);
    return undefined;
  }

  #takeSpare(): Started | undefined {
    if (!this.#spare) return undefined;
    const { started, timer, leave } = this.#spare;
    this.#spare = undefined;
    clearTimeout(timer);
    started.child.off("exit", leave).off("error", leave);
    return started;
  }

  #drop({ child, beat }: Started): void {
    if (this.#spare?.started.child === child) this.#takeSpare();
    clearInterval(beat);
    this.#running.delete(child);
    if (child.pid !== undefined && child.exitCode === null) killGroup(child.pid, "SIGKILL");
  }

  #fork(): Started {
    const { environment } = this.#options;
    const child = fork(CHILD, { detached: true, env: environment, stdio: ["ignore", "ignore", "pipe", "ipc"] });
    this.#running.add(child);
    const tell = (message: ToChild) => void (child.connected && child.send(message, () => undefined));
    const beat = setInterval(() => tell({ type: "beat" }), BEAT_MS);
    return { child, tell, beat };
  }

  /** Ends every deployment at once; for the worker's own end. */
  killAll(): void {
    for (const child of this.#running) if (child.pid !== undefined) killGroup(child.pid, "SIGKILL");
  }

  /** Soft first: running operations finish and the state is saved; then harder. */
  #onAbort(
    child: ChildProcess,
    tell: (message: ToChild) => void,
    { signal, escalationMs }: DeployCallbacks,
  ): () => void {
    const [soft, hard, last] = escalationMs ?? this.#options.escalationMs ?? [120_000, 15_000, 5_000];
    const timers: NodeJS.Timeout[] = [];
    const kill = (name: NodeJS.Signals) =>
      child.pid !== undefined && child.exitCode === null && killGroup(child.pid, name);
    const start = () => {
      tell({ type: "cancel" });
      timers.push(
        setTimeout(() => kill("SIGINT"), soft),
        setTimeout(() => kill("SIGTERM"), soft + hard),
        setTimeout(() => kill("SIGKILL"), soft + hard + last),
      );
    };
    if (signal.aborted) start();
    else signal.addEventListener("abort", start, { once: true });
    return () => {
      signal.removeEventListener("abort", start);
      for (const timer of timers) clearTimeout(timer);
    };
  }
}

/** Follows the child's messages to its result. */
function converse(
  child: ChildProcess,
  stack: string,
  { onEvent, onPlan, signal }: DeployCallbacks,
  tell: (message: ToChild) => void,
): Promise<DeployResult> {
  const result = Promise.withResolvers<DeployResult>();
  let refusal: unknown;
  const problems: string[] = [];
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString("utf8")).slice(-4_000);
  });
  child.on("message", (message: FromChild) => {
    switch (message.type) {
      case "plan":
        onPlan(message.resources).then(
          () => tell({ type: "proceed" }),
          (error: unknown) => {
            refusal = error;
            tell({ type: "cancel" });
          },
        );
        return;
      case "done": {
        const { type: _, ...done } = message;
        return result.resolve(done);
      }
      case "failed": {
        const isProgram = message.kind === "deploy" || message.kind === "internal";
        const reason = isProgram ? explainFailure(problems, message.message) : message.message;
        const error = new AutomationError(FAILURES[message.kind], { stack, reason, exit: reason });
        return result.reject(refusal ?? (signal.aborted ? signal.reason : error));
      }
      case "here":
        return;
      default:
        if (message.type === "log" && message.level === "error") problems.push(message.message);
        return onEvent(message);
    }
  });
  child.on("error", (error) => result.reject(new AutomationError("DEPLOYER_DIED", { stack, exit: error.message })));
  child.on("exit", (code, name) => {
    const exit = `${name ?? `code ${code}`}${stderr ? `: ${stderr.trim()}` : ""}`;
    // After a result this rejects a settled promise, which does nothing.
    result.reject(signal.aborted ? signal.reason : new AutomationError("DEPLOYER_DIED", { stack, exit }));
  });
  return result.promise;
}

/** What went wrong, from the engine's diagnostics; its closing words ("update failed") say nothing. */
export function explainFailure(diagnostics: readonly string[], fallback: string): string {
  const lines = diagnostics
    .flatMap((text) => text.split("\n"))
    .map((line) => line.replace(/^\s*(?:error:|\*)\s*/i, "").trim())
    .filter((line) => !/^(?:\d+ errors? occurred:|(?:update|preview|deploy|destroy) failed\b.*|)$/i.test(line));
  const text = [...new Set(lines)].join("\n") || fallback;
  return text.length > MAX_REASON ? `${text.slice(0, MAX_REASON)} …` : text;
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.pid !== undefined && killGroup(child.pid, "SIGKILL"), 10_000);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** A process that was killed leaves its engine behind: that ends before another attempt begins. */
async function endGroup(leader: number): Promise<void> {
  if (!groupRuns(leader)) return;
  killGroup(leader, "SIGINT");
  for (const end = performance.now() + ORPHAN_MS; groupRuns(leader) && performance.now() < end; ) await sleep(LOOK_MS);
  killGroup(leader, "SIGKILL");
}
