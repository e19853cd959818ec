import { AGENT_IDS } from "@devfactory/runtime/task.ts";
import { expect, it } from "vitest";
import { selectAgent } from "./agentSelector.ts";

it.each(AGENT_IDS)("%s has a model and limits", (agent) => {
  const { model, budget } = selectAgent(agent, [], 0, 1_000);
  expect(model).toEqual({ provider: "template", name: "template-1" });
  expect(Math.min(budget.tokens, budget.steps, budget.seconds)).toBeGreaterThan(0);
});

it("a model with the tenant's own key has no limits of tokens and dollars; the template model has its row's", () => {
  const own = { provider: "google", name: "gemini-2.5-flash" };
  const most = Number.MAX_SAFE_INTEGER;
  expect(selectAgent("qa_agent", [], 0, 1, own)).toEqual({
    model: own,
    ownKey: true,
    budget: { tokens: most, usd: most, steps: 20, seconds: 300 },
  });
  const template = { provider: "template", name: "template-1" };
  expect(selectAgent("qa_agent", [], 0, 1, template)).toEqual({
    model: template,
    ownKey: false,
    budget: { tokens: 200_000, usd: 1, steps: 20, seconds: 300 },
  });
});

it("spends no more than what is left, and prefers a model with a record", () => {
  const record = { provider: "openai", name: "small", task: "qa_agent", usdPerRun: 0.1, runs: 10, passed: 9 };
  const chosen = selectAgent("qa_agent", [record], 0, 0.2);
  expect([chosen.model, chosen.budget.usd]).toEqual([{ provider: "openai", name: "small" }, 0.2]);
});
