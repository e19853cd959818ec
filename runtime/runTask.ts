import { type AgentDefinition, loadAgents } from "./agents.ts";
import { RuntimeError } from "./errors.ts";
import { BUDGET_NAMES, PURSE_BUDGETS, type Usage } from "./loop/budget.ts";
import { type AgentRun, Meter, type PricedModel, runAgent } from "./loop/runAgent.ts";
import type { ModelDoor } from "./models/door.ts";
import { resolveModel } from "./models/index.ts";
import { refusalOf } from "./models/refusal.ts";
import { AgentEvent, type AgentResult, AgentTask, type Budget } from "./task.ts";
import type { Outcome, ToolContext } from "./tools/tool.ts";
import { Workspace } from "./workspace/workspace.ts";

export interface RunTaskOptions {
  /** Called for each event while the agent works. */
  readonly events?: (event: AgentEvent) => void;
  /** Instead of the model that the task names. */
  readonly model?: PricedModel;
  /** To a model that needs a key. */
  readonly door?: ModelDoor;
  readonly signal?: AbortSignal;
}

const MAX_MESSAGE = 16_000;

/**
 * Runs one task of one agent on a folder, and returns what the worker stores as `result.json`. Never rejects for what happens
 * inside the run: then the status is `failed`, the error says why, and files that were written stay.
 */
export async function runTask(
  input: AgentTask,
  workspaceDir: string,
  options: RunTaskOptions = {},
): Promise<AgentResult> {
  const task = AgentTask.parse(input);
  const outcome: Outcome = { questions: [], notUnderstood: [], findings: [], failures: new Map() };
  const emit = (event: Omit<AgentEvent, "at">): void => {
    const message = event.message.slice(0, MAX_MESSAGE);
    options.events?.(AgentEvent.parse({ ...event, message, at: new Date().toISOString() }));
  };
  const workspace = await Workspace.open(workspaceDir, ({ path, bytes }) => {
    emit({ type: "file", level: "info", message: path, data: { bytes } });
  });
  emit({ type: "agent_started", level: "info", message: `${task.agent} started`, data: { jobId: task.jobId } });
  const finish = (result: Pick<AgentResult, "status" | "summary" | "error">, usage: Usage): AgentResult => {
    const failed = result.status === "failed";
    const message = failed ? `${task.agent} failed: ${result.error?.message}` : `${task.agent}: ${result.summary}`;
    emit({
      type: failed ? "agent_failed" : "agent_finished",
      level: failed ? "error" : "info",
      message,
      data: { ...usage },
    });
    const { failures: _, ...left } = outcome;
    return { ...left, ...result, files: [...workspace.written], usage };
  };
  const meter = new Meter();
  try {
    const agent = definition(task);
    const model = options.model ?? resolveModel(task.model, options.door);
    const signal = options.signal ?? new AbortController().signal;
    const context: ToolContext = { task, workspace, writes: agent.writes, outcome, emit, signal };
    const run = await runAgent(agent, context, agent.tools, model, limits(task, agent), meter);
    return finish(verdict(task.agent, run, outcome), run.usage);
  } catch (error) {
    return finish({ status: "failed", summary: "", error: errorOf(error) }, meter.usage);
  }
}

function definition(task: AgentTask): AgentDefinition {
  const agent = loadAgents().get(task.agent);
  if (!agent) throw new RuntimeError("AGENTS_INVALID", { problem: `no ${task.agent}` });
  return agent;
}

function errorOf(error: unknown): NonNullable<AgentResult["error"]> {
  const refused = refusalOf(error);
  if (refused) return refused;
  const code = error instanceof RuntimeError ? error.code : "AGENT_CRASHED";
  return { code, message: error instanceof Error ? error.message : String(error) };
}

/**
 * The narrower of what the task allows and what the agent's row allows. Whoever pays for the model with a key of their own has a cap of
 * their own: the row's tokens and dollars do not count for them, its steps and seconds do.
 */
function limits({ budget, ownKey }: AgentTask, agent: AgentDefinition): Budget {
  const narrower = { ...budget };
  for (const name of BUDGET_NAMES)
    if (!(ownKey && PURSE_BUDGETS.has(name))) narrower[name] = Math.min(budget[name], agent.limits[name]);
  return narrower;
}

function verdict(
  agent: AgentTask["agent"],
  { text, stop }: AgentRun,
  outcome: Outcome,
): Pick<AgentResult, "status" | "summary" | "error"> {
  if (stop.reason !== "done") {
    const code = stop.reason === "stuck" ? "AGENT_STUCK" : `BUDGET_${stop.reason.toUpperCase()}`;
    return { status: "failed", summary: text, error: { code, message: stop.detail } };
  }
  if (outcome.questions.length > 0) return { status: "waiting", summary: text };
  const failure = [...outcome.failures].find(([tool]) => DECISIVE.test(tool));
  if (failure)
    return { status: "failed", summary: text, error: { code: "TOOL_FAILED", message: `${failure[0]}: ${failure[1]}` } };
  if (agent === "planner_agent" && !outcome.spec)
    return { status: "failed", summary: text, error: { code: "NO_PLAN", message: text } };
  return { status: "succeeded", summary: text };
}

/** Tools without which there is no result; a refused edit may have been made good in another way. */
const DECISIVE = /^(?:generate_|write_spec|run_checks)/;
