import { type AgentsInput, type AgentsOutcome, runAgents } from "./runAgents.ts";
import type { Step } from "./step.ts";

/** A step that runs agents: `plan`, `generate`, `check`, `repair-<n>`. */
export function agentStep(name: string): Step<AgentsInput, AgentsOutcome> {
  return { name, timeoutMs: 30 * 60_000, run: (input, context) => runAgents(name, input, context) };
}
