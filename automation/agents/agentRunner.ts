import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerClient } from "@azure/storage-blob";
import { AgentResult, type AgentTask } from "@devfactory/runtime/task.ts";
import type { FileSet } from "../archive/fileSet.ts";
import { readTar } from "../archive/tar.ts";
import { readBlob } from "../azure/blobReads.ts";
import { AutomationError, httpStatus } from "../errors.ts";
import type { NewEvent } from "../jobs/change.ts";
import type { AgentExecution, AgentHost, AgentStart } from "./agentHost.ts";
import { EventTail } from "./eventTail.ts";

export interface AgentRunnerOptions {
  readonly host: AgentHost;
  /** Container `workspaces`. */
  readonly workspaces: ContainerClient;
}

export interface AgentRun {
  readonly result: AgentResult;
  readonly files: FileSet;
}

export interface AgentRunContext {
  readonly signal: AbortSignal;
  readonly report: (event: NewEvent) => void;
}

/** An agent of the template model works for half a second: a slower look would be felt; idle looks grow apart. */
const FIRST_POLL_MS = 50;
const LAST_POLL_MS = 2_000;
/** Beyond its own time an agent gets so long to be started, and to put down its result. */
const GRACE_SECONDS = 120;

/** Runs an agent where the platform's agents run; task, events, result and files go through blobs. */
export class AgentRunner {
  readonly #options: AgentRunnerOptions;

  constructor(options: AgentRunnerOptions) {
    this.#options = options;
  }

  /**
   * @param prefix `<jobId>/<n>-<agent>`: where the task and what it leaves lie in the container
   * @throws {AutomationError} `AGENT_FAILED` when the agent says so, `AGENT_BROKEN` when it left no result, `AGENT_MISSING`; what the host refuses
   */
  async run(task: AgentTask, prefix: string, { signal, report }: AgentRunContext): Promise<AgentRun> {
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
    const status = await this.#execute(start, { signal, report });
    const result = await this.#result(prefix, task.agent, status);
    if (result.status === "failed") {
      const reason = result.error?.message ?? result.summary;
      throw new AutomationError("AGENT_FAILED", { agent: task.agent, reason, agentCode: result.error?.code });
    }
    return { result, files: await this.#files(prefix) };
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
