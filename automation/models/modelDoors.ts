import type { ModelDoor } from "@devfactory/runtime/models/door.ts";
import type { AgentTask } from "@devfactory/runtime/task.ts";
import { AutomationError } from "../errors.ts";
import type { ModelRun, RunTokens } from "./runTokens.ts";

export interface ModelDoorsOptions {
  readonly tokens: Pick<RunTokens, "issue" | "end" | "endAll">;
  /** Address of the API, where agents reach it. */
  readonly gateway?: string | undefined;
}

/** What lets a run of an agent use the model of its task; the worker opens it before the run and closes it after. */
export class ModelDoors {
  readonly #options: ModelDoorsOptions;

  constructor(options: ModelDoorsOptions) {
    this.#options = options;
  }

  /** @throws {AutomationError} `SETTING_MISSING` when nobody said where the gateway is */
  async open(tenantId: string, { jobId, appId, agent, model }: AgentTask, seconds: number): Promise<ModelDoor> {
    const { tokens, gateway } = this.#options;
    if (gateway === undefined)
      throw new AutomationError("SETTING_MISSING", { problems: "DEVFACTORY_MODEL_GATEWAY: is missing" });
    const run = { tenantId, jobId, appId, agent, provider: model.provider, model: model.name };
    return { gateway, token: await tokens.issue(run, seconds) };
  }

  close({ token }: ModelDoor): Promise<void> {
    return this.#options.tokens.end(token);
  }

  closeAll(job: Pick<ModelRun, "tenantId" | "jobId">): Promise<void> {
    return this.#options.tokens.endAll(job);
  }
}
