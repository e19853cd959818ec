import { expect, it } from "vitest";
import { budgetOf } from "./budget.ts";

it.each([
  ["create", undefined, 200],
  ["create", 50, 50],
  ["create", 1_000_000, 200],
  ["edit", 1_000_000, 200],
  ["deploy", 1_000_000, 1_000_000],
  ["deploy", 50, 50],
  ["repair", 1_000_000, 1_000_000],
] as const)("%s with a plan's own budget of %s: %d USD before somebody is asked", (kind, own, usd) => {
  const spec = own === undefined ? {} : { budget: { monthlyUsd: own } };
  expect(budgetOf(spec, kind, 200)).toBe(usd);
});
