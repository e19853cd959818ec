import { type AgentId, type AgentResult, AgentTask } from "@devfactory/runtime/task.ts";
import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import { merge } from "../archive/fileSet.ts";
import { selectAgent } from "../orchestrator/agentSelector.ts";
import type { Finding, Stages } from "../orchestrator/jobRouter.ts";
import type { StepContext } from "./step.ts";
import { loadWorkspace, saveWorkspace } from "./workspace.ts";

export interface AgentsInput {
  readonly prompt: string;
  readonly feedback: readonly string[];
  readonly spec?: AppSpec;
  readonly workspace?: string;
  readonly findings: readonly Finding[];
  readonly stages: Stages;
}

export interface AgentsOutcome {
  /** Blob of all files after the last stage. */
  readonly workspace?: string;
  readonly spec?: AppSpec;
  readonly findings: readonly Finding[];
  readonly questions: readonly string[];
  readonly notUnderstood: readonly string[];
  readonly summaries: Readonly<Partial<Record<AgentId, string>>>;
  readonly usage: { readonly tokens: number; readonly seconds: number; readonly usd: number };
}

/** Runs the stages: agents of one stage side by side, each on the files of the stage before, their files merged after it. */
export async function runAgents(
  step: string,
  input: AgentsInput,
  context: StepContext,
  used: (usage: AgentResult["usage"]) => void = () => {},
): Promise<AgentsOutcome> {
  const { services, job } = context;
  let workspace = input.workspace;
  let spec = input.spec;
  const results: (readonly [AgentId, AgentResult])[] = [];
  for (const [stage, agents] of input.stages.entries()) {
    // When one fails the others of its stage stop: their work would be thrown away.
    const siblings = new AbortController();
    const signal = AbortSignal.any([context.signal, siblings.signal]);
    const runs = await Promise.all(
      agents.map(async (agent) => {
        const chosen = selectAgent(agent, [], 0, Number.MAX_SAFE_INTEGER, job.options.model);
        const task = AgentTask.parse({
          jobId: job.jobId,
          appId: job.appId,
          agent,
          prompt: input.prompt,
          feedback: input.feedback,
          findings: input.findings,
          ...chosen,
          ...(spec && agent !== "planner_agent" ? { spec } : {}),
          ...(workspace === undefined ? {} : { workspace }),
        });
        const prefix = `${job.jobId}/${job.attempts}-${step}-${stage}-${agent}`;
        try {
          return {
            agent,
            ...(await services.agents.run(task, prefix, {
              signal,
              report: context.report,
              tenantId: job.tenantId,
              used,
            })),
          };
        } catch (error) {
          siblings.abort(error);
          throw error;
        }
      }),
    );
    const written = runs.filter((run) => run.files.size > 0).map((run) => run.files);
    if (written.length > 0) {
      const files = merge(await loadWorkspace(services.workspaces, workspace), ...written);
      workspace = await saveWorkspace(services.workspaces, job.appId, files);
    }
    for (const { agent, result } of runs) {
      results.push([agent, result]);
      spec = result.spec ?? spec;
    }
    // A stage with open questions ends the round: the next agents would guess.
    if (runs.some((run) => run.result.status === "waiting")) break;
  }
  return summarize(results, spec, workspace);
}

function summarize(
  results: readonly (readonly [AgentId, AgentResult])[],
  spec: AppSpec | undefined,
  workspace: string | undefined,
): AgentsOutcome {
  const all = results.map(([, result]) => result);
  const sum = (pick: (usage: AgentResult["usage"]) => number) =>
    all.reduce((total, each) => total + pick(each.usage), 0);
  return {
    ...(workspace === undefined ? {} : { workspace }),
    ...(spec === undefined ? {} : { spec }),
    findings: all.at(-1)?.findings ?? [],
    questions: all.flatMap((result) => (result.status === "waiting" ? result.questions : [])),
    notUnderstood: [...new Set(all.flatMap((result) => result.notUnderstood))],
    summaries: Object.fromEntries(results.map(([agent, result]) => [agent, result.summary])),
    usage: {
      tokens: sum((usage) => usage.tokens),
      seconds: sum((usage) => usage.seconds),
      usd: sum((usage) => usage.usd),
    },
  };
}
