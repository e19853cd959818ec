import agentsFile from "@devfactory/runtime/agents.json" with { type: "json" };
import { AGENT_IDS, type AgentId, type AgentTask, Budget } from "@devfactory/runtime/task.ts";
import { z } from "zod";
import { chooseModel, type ModelChoice, type ModelRecord, TEMPLATE_MODEL } from "./costOptimizer.ts";

/** What the selector needs of a row; the agent itself reads the rest. */
const Row = z.object({
  id: z.enum(AGENT_IDS),
  model: z.object({ provider: z.string(), name: z.string() }),
  limits: Budget,
});

const ROWS = new Map(
  z
    .array(Row)
    .parse(agentsFile.agents)
    .map((row) => [row.id, row]),
);

/** A budget is a number, and this is more than anybody can spend. */
const UNBOUNDED = { tokens: Number.MAX_SAFE_INTEGER, usd: Number.MAX_SAFE_INTEGER } as const;

/**
 * Model and limits for one run of an agent, from `runtime/agents.json`; records of what models did decide over its
 * default.
 *
 * @param failures how often this task failed before: the choice escalates
 * @param leftUsd money that the job may still spend
 * @param own what the job asks for; one that the tenant pays with a key of its own: its cap bounds what is spent, so the row's tokens and dollars do not count
 */
export function selectAgent(
  agent: AgentId,
  records: readonly ModelRecord[],
  failures: number,
  leftUsd: number,
  own?: ModelChoice,
): Pick<AgentTask, "model" | "budget" | "ownKey"> {
  const row = ROWS.get(agent);
  if (!row) throw new TypeError(`runtime/agents.json has no ${agent}`);
  if (own && own.provider !== TEMPLATE_MODEL.provider)
    return { model: own, budget: { ...row.limits, ...UNBOUNDED }, ownKey: true };
  const known = records.some((record) => record.task === agent);
  const model = known ? chooseModel(records, { task: agent, failures, leftUsd }) : row.model;
  // A budget must be above zero; a cent ends a run that may spend nothing more.
  const usd = Math.max(0.01, Math.min(row.limits.usd, leftUsd));
  return { model, budget: { ...row.limits, usd }, ownKey: false };
}
