import type { Budget } from "../task.ts";

/** What one run has used. Tokens count input and output of every model call. */
export interface Usage {
  readonly tokens: number;
  readonly steps: number;
  readonly seconds: number;
  readonly usd: number;
}

/** US dollars per million tokens. */
export interface ModelPrice {
  readonly inputUsd: number;
  readonly outputUsd: number;
}

export const BUDGET_NAMES = ["tokens", "steps", "seconds", "usd"] as const;
export type BudgetName = (typeof BUDGET_NAMES)[number];

/** The first budget that is used up, if one is. */
export function exceeded(usage: Usage, budget: Budget): BudgetName | undefined {
  return BUDGET_NAMES.find((name) => usage[name] >= budget[name]);
}

/** Price of a number of tokens in dollars. */
export function costOf(price: ModelPrice, inputTokens: number, outputTokens: number): number {
  return (price.inputUsd * inputTokens + price.outputUsd * outputTokens) / 1_000_000;
}
