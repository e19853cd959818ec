import { defineConfig } from "vitest/config";

// One project; two workers, because CI has two cores. Contract and end-to-end tests start real processes, hence the timeouts.
export default defineConfig({
  test: {
    include: [
      "{components,stacks,checks,runtime,automation,emulator,dashboard,scripts}/**/*.test.ts",
      "test/**/*.test.ts",
    ],
    exclude: ["**/node_modules/**", ".devfactory/**", "**/fixtures/**", "test/browser/**", "test/live/**"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
