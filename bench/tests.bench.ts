import { spawn } from "node:child_process";
import { CHECKOUT } from "../test/e2e/platform.ts";
import { type Bench, timed } from "./bench.ts";

const MINUTE_MS = 60_000;

/** Runs one of the checkout's scripts to its end. @returns its exit code and its last line */
function script(...args: readonly string[]): Promise<{ readonly code: number | null; readonly last: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn("npm", args, { cwd: CHECKOUT, stdio: ["ignore", "pipe", "ignore"] });
    let tail = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      tail = (tail + text).slice(-2_000);
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, last: tail.trim().split("\n").at(-1)?.trim() ?? "" }));
  });
}

export const benches: readonly Bench[] = [
  {
    name: "`npm run check`",
    hold: "≤ 60 s",
    async run() {
      let code: number | null = null;
      const ms = await timed(async () => {
        ({ code } = await script("run", "check"));
      });
      return {
        value: `${(ms / 1000).toFixed(0)} s`,
        held: code === 0 && ms <= MINUTE_MS,
        detail: `ended with ${code}`,
      };
    },
  },
  {
    name: "`npm test`, with `npm run check` before it",
    hold: "≤ 10 min (≤ 20: [0072](../docs/decisions/0072-the-whole-test-takes-twenty-minutes.md))",
    async run() {
      let last = "";
      const ms = await timed(async () => {
        ({ last } = await script("test"));
      });
      const isGreen = / 0 failed\b/.test(last);
      return { value: `${(ms / MINUTE_MS).toFixed(1)} min`, held: isGreen && ms <= 10 * MINUTE_MS, detail: last };
    },
  },
];
