import type { ContainerAppsAPIClient, JobExecutionContainer } from "@azure/arm-appcontainers";
import { AutomationError } from "../errors.ts";
import type { AgentExecution, AgentHost, AgentStart } from "./agentHost.ts";

export interface ContainerAppsJobsOptions {
  readonly client: ContainerAppsAPIClient;
  readonly resourceGroupName: string;
  /** Agent id → name of its Container Apps Job. */
  readonly jobs: Readonly<Record<string, string>>;
}

/** States of an execution that are over (Microsoft.App, JobExecutionRunningState). */
const OVER = new Set(["Succeeded", "Failed", "Stopped", "Degraded"]);

/** Runs agents as executions of Container Apps Jobs, one job for each agent. An execution ends with its job's time, so nothing is left over. */
export class ContainerAppsJobs implements AgentHost {
  readonly #options: ContainerAppsJobsOptions;

  constructor(options: ContainerAppsJobsOptions) {
    this.#options = options;
  }

  get agents(): readonly string[] {
    return Object.keys(this.#options.jobs);
  }

  async start({ agent, prefix }: AgentStart, signal: AbortSignal): Promise<AgentExecution> {
    const { client, resourceGroupName, jobs } = this.#options;
    const job = jobs[agent] ?? "";
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
    return this.#execution(job, name);
  }

  async clear(): Promise<readonly string[]> {
    return [];
  }

  async sweep(): Promise<readonly string[]> {
    return [];
  }

  #execution(job: string, name: string): AgentExecution {
    const { client, resourceGroupName } = this.#options;
    let over = false;
    return {
      async status(signal) {
        const options = { abortSignal: signal };
        const { status = "Unknown" } = await client.jobExecution(resourceGroupName, job, name, options);
        over = OVER.has(status);
        return { over, text: status };
      },
      async end() {
        if (!over) await client.jobs.stopExecution(resourceGroupName, job, name).catch(() => undefined);
      },
    };
  }
}
