// `npm run check`: format and lint, types of all packages, the import arrows, and the house's numbers.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { findViolations } from "./arrows.ts";
import { measure } from "./numbers.ts";

const root = join(import.meta.dirname, "..");

function run(command: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    spawn(command, args, { cwd: root, stdio: "inherit" }).on("close", (code) => resolve(code === 0));
  });
}

const [lint, types] = await Promise.all([
  run("biome", [
    "ci",
    `--colors=${process.stdout.isTTY ? "force" : "off"}`,
    "--max-diagnostics=40",
    "--error-on-warnings",
    ".",
  ]),
  run("node_modules/tsc7/bin/tsc", ["-p", "."]), // by path: the catalogue's parser brings a `tsc` too
]);
const violations = findViolations(root);
for (const { file, message } of violations) console.error(`${file}: ${message}`);
const numbers = measure(root);
for (const line of numbers.lines) console.log(line);
for (const problem of numbers.problems) console.error(problem);

const results = {
  "format and lint": lint,
  types,
  arrows: violations.length === 0,
  numbers: numbers.problems.length === 0,
};
for (const [name, ok] of Object.entries(results)) console.log(`${ok ? "ok    " : "FAILED"} ${name}`);
process.exitCode = Object.values(results).every(Boolean) ? 0 : 1;
