import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerClient } from "@azure/storage-blob";
import { AgentResult, type AgentTask } from "@devfactory/runtime/task.ts";
import type { FileSet } from "../archive/fileSet.ts";
import { readTar } from "../archive/tar.ts";
import { readBlob } from "../azure/blobReads.ts";
import { AutomationError, ERRORS, type ErrorCode, httpStatus } from "../errors.ts";
import type { NewEvent } from "../jobs/change.ts";
import type { ModelDoors } from "../models/modelDoors.ts";
import { TEMPLATE_MODEL } from "../orchestrator/costOptimizer.ts";
import type { AgentExecution, AgentHost, AgentStart } from "./agentHost.ts";
import { EventTail } from "./eventTail.ts";

export interface AgentRunnerOptions {
  readonly host: AgentHost;
  /** Container `workspaces`. */
  readonly workspaces: ContainerClient;
  /** To models by a tenant's key. */
  readonly doors: Pick<ModelDoors, "open" | "close" | "closeAll">;
}

export interface AgentRun {
  readonly result: AgentResult;
  readonly files: FileSet;
}

export interface AgentRunContext {
  readonly signal: AbortSignal;
  readonly report: (event: NewEvent) => void;
  /** Whose job it is. */
  readonly tenantId: string;
  /** Called with what the run used, also when it failed. */
  readonly used?: (usage: AgentResult["usage"]) => void;
}

/** An agent of the template model works for half a second: a slower look would be felt; idle looks grow apart. */
const FIRST_POLL_MS = 50;
const LAST_POLL_MS = 2_000;
/** Beyond its own time an agent gets so long to be started, and to put down its result. */
const GRACE_SECONDS = 120;

/** Codes that agents hand on from the model gateway. */
const OF_THE_GATEWAY = /^(?:MODEL|KEYS?)_/;

/** Runs an agent where the platform's agents run; task, events, result and files go through blobs. */
export class AgentRunner {
  readonly #options: AgentRunnerOptions;

  constructor(options: AgentRunnerOptions) {
    this.#options = options;
  }

  /**
   * @param prefix `<jobId>/<n>-<agent>`: where the task and what it leaves lie in the container
   * @throws {AutomationError} `AGENT_FAILED` when the agent says so, `AGENT_BROKEN` when it left no result, `AGENT_MISSING`; what the host
   *   refuses; what the model gateway refused
   */
  async run(task: AgentTask, prefix: string, context: AgentRunContext): Promise<AgentRun> {
    const { report } = context;
    const { workspaces, host } = this.#options;
    const { agent } = task;
    if (!host.agents.includes(agent))
      throw new AutomationError("AGENT_MISSING", { agent, known: host.agents.join(", ") });
    const body = JSON.stringify(task);
    const blobHTTPHeaders = { blobContentType: "application/json" };
    await workspaces
      .getBlockBlobClient(`${prefix}/task.json`)
      .upload(body, Buffer.byteLength(body), { blobHTTPHeaders });
    report({ type: "agent_queued", agent: task.agent, message: `${task.agent} is being started` });
    const start = { agent, prefix, seconds: task.budget.seconds + GRACE_SECONDS };
    const status = await this.#behindDoor(task, start, context, () => this.#execute(start, context));
    const result = await this.#result(prefix, task.agent, status);
    context.used?.(result.usage);
    if (result.status === "failed") throw failure(task.agent, result);
    return { result, files: await this.#files(prefix) };
  }

  /**
   * Opens the model of the task for the time of the run. What opens it lies in a blob of its own, which the agent deletes when it has
   * read it; whoever reads the task, the events or the ledger finds nothing of it.
   */
  async #behindDoor<T>(
    task: AgentTask,
    { prefix, seconds }: AgentStart,
    { tenantId }: AgentRunContext,
    work: () => Promise<T>,
  ): Promise<T> {
    if (task.model.provider === TEMPLATE_MODEL.provider) return work();
    const { workspaces, doors } = this.#options;
    const door = await doors.open(tenantId, task, seconds);
    const blob = workspaces.getBlockBlobClient(`${prefix}/model.json`);
    const body = JSON.stringify(door);
    try {
      await blob.upload(body, Buffer.byteLength(body));
      return await work();
    } finally {
      // What fails here ends with the token's time, and the blob with the job's cleanup.
      await Promise.allSettled([doors.close(door), blob.deleteIfExists()]);
    }
  }

