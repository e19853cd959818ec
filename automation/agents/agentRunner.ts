import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerAppsAPIClient, JobExecutionContainer } from "@azure/arm-appcontainers";
import type { ContainerClient } from "@azure/storage-blob";
import { AgentResult, type AgentTask } from "@devfactory/runtime/task.ts";
import type { FileSet } from "../archive/fileSet.ts";
import { readTar } from "../archive/tar.ts";
import { readBlob } from "../azure/blobReads.ts";
import { AutomationError, httpStatus } from "../errors.ts";
import type { NewEvent } from "../jobs/change.ts";
import { EventTail } from "./eventTail.ts";

export interface AgentRunnerOptions {
  readonly client: ContainerAppsAPIClient;
  readonly resourceGroupName: string;
  /** Agent id → name of its Container Apps Job. */
  readonly jobs: Readonly<Record<string, string>>;
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
/** States of an execution that are over (Microsoft.App, JobExecutionRunningState). */
const OVER = new Set(["Succeeded", "Failed", "Stopped", "Degraded"]);

/** Runs an agent as an execution of its Container Apps Job; task, events, result and files go through blobs. */
export class AgentRunner {
  readonly #options: AgentRunnerOptions;

  constructor(options: AgentRunnerOptions) {
    this.#options = options;
  }

  /**
   * @param prefix `<jobId>/<n>-<agent>`: where the task and what it leaves lie in the container
   * @throws {AutomationError} `AGENT_FAILED` when the agent says so, `AGENT_BROKEN` when it left no result
   */
  async run(task: AgentTask, prefix: string, { signal, report }: AgentRunContext): Promise<AgentRun> {
    const { workspaces } = this.#options;
    const name = this.#options.jobs[task.agent];
    if (!name) {
      throw new AutomationError("AGENT_MISSING", {
        agent: task.agent,
        known: Object.keys(this.#options.jobs).join(", "),
      });
    }
    const body = JSON.stringify(task);
    const blobHTTPHeaders = { blobContentType: "application/json" };
    await workspaces
      .getBlockBlobClient(`${prefix}/task.json`)
      .upload(body, Buffer.byteLength(body), { blobHTTPHeaders });
    report({ type: "agent_queued", agent: task.agent, message: `${task.agent} is being started` });
    const execution = await this.#start(name, prefix, signal);
    const status = await this.#follow(name, execution, new EventTail(workspaces, `${prefix}/events.ndjson`), task, {
      signal,
      report,
    });
    const result = await this.#result(prefix, task.agent, status);
    if (result.status === "failed") {
      const reason = result.error?.message ?? result.summary;
      throw new AutomationError("AGENT_FAILED", { agent: task.agent, reason, agentCode: result.error?.code });
    }
    return { result, files: await this.#files(prefix) };
  }

  async #start(job: string, prefix: string, signal: AbortSignal): Promise<string> {
    const { client, resourceGroupName } = this.#options;
    // A start with a template replaces the job's containers as a whole, so they are read and the task is added.
    const { template } = await client.jobs.get(resourceGroupName, job, { abortSignal: signal });
    const containers = (template?.containers ?? []).map((container): JobExecutionContainer => {
      const { image, name, command, args, env, resources } = container;
      const given = { image, name, command, args, resources };
      const own = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      return { ...own, env: [...(env ?? []), { name: "DEVFACTORY_TASK", value: prefix }] };
    });
    const options = { template: { containers }, updateIntervalInMs: 50, abortSignal: signal };
    const { name } = await client.jobs.start(resourceGroupName, job, options);
    if (!name)
      throw new AutomationError("AGENT_BROKEN", { agent: job, execution: "unknown", reason: "no execution name" });
    return name;
  }

  /** Hands its events on until the execution is over. @returns the execution's last state */
  async #follow(
    job: string,
    execution: string,
    tail: EventTail,
    task: AgentTask,
    { signal, report }: AgentRunContext,
  ): Promise<string> {
    const { client, resourceGroupName } = this.#options;
    const deadline = performance.now() + (task.budget.seconds + 120) * 1000;
    let pause = FIRST_POLL_MS;
    try {
      for (;;) {
        signal.throwIfAborted();
        const events = await tail.next();
        for (const event of events) report({ ...event, agent: task.agent });
        const said = events.some((event) => event.type === "agent_finished" || event.type === "agent_failed");
        pause = said || events.length > 0 ? FIRST_POLL_MS : Math.min(LAST_POLL_MS, pause * 1.3);
        const { status = "Unknown" } = await client.jobExecution(resourceGroupName, job, execution, {
          abortSignal: signal,
        });
        if (OVER.has(status)) {
          for (const event of await tail.next()) report({ ...event, agent: task.agent });
          return status;
        }
        if (performance.now() > deadline) {
          throw new AutomationError("AGENT_BROKEN", {
            agent: task.agent,
            execution: status,
            reason: "it took too long",
          });
        }
        await sleep(pause, undefined, { signal });
      }
    } catch (error) {
      // Whatever ended our interest ends the agent too: it would only spend money.
      await client.jobs.stopExecution(resourceGroupName, job, execution).catch(() => undefined);
      signal.throwIfAborted();
      throw error;
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
