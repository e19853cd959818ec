import { Observation } from "../deploy/observation.ts";
import { refreshResources } from "../deploy/refresh.ts";
import type { ResourceState } from "../deploy/state.ts";
import { missingTarget, type Targets } from "../deploy/targets.ts";
import type { Operation } from "./operation.ts";
import { type ProgramRunOptions, runProgram } from "./runProgram.ts";

export interface RefreshOptions {
  readonly targets: Targets;
  /** Runs the program too (`--run-program`), for its providers' configuration. */
  readonly program: ProgramRunOptions | undefined;
}

/** Reads every resource again and makes that the state. @returns the states to save */
export async function runRefresh(operation: Operation, options: RefreshOptions): Promise<readonly ResourceState[]> {
  const { bench, executor } = operation;
  const { targets, program } = options;
  for (const urn of targets.missing((target) => bench.snapshot.olds.some((old) => old.urn === target))) {
    bench.events.diagnose("error", missingTarget(urn));
    executor.fail();
  }
  let states = bench.snapshot.olds;
  if (executor.stopped) return states;
  const work = async () => {
    states = await refreshResources(bench.snapshot.olds, bench, executor, true, targets);
  };
  if (!program) await work();
  else {
    const { stack, project } = program.program;
    const observation = new Observation({ bench, executor, stack, project: project.name, work });
    await runProgram(operation, program, observation);
  }
  return states;
}
