import { refreshResources } from "../deploy/refresh.ts";
import type { ResourceState } from "../deploy/state.ts";
import { missingTarget, type Targets } from "../deploy/targets.ts";
import type { Operation } from "./operation.ts";

/** Reads every resource again and makes that the state. @returns the states to save */
export async function runRefresh(operation: Operation, targets: Targets): Promise<readonly ResourceState[]> {
  const { bench, executor } = operation;
  for (const urn of targets.missing((target) => bench.snapshot.olds.some((old) => old.urn === target))) {
    bench.events.diagnose("error", missingTarget(urn));
    executor.fail();
  }
  return executor.stopped ? bench.snapshot.olds : refreshResources(bench.snapshot.olds, bench, executor, true, targets);
}
