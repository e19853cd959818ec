import { Deployment } from "../deploy/deployment.ts";
import { refreshResources } from "../deploy/refresh.ts";
import type { Targets } from "../deploy/targets.ts";
import { openPolicies } from "../policy/open.ts";
import type { PackFolder } from "../policy/packFolder.ts";
import type { Operation } from "./operation.ts";
import { type ProgramRunOptions, runProgram } from "./runProgram.ts";

export interface UpdateOptions extends ProgramRunOptions {
  readonly refresh: boolean;
  /** URNs to replace. */
  readonly replace: readonly string[];
  readonly targets: Targets;
  readonly policyPacks: readonly PackFolder[];
}

/** Runs a program and makes the stack what it says (`up`), or tells what that would take (`preview`). */
export async function runUpdate(operation: Operation, options: UpdateOptions): Promise<void> {
  const policies = await openPolicies(operation, options.policyPacks, options.program);
  if (options.refresh) {
    const { bench, executor } = operation;
    await operation.adopt(await refreshResources(bench.snapshot.olds, bench, executor, false, options.targets));
    if (executor.stopped) return;
  }
  const { project, stack } = options.program;
  const { bench, executor } = operation;
  const deployment = new Deployment({
    bench,
    executor,
    continueOnError: operation.options.continueOnError,
    stack,
    project: project.name,
    replace: new Set(options.replace),
    targets: options.targets,
    policies,
  });
  await runProgram(operation, options, deployment);
  if (!executor.failed && !executor.stopped) await policies.finish();
}
