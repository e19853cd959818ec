import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { SummaryReporter } from "./scripts/summaryReporter.ts";

// Two workers, because CI has two cores. Contract and end-to-end tests start real processes, hence the timeouts.
export default defineConfig({
  test: {
    include: [
      "{components,stacks,checks,runtime,automation,emulator,dashboard,scripts}/**/*.test.{ts,tsx}",
      "test/**/*.test.ts",
    ],
    exclude: ["**/node_modules/**", ".devfactory/**", "**/fixtures/**", "**/templates/**", "test/live/**"],
    reporters: ["default", new SummaryReporter()],
    pool: "forks",
    maxWorkers: 2,
    // Most tests start short processes of the same code: loading it is half of their work.
    env: { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), "node-compile-cache") },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
