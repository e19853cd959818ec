import { expect, it } from "vitest";
import { usageLines } from "./usage.ts";

it("a person reads durations and failures by step, and the cost of each app", () => {
  const none = { deployments: 0, aiTokens: 0, computeSeconds: 0, storageBytes: 0 };
  const used = {
    ...{ ...none, from: "2026-11-01T00:00:00.000Z", to: "2026-12-01T00:00:00.000Z", jobs: 3, failed: 1 },
    ...{ usd: 0.255, monthlyUsd: 4, steps: { build: { p50: 40, p95: 61.25, max: 61.25 } }, failures: { build: 1 } },
    apps: [
      { ...none, appId: "a", title: "Notes", jobs: 2, failed: 1, usd: 0, monthlyUsd: 4 },
      { ...none, appId: "b", jobs: 1, failed: 0, usd: 0 },
    ],
  };
  expect(usageLines(used)).toEqual([
    "Since 2026-11-01: 3 jobs, 1 failed, models 0.26 USD, apps about 4.00 USD a month",
    "  build      p50 40.0 s, p95 61.3 s",
    "  failed in build: 1",
    "  a  Notes  2 jobs, 4.00 USD a month",
    "  b    1 jobs, not deployed",
  ]);
});
