import type { AgentId, AgentTask, Budget } from "@devfactory/runtime/task.ts";
import { chooseModel, type ModelChoice, type ModelRecord } from "./costOptimizer.ts";

interface AgentLimits {
  readonly budget: Budget;
}

/** Limits of one run of each agent. */
const LIMITS: Readonly<Record<AgentId, AgentLimits>> = {
  planner_agent: { budget: { tokens: 60_000, steps: 20, seconds: 120, usd: 0.5 } },
  frontend_agent: { budget: { tokens: 400_000, steps: 120, seconds: 600, usd: 3 } },
  backend_agent: { budget: { tokens: 400_000, steps: 120, seconds: 600, usd: 3 } },
  infra_agent: { budget: { tokens: 60_000, steps: 30, seconds: 180, usd: 0.5 } },
  qa_agent: { budget: { tokens: 100_000, steps: 60, seconds: 600, usd: 1 } },
};

/** Model and limits for one run of an agent. `failures` counts how often this task failed before: the choice escalates. */
export function selectAgent(
  agent: AgentId,
  records: readonly ModelRecord[],
  failures: number,
  leftUsd: number,
): Pick<AgentTask, "model" | "budget"> {
  const { budget } = LIMITS[agent];
  const model: ModelChoice = chooseModel(records, { task: agent, failures, leftUsd });
  return { model, budget: { ...budget, usd: Math.max(0.01, Math.min(budget.usd, leftUsd)) } };
}
