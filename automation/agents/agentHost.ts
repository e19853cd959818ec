/** One run of an agent, as its host needs to know it. */
export interface AgentStart {
  /** Its id in `runtime/agents.json`. */
  readonly agent: string;
  /** `<jobId>/<attempt>-<step>-<stage>-<agent>`: where the task and what it leaves lie. */
  readonly prefix: string;
  /** How long the worker waits for it at most. */
  readonly seconds: number;
}

/** What a host says of a run. */
export interface AgentStatus {
  readonly over: boolean;
  /** In the host's own word: `Running`, `Succeeded` … */
  readonly text: string;
}

/** A run that was started. */
export interface AgentExecution {
  /** @throws {AutomationError} when the host says that the run will never begin */
  status(signal: AbortSignal): Promise<AgentStatus>;
  /** Called once, whatever the end: what still runs is stopped, and what was made for the run is taken away. Never rejects. */
  end(): Promise<void>;
}

/** Where agents run. */
export interface AgentHost {
  /** Ids of the agents that it can start. */
  readonly agents: readonly string[];
  /** @throws {AutomationError} when the host refuses the run */
  start(run: AgentStart, signal: AbortSignal): Promise<AgentExecution>;
  /** Takes away what runs of a job left that nobody looks after any more. @returns names of what went */
  clear(jobId: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Takes away what is there although its time is over: whoever waited for it is dead. @returns names of what went */
  sweep(): Promise<readonly string[]>;
}
