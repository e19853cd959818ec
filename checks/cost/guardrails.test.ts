import { expect, it } from "vitest";
import { estimate, type Guardrail, type GuardrailAction } from "./index.ts";
import { postgres, registry } from "./testing/resources.ts";

const past = (totalMonthlyCost: string) => ({ totalMonthlyCost });
/** A bill of 16.09, with one rule. */
function judged(rule: Guardrail, before?: string) {
  const request = { region: "eastus", resources: [postgres("Standard_B1ms")], guardrails: [rule] };
  return estimate({ ...request, ...(before !== undefined && { past: past(before) }) }).guardrails;
}

it.each<[string, Guardrail, string | undefined, string, string]>([
  [
    "absolute, exceeded",
    { kind: "increase", usd: 5, action: "block" },
    "11",
    "block",
    "+5.09 USD a month, 5.00 USD allowed",
  ],
  [
    "absolute, met exactly",
    { kind: "increase", usd: 5.09, action: "block" },
    "11",
    "ok",
    "+5.09 USD a month, 5.09 USD allowed",
  ],
  [
    "absolute, cheaper",
    { kind: "increase", usd: 0, action: "block" },
    "20",
    "ok",
    "-3.91 USD a month, 0.00 USD allowed",
  ],
  ["absolute, nothing before", { kind: "increase", usd: 5, action: "block" }, undefined, "ok", "no estimate before"],
  [
    "percent, exceeded",
    { kind: "increasePercent", percent: 20, action: "notify" },
    "13",
    "notify",
    "+3.09 USD a month, 20 % of 13.00 USD allowed",
  ],
  [
    "percent, within",
    { kind: "increasePercent", percent: 25, action: "notify" },
    "13",
    "ok",
    "+3.09 USD a month, 25 % of 13.00 USD allowed",
  ],
  [
    "percent, from nothing",
    { kind: "increasePercent", percent: 25, action: "block" },
    "0",
    "block",
    "+16.09 USD a month, 25 % of 0.00 USD allowed",
  ],
  ["budget, crossed", { kind: "budget", monthlyUsd: 16, action: "block" }, "15", "block", "16.09 of 16.00 USD a month"],
  [
    "budget, met exactly",
    { kind: "budget", monthlyUsd: 16.09, action: "block" },
    "15",
    "ok",
    "16.09 of 16.09 USD a month",
  ],
  [
    "budget, nothing before",
    { kind: "budget", monthlyUsd: 16, action: "block" },
    undefined,
    "block",
    "16.09 of 16.00 USD a month",
  ],
  [
    "budget, over before and cheaper now",
    { kind: "budget", monthlyUsd: 16, action: "block" },
    "20",
    "notify",
    "16.09 of 16.00 USD a month; it was over before",
  ],
  [
    "budget, over before and dearer now",
    { kind: "budget", monthlyUsd: 10, action: "block" },
    "12",
    "block",
    "16.09 of 10.00 USD a month",
  ],
])("%s", (_, rule, before, result, message) => {
  expect(judged(rule, before)).toEqual([{ rule: rule.kind, result, message }]);
});

it.each<[GuardrailAction, string, string]>([
  ["notify", "notify", "16.09 of 1.00 USD a month"],
  ["comment", "notify", "comment: 16.09 of 1.00 USD a month"],
  ["block", "block", "16.09 of 1.00 USD a month"],
])("a rule can %s", (action, result, message) => {
  expect(judged({ kind: "budget", monthlyUsd: 1, action, name: "team" })).toEqual([{ rule: "team", result, message }]);
});

it("the budget of an app stands beside the rules of a team", () => {
  const resources = [registry("Basic")];
  const guardrails = [{ kind: "budget", monthlyUsd: 4, action: "notify", name: "team" }] as const;
  const { guardrails: results } = estimate({ region: "eastus", resources, guardrails, budgetMonthlyUsd: 5 });
  expect(results.map(({ rule, result }) => [rule, result])).toEqual([
    ["team", "notify"],
    ["budget", "ok"],
  ]);
});
