import type { AgentTask } from "@devfactory/runtime/task.ts";
import { expect, it } from "vitest";
import type { AgentRunContext } from "../agents/agentRunner.ts";
import { AutomationError } from "../errors.ts";
import type { JobDocument } from "../jobs/documents.ts";
import { agentStep } from "./agentStep.ts";
import type { StepContext } from "./step.ts";

const OWN = { provider: "anthropic", name: "claude-haiku-4-5" };

/** Runs `generate` with two agents side by side, the second of which fails or not; what became of the job's costs. */
async function generate(options: object, fails: boolean) {
  let job = {
    ...{ jobId: "a-b", appId: "a", tenantId: "t1", attempts: 1, options },
    costMetrics: { aiTokens: 10, computeSec: 1, storageMB: 0, usd: 0.1 },
  } as unknown as JobDocument;
  const tasks: AgentTask[] = [];
  const tenants: string[] = [];
  const run = async (task: AgentTask, _prefix: string, { used, tenantId }: AgentRunContext) => {
    tasks.push(task);
    tenants.push(tenantId);
    const usage = { tokens: 1_000, steps: 2, seconds: 3, usd: 0.25 };
    used?.(usage);
    if (fails && task.agent === "backend_agent") throw new AutomationError("MODEL_CAP_REACHED");
    return {
      result: { status: "succeeded", summary: "done", findings: [], questions: [], notUnderstood: [], usage },
      files: new Map(),
    };
  };
  const context = {
    ...{ signal: new AbortController().signal, report: () => {}, job, services: { agents: { run } } },
    commit: async (decide: (job: JobDocument) => { job: Partial<JobDocument> }) => {
      job = { ...job, ...decide(job).job };
    },
  } as unknown as StepContext;
  const input = { prompt: "x", feedback: [], findings: [], stages: [["frontend_agent", "backend_agent"]] } as const;
  const error = await agentStep("generate")
    .run(input, context)
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  return { costMetrics: job.costMetrics, error, tasks, tenants };
}

it("what all agents of a step used is added to the job", async () => {
  const { costMetrics, error, tenants } = await generate({}, false);
  expect([error, costMetrics]).toEqual([undefined, { aiTokens: 2_010, computeSec: 7, storageMB: 0, usd: 0.6 }]);
  expect(tenants).toEqual(["t1", "t1"]);
});

it("what they used is added when one of them failed, too", async () => {
  const { costMetrics, error } = await generate({}, true);
  expect(error).toMatchObject({ code: "MODEL_CAP_REACHED" });
  expect(costMetrics).toEqual({ aiTokens: 2_010, computeSec: 7, storageMB: 0, usd: 0.6 });
});

it("a job with a model by key gives it to every agent, without limits of tokens and dollars", async () => {
  const most = Number.MAX_SAFE_INTEGER;
  const { tasks } = await generate({ model: OWN }, false);
  expect(tasks.map(({ model, ownKey, budget }) => [model, ownKey, budget])).toEqual([
    [OWN, true, { tokens: most, usd: most, steps: 60, seconds: 300 }],
    [OWN, true, { tokens: most, usd: most, steps: 60, seconds: 300 }],
  ]);
  const { tasks: own } = await generate({}, false);
  expect(own.map(({ model, ownKey, budget }) => [model.provider, ownKey, budget.tokens, budget.usd])).toEqual([
    ["template", false, 400_000, 2],
    ["template", false, 400_000, 2],
  ]);
});
