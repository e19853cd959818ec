export interface ModelChoice {
  readonly provider: string;
  readonly name: string;
}

/** What is known about a model for a kind of task. */
export interface ModelRecord extends ModelChoice {
  readonly task: string;
  readonly usdPerRun: number;
  readonly runs: number;
  readonly passed: number;
}

/** Needs no key and costs nothing: what is left when no other model fits. */
export const TEMPLATE_MODEL: ModelChoice = { provider: "template", name: "template-1" };

const GOOD_ENOUGH = 0.8;

/**
 * The cheapest model that passed such a task often enough and fits the money that is left; each failure of the task at
 * hand moves one model up in price. Pure.
 */
export function chooseModel(
  records: readonly ModelRecord[],
  need: { readonly task: string; readonly failures: number; readonly leftUsd: number },
): ModelChoice {
  const fitting = records
    .filter((record) => record.task === need.task && record.usdPerRun <= need.leftUsd)
    .filter((record) => record.runs === 0 || record.passed / record.runs >= GOOD_ENOUGH)
    .sort((a, b) => a.usdPerRun - b.usdPerRun || a.name.localeCompare(b.name));
  const chosen = fitting[Math.min(need.failures, fitting.length - 1)];
  return chosen ? { provider: chosen.provider, name: chosen.name } : TEMPLATE_MODEL;
}
