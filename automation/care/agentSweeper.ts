import type { AgentHost } from "../agents/agentHost.ts";
import type { Chores } from "../jobs/chores.ts";
import type { Logger } from "../logger.ts";

export interface AgentSweeperOptions {
  readonly host: Pick<AgentHost, "sweep">;
  readonly chores: Pick<Chores, "take">;
  readonly log: Pick<Logger, "info" | "warn">;
}

/** A run that nobody waits for costs money all the while. */
const EVERY_MS = 300_000;

/** Takes away what dead workers left where agents run. */
export class AgentSweeper {
  readonly #options: AgentSweeperOptions;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AgentSweeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.round(), EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** One look, if it is this process's turn. @returns names of what went */
  async round(): Promise<readonly string[]> {
    const { host, chores, log } = this.#options;
    try {
      if (!(await chores.take("agents"))) return [];
      const removed = await host.sweep();
      if (removed.length > 0) log.info({ removed }, "runs of agents that nobody waited for");
      return removed;
    } catch (error) {
      log.warn({ err: error }, "left runs of agents were not looked for; the next round tries again");
      return [];
    }
  }
}
