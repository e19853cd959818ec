import type { AgentId } from "@devfactory/runtime/task.ts";
import { round } from "./round.ts";
import { type AgentsInput, type AgentsOutcome, runAgents } from "./runAgents.ts";
import type { Step, StepContext } from "./step.ts";
import { filesGone } from "./validate.ts";

/** A step that runs agents: `plan`, `generate`, `check`, `repair-<n>`. */
export function agentStep(name: string): Step<AgentsInput, AgentsOutcome> {
  return {
    name,
    timeoutMs: 30 * 60_000,
    async run(input, context) {
      const outcome = await runAgents(name, input, context);
      await account(outcome, context);
      return outcome;
    },
    outdated: async ({ workspace }, _input, { services }) =>
      workspace === undefined ? undefined : filesGone(workspace, services),
  };
}

/** Adds what the agents used: here, so that a result which is taken over is paid for once. */
async function account({ usage, summaries }: AgentsOutcome, { commit }: StepContext): Promise<void> {
  const { tokens, seconds, usd } = usage;
  await commit((job) => ({
    job: {
      costMetrics: {
        ...job.costMetrics,
        aiTokens: job.costMetrics.aiTokens + tokens,
        computeSec: round(job.costMetrics.computeSec + seconds),
        usd: round(job.costMetrics.usd + usd),
      },
    },
    events: Object.entries(summaries).map(([agent, message]) => ({
      type: "message",
      agent: agent as AgentId,
      message,
    })),
  }));
}
