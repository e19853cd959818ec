import { expect, it } from "vitest";
import type { DeploymentView } from "../../client/apiClient.ts";
import { deploymentLine, usageLines } from "./history.ts";

const view: DeploymentView = {
  deploymentId: "a1-b1",
  projectId: "a1",
  appId: "a1",
  kind: "deploy",
  status: "succeeded",
  progress: 100,
  steps: [],
  attempts: 1,
  createdAt: "2026-11-29T10:20:30.000Z",
  by: "u1",
  services: [],
  costMetrics: { aiTokens: 0, computeSec: 0, storageMB: 0, usd: 0 },
};

it.each([
  [
    { version: 3, live: true, estimate: { monthlyUsd: 4 } },
    "a1-b1  2026-11-29T10:20  v3  succeeded, runs     deploy  4.00 USD a month",
  ],
  [
    { version: 3, live: true, estimate: { monthlyUsd: 4, unpricedParts: 2 } },
    "a1-b1  2026-11-29T10:20  v3  succeeded, runs     deploy  4.00 USD a month, 2 parts without a price",
  ],
  [
    { version: 4, from: { kind: "rollback" as const, deploymentId: "a1-b0" } },
    "a1-b1  2026-11-29T10:20  v4  succeeded           rollback of a1-b0",
  ],
  [
    {
      status: "failed" as const,
      error: { code: "BUILD_FAILED", class: "user", title: "", detail: "", fix: "", step: "build" },
    },
    "a1-b1  2026-11-29T10:20      failed (build)      deploy",
  ],
])("a deployment %j is one line", (more, line) => {
  expect(deploymentLine({ ...view, ...more })).toBe(line);
});

it("usage for a person", () => {
  const none = { aiTokens: 0, computeSeconds: 0, storageBytes: 0, usd: 0 };
  const used = {
    jobs: 3,
    deployments: 1,
    failed: 2,
    aiTokens: 40,
    computeSeconds: 2.5,
    storageBytes: 4000,
    usd: 0.021,
  };
  const apps = [
    { appId: "a1", title: "Notes", ...used, monthlyUsd: 7 },
    { appId: "a2", jobs: 1, deployments: 0, failed: 1, ...none },
  ];
  const steps = { build: { p50: 9, p95: 30, max: 31 }, deploy: null };
  const period = { from: "2026-10-30T00:00:00.000Z", to: "2026-11-29T00:00:00.000Z" };
  expect(usageLines({ ...period, ...used, monthlyUsd: 7, apps, steps, failures: { build: 2 } })).toEqual([
    "From 2026-10-30 to 2026-11-29",
    "Jobs:      3, 1 deployed, 2 failed (2 in build)",
    "Used:      40 tokens, 2.5 s, 4000 bytes, 0.02 USD for models",
    "On Azure:  about 7.00 USD a month for what runs",
    "Half of the steps end within:",
    "  build     9.0 s, 95 % within 30.0 s",
    "  a1     3 jobs  7.00 USD a month      Notes",
    "  a2     1 jobs",
  ]);
});