  /** Takes away what opens models for runs of a job, also of a worker that died. */
  closeDoors(job: { readonly tenantId: string; readonly jobId: string }): Promise<void> {
    return this.#options.doors.closeAll(job);
  }

  /** What runs of a job left where agents run goes. @returns names of what went */
  clear(jobId: string, signal: AbortSignal): Promise<readonly string[]> {
    return this.#options.host.clear(jobId, signal);
  }

  /** @returns the last state of the run */
  async #execute(start: AgentStart, context: AgentRunContext): Promise<string> {
    const { host, workspaces } = this.#options;
    const execution = await host.start(start, context.signal);
    try {
      return await this.#follow(execution, new EventTail(workspaces, `${start.prefix}/events.ndjson`), start, context);
    } catch (error) {
      context.signal.throwIfAborted();
      throw error;
    } finally {
      // Whatever ended our interest ends the agent too: it would only spend money.
      await execution.end();
    }
  }

  /** Hands its events on until the run is over. @returns the last state of it */
  async #follow(
    execution: AgentExecution,
    tail: EventTail,
    { agent, seconds }: Pick<AgentStart, "agent" | "seconds">,
    { signal, report }: AgentRunContext,
  ): Promise<string> {
    const deadline = performance.now() + seconds * 1000;
    let pause = FIRST_POLL_MS;
    for (;;) {
      signal.throwIfAborted();
      const events = await tail.next();
      for (const event of events) report({ ...event, agent });
      const said = events.some((event) => event.type === "agent_finished" || event.type === "agent_failed");
      pause = said || events.length > 0 ? FIRST_POLL_MS : Math.min(LAST_POLL_MS, pause * 1.3);
      const { over, text } = await execution.status(signal);
      if (over) {
        for (const event of await tail.next()) report({ ...event, agent });
        return text;
      }
      if (performance.now() > deadline)
        throw new AutomationError("AGENT_BROKEN", { agent, execution: text, reason: "it took too long" });
      await sleep(pause, undefined, { signal });
    }
  }

  async #result(prefix: string, agent: string, execution: string): Promise<AgentResult> {
    const broken = (reason: string, cause?: unknown) =>
      new AutomationError("AGENT_BROKEN", { agent, execution, reason }, { cause });
    let text: string;
    try {
      text = (await readBlob(this.#options.workspaces.getBlobClient(`${prefix}/result.json`))).toString("utf8");
    } catch (error) {
      if (httpStatus(error) === 404) throw broken("result.json is absent", error);
      throw error;
    }
    const parsed = AgentResult.safeParse(parseJson(text));
    if (!parsed.success)
      throw broken(parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
    return parsed.data;
  }

  async #files(prefix: string): Promise<FileSet> {
    try {
      return await readTar(await readBlob(this.#options.workspaces.getBlobClient(`${prefix}/files.tar.gz`)));
    } catch (error) {
      if (httpStatus(error) === 404) return new Map(); // an agent that wrote nothing
      throw error;
    }
  }
}

/** What the gateway refused is told in its own words; all else is the agent's. */
function failure(agent: string, { error, summary }: AgentResult): AutomationError {
  const code = error?.code ?? "";
  if (OF_THE_GATEWAY.test(code) && Object.hasOwn(ERRORS, code))
    return new AutomationError(code as ErrorCode, error?.details);
  return new AutomationError("AGENT_FAILED", { agent, reason: error?.message ?? summary, agentCode: error?.code });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
