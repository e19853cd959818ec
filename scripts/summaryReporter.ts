import type { Reporter, TestModule } from "vitest/node";

/** Ends the output with one plain line, `N passed, N failed`, for people and for the pipeline. */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    // A hook that fails takes its tests along as skipped: the failure is its suite's.
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const broken = suites.filter((suite) => suite.errors().length > 0).length + unhandled.length;
    const skipped = count("skipped");
    // After the default reporter's own summary, which is written in the same turn.
    process.once("exit", () => {
      const line = `${count("passed")} passed, ${count("failed") + broken} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
      process.stdout.write(`\n${line}\n`);
    });
  }
}
