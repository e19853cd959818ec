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
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
