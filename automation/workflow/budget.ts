import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import type { JobKind } from "../jobs/documents.ts";

/** Jobs whose plan an agent wrote: what it says of its own budget can make it smaller only. */
const BY_AGENTS: ReadonlySet<JobKind> = new Set<JobKind>(["create", "edit"]);

/**
 * What an app may cost in a month before somebody is asked. A plan that people wrote says so itself; one that an agent wrote after reading
 * whatever texts never raises the platform's own.
 *
 * @returns US dollars
 */
export function budgetOf({ budget }: Pick<AppSpec, "budget">, kind: JobKind, defaultUsd: number): number {
  if (!budget) return defaultUsd;
  return BY_AGENTS.has(kind) ? Math.min(budget.monthlyUsd, defaultUsd) : budget.monthlyUsd;
}
