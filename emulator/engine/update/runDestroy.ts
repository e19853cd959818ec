import { deleteSteps, runDeletes } from "../deploy/deletes.ts";
import { limitedDeletes, withoutProtected } from "../deploy/deployment.ts";
import { Observation } from "../deploy/observation.ts";
import { Operations } from "../deploy/operations.ts";
import { refreshResources } from "../deploy/refresh.ts";
import type { ResourceState } from "../deploy/state.ts";
import { missingTarget, type Targets, withNeeds } from "../deploy/targets.ts";
import type { Operation } from "./operation.ts";
import { type ProgramRunOptions, runProgram } from "./runProgram.ts";

export interface DestroyOptions {
  readonly refresh: boolean;
  /** Keep protected resources, and what they depend on. */
  readonly excludeProtected: boolean;
  readonly targets: Targets;
  /** Runs the program too (`--run-program`): for its providers' configuration and its hooks. */
  readonly program: ProgramRunOptions | undefined;
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
  if (options.program) {
    const { stack, project } = options.program.program;
    const work = () => removeAll(operation, options);
    const observation = new Observation({ bench, executor, stack, project: project.name, work });
    await runProgram(operation, options.program, observation);
  } else await removeAll(operation, options);
  return options.excludeProtected ? bench.snapshot.olds.filter((state) => state.protect).length : 0;
}

async function removeAll(operation: Operation, options: DestroyOptions): Promise<void> {
  const { bench, executor } = operation;
  const guarded = bench.snapshot.olds.filter((state) => options.excludeProtected && state.protect);
  const spared = withNeeds(bench.snapshot.olds, new Set(guarded.map((state) => state.urn)));
  for (const urn of options.targets.missing((target) => bench.snapshot.olds.some((old) => old.urn === target))) {
    bench.events.diagnose("error", missingTarget(urn));
    executor.fail();
  }
  const limits = limitedDeletes(bench.snapshot.olds, options.targets, bench.events);
  if (!limits) executor.fail();
  if (!limits || executor.stopped) return;
  const survivors = {
    claimed: () => false,
    seen: () => false,
    spared: (state: ResourceState) => spared.has(state) || limits.has(state),
  };
  const steps = deleteSteps(bench.snapshot.olds, survivors, new Operations(bench), bench.snapshot.renamed);
  await runDeletes(withoutProtected(steps, bench, executor), executor, bench.snapshot.renamed);
}
