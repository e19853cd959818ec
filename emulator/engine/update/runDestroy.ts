import { deleteSteps, runDeletes } from "../deploy/deletes.ts";
import { limitedDeletes, refuseProtected } from "../deploy/deployment.ts";
import { Operations } from "../deploy/operations.ts";
import { refreshResources } from "../deploy/refresh.ts";
import type { ResourceState } from "../deploy/state.ts";
import { dependenciesOf } from "../deploy/state.ts";
import { missingTarget, type Targets } from "../deploy/targets.ts";
import type { Operation } from "./operation.ts";

export interface DestroyOptions {
  readonly refresh: boolean;
  /** Keep protected resources, and what they depend on. */
  readonly excludeProtected: boolean;
  readonly targets: Targets;
}

/** Deletes all that the stack has, dependents first. @returns how many protected resources were left out */
export async function runDestroy(operation: Operation, options: DestroyOptions): Promise<number> {
  const { executor } = operation;
  if (options.refresh) {
    await operation.adopt(
      await refreshResources(operation.bench.snapshot.olds, operation.bench, executor, false, options.targets),
    );
    if (executor.stopped) return 0;
  }
  const { bench } = operation;
  const spared = options.excludeProtected ? protectedAndNeeded(bench.snapshot.olds) : new Set<string>();
  for (const urn of options.targets.missing((target) => bench.snapshot.olds.some((old) => old.urn === target))) {
    bench.events.diagnose("error", missingTarget(urn));
    executor.fail();
  }
  const limits = limitedDeletes(bench.snapshot.olds, options.targets, bench.events);
  if (!limits) executor.fail();
  if (!limits || executor.stopped) return 0;
  const survivors = {
    claimed: () => false,
    seen: () => false,
    spared: (state: ResourceState) => spared.has(state.urn) || limits.has(state),
  };
  const steps = deleteSteps(bench.snapshot.olds, survivors, new Operations(bench), bench.snapshot.renamed);
  if (refuseProtected(steps, bench.events)) executor.fail();
  else await runDeletes(steps, executor, bench.snapshot.renamed);
  return options.excludeProtected ? bench.snapshot.olds.filter((state) => state.protect).length : 0;
}

function protectedAndNeeded(olds: readonly ResourceState[]): ReadonlySet<string> {
  const kept = new Set(olds.filter((state) => state.protect).map((state) => state.urn));
  for (const state of olds.toReversed())
    if (kept.has(state.urn)) for (const urn of dependenciesOf(state)) kept.add(urn);
  return kept;
}
