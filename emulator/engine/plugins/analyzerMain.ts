import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/**
 * What runs in a policy pack's process: `node analyzerMain.ts RUNNER TYPESCRIPT ENGINE`, in the pack's folder. It hands
 * over to the SDK's own runner, and ends when the engine is gone.
 */
const [, , runner = "", typescript, engine = ""] = process.argv;
const require = createRequire(import.meta.url);

process.stdin.on("end", () => process.exit()).resume();
process.stdin.unref(); // a pack that does not listen must end by itself

process.argv = [process.execPath, runner, engine, "."];
if (typescript === "false") {
  // The runner has no switch for this; one level below it has. With it, Node's type stripping loads `.ts` files.
  const { run } = require(join(dirname(runner), "run.js")) as { run: (options: unknown) => unknown };
  run({ argv: { _: ["."] }, programStarted() {}, reportLoggedError() {}, typeScript: false });
} else require(runner);
