import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LanguageModelV4, LanguageModelV4Content } from "@ai-sdk/provider";
import { expect, it } from "vitest";
import { runTask } from "../runTask.ts";
import { type AgentEvent, AgentTask } from "../task.ts";

/** A model that follows a script, each step 100 tokens in and 10 out. */
function scripted(
  step: (index: number) => LanguageModelV4Content[] | Promise<LanguageModelV4Content[]>,
): LanguageModelV4 {
  let index = 0;
  return {
    specificationVersion: "v4",
    provider: "test",
    modelId: "scripted",
    supportedUrls: {},
    async doGenerate({ abortSignal }) {
      const content = await step(index);
      abortSignal?.throwIfAborted();
      index += 1;
      const unified = content.some((part) => part.type === "tool-call") ? "tool-calls" : "stop";
      return {
        content,
        finishReason: { unified, raw: unified },
        usage: {
          inputTokens: { total: 100, noCache: 100, cacheRead: 0, cacheWrite: 0 },
          outputTokens: { total: 10, text: 10, reasoning: 0 },
        },
        warnings: [],
      };
    },
    doStream: () => Promise.reject(new Error("not used")),
  };
}

const call = (index: number, toolName: string, input: object): LanguageModelV4Content => ({
  type: "tool-call",
  toolCallId: `c${index}`,
  toolName,
  input: JSON.stringify(input),
});

async function run(model: LanguageModelV4, budget: Partial<AgentTask["budget"]> = {}, ownKey = false) {
  const events: AgentEvent[] = [];
  const folder = await mkdtemp(join(tmpdir(), "run-agent-"));
  const task = AgentTask.parse({ jobId: "j", appId: "a", agent: "backend_agent", prompt: "x", budget, ownKey });
  const price = { inputUsd: 1000, outputUsd: 10_000 }; // 0.2 dollars a step
  const result = await runTask(task, folder, { model: { model, price }, events: (event) => events.push(event) });
  return { result, events };
}

/** Writes another file at every step, so that it is never stuck. */
const busy = () => scripted((index) => [call(index, "write_file", { path: `backend/${index}.ts`, text: `${index}` })]);

it.each([
  [{ steps: 4 }, "BUDGET_STEPS", "the budget of 4 steps is used up", 4],
  [{ tokens: 300 }, "BUDGET_TOKENS", "the budget of 300 tokens is used up", 3],
  [{ usd: 0.5 }, "BUDGET_USD", "the budget of 0.5 usd is used up", 3],
])("%j stops the run with %s, and what was written stays", async (budget, code, message, steps) => {
  const { result } = await run(busy(), budget);
  expect(result).toMatchObject({ status: "failed", error: { code, message }, usage: { steps, tokens: steps * 110 } });
  expect(result.files).toHaveLength(steps);
});

it("the budget of seconds ends a model that does not answer", async () => {
  const slow = scripted(() => new Promise((resolve) => setTimeout(() => resolve([]), 1_500)));
  const { result } = await run(slow, { seconds: 1 });
  expect(result).toMatchObject({
    status: "failed",
    error: { code: "BUDGET_SECONDS", message: "the budget of 1 seconds is used up" },
  });
});

it("the same call with the same answer thrice counts as stuck", async () => {
  const { result } = await run(scripted((index) => [call(index, "list_files", {})]));
  expect(result).toMatchObject({
    status: "failed",
    error: { code: "AGENT_STUCK", message: "list_files was called 3 times with the same input and the same answer" },
    usage: { steps: 3 },
  });
});

it("a refused tool call goes to the model as an answer, and the run goes on", async () => {
  const model = scripted((index) =>
    index === 0 ? [call(0, "write_file", { path: "frontend/x.js", text: "x" })] : [{ type: "text", text: "done" }],
  );
  const { result, events } = await run(model);
  expect(result).toMatchObject({ status: "succeeded", summary: "done", files: [] });
  expect(events.map((event) => [event.type, event.level])).toEqual([
    ["agent_started", "info"],
    ["tool", "warning"],
    ["message", "info"],
    ["agent_finished", "info"],
  ]);
});

it("a search and replace needs a passage that occurs once", async () => {
  const steps = [
    [call(0, "write_file", { path: "backend/x.ts", text: "one two two" })],
    [call(1, "edit_file", { path: "backend/x.ts", search: "two", replace: "three" })],
    [call(2, "edit_file", { path: "backend/x.ts", search: "one two", replace: "$& three" })],
  ];
  const { result, events } = await run(scripted((index) => steps[index] ?? [{ type: "text", text: "done" }]));
  expect(events.filter((event) => event.type === "tool").map((event) => event.message)).toEqual([
    "write_file",
    "edit_file: The text to replace occurs 2 times in backend/x.ts, not once.",
    "edit_file",
  ]);
  expect(result.files).toMatchObject([{ path: "backend/x.ts", bytes: "$& three two".length }]);
});

it.each([
  [
    "openai",
    "gpt-5",
    "MODEL_DOOR_MISSING",
    "is reached through the platform's gateway, and the run has no door to it.",
  ],
  ["openai", "gpt-1", "UNKNOWN_MODEL", "There is no price for gpt-1 of openai."],
  ["acme", "x", "UNKNOWN_PROVIDER", "There is no model provider acme."],
])("%s/%s without a door fails with %s", async (provider, name, code, words) => {
  const model = { provider, name };
  const task = AgentTask.parse({ jobId: "j", appId: "a", agent: "backend_agent", prompt: "x", model });
  const folder = await mkdtemp(join(tmpdir(), "run-agent-"));
  const { error } = await runTask(task, folder);
  expect([error?.code, error?.message]).toEqual([code, expect.stringContaining(words)]);
});

it("who pays with an own key has no limit of tokens and dollars, and those of steps and seconds", async () => {
  const own = { tokens: 10_000_000, usd: 10_000, steps: 70, seconds: 300 };
  const { result } = await run(busy(), own, true);
  expect(result).toMatchObject({
    error: { code: "BUDGET_STEPS", message: "the budget of 60 steps is used up" },
    usage: { steps: 60, tokens: 6_600 },
  });
  expect(result.usage.usd).toBeCloseTo(12, 6); // the row of the agent allows 2
});

it("what was used before the model failed is counted", async () => {
  const model = scripted((index) => {
    if (index === 2) throw new Error("gone");
    return [call(index, "write_file", { path: `backend/${index}.ts`, text: "x" })];
  });
  const { result } = await run(model);
  expect(result).toMatchObject({
    status: "failed",
    error: { code: "AGENT_CRASHED", message: "gone" },
    usage: { steps: 2, tokens: 220, usd: 0.4 },
  });
});
