import type { Budget } from "../task.ts";

/** What one run has used. Tokens count input and output of every model call. */
export interface Usage {
  readonly tokens: number;
  readonly steps: number;
  readonly seconds: number;
  readonly usd: number;
}

export const BUDGET_NAMES = ["tokens", "steps", "seconds", "usd"] as const;
export type BudgetName = (typeof BUDGET_NAMES)[number];
/** Budgets that protect whoever pays for the model. The others protect the machines. */
export const PURSE_BUDGETS: ReadonlySet<BudgetName> = new Set(["tokens", "usd"]);

/** The first budget that is used up, if one is. */
export function exceeded(usage: Usage, budget: Budget): BudgetName | undefined {
  return BUDGET_NAMES.find((name) => usage[name] >= budget[name]);
}
