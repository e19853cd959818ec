import type { AgentId, AgentResult } from "@devfactory/runtime/task.ts";
import { round } from "./round.ts";
import { type AgentsInput, type AgentsOutcome, runAgents } from "./runAgents.ts";
import type { Step, StepContext } from "./step.ts";
import { filesGone } from "./validate.ts";

type Used = AgentResult["usage"];

/** A step that runs agents: `plan`, `generate`, `check`, `repair-<n>`. */
export function agentStep(name: string): Step<AgentsInput, AgentsOutcome> {
  return {
    name,
    timeoutMs: 30 * 60_000,
    async run(input, context) {
      const used: Used[] = [];
      try {
        const outcome = await runAgents(name, input, context, (usage) => used.push(usage));
        await account(used, outcome.summaries, context);
        return outcome;
      } catch (error) {
        // What a failed run used was paid too; a ledger that does not take it is no reason to hide why it failed.
        await account(used, {}, context).catch(() => undefined);
        throw error;
      }
    },
    outdated: async ({ workspace }, _input, { services }) =>
      workspace === undefined ? undefined : filesGone(workspace, services),
  };
}

/** Adds what the agents used: here, so that a result which is taken over is paid for once. */
async function account(
  used: readonly Used[],
  summaries: AgentsOutcome["summaries"],
  { commit }: StepContext,
): Promise<void> {
  if (used.length === 0) return;
  const sum = (name: keyof Used) => used.reduce((all, each) => all + each[name], 0);
  const [tokens, seconds, usd] = [sum("tokens"), sum("seconds"), sum("usd")];
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
