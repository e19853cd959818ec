import { expect, it } from "vitest";
import { analyse, type DeploymentRow } from "./analytics.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 1) + seconds * 1000).toISOString();
const step = (name: string, status: "succeeded" | "failed" | "running", seconds: number) => ({
  name,
  status,
  startedAt: at(0),
  durationMs: seconds * 1000,
});
const cost = (aiTokens: number, computeSec: number, usd: number) => ({ aiTokens, computeSec, usd, storageMB: 0 });

const rows: readonly DeploymentRow[] = [
  {
    ...{ appId: "a", kind: "deploy", status: "succeeded", startedAt: at(0), finishedAt: at(60) },
    steps: [step("build", "succeeded", 40), step("deploy", "succeeded", 20)],
    costMetrics: cost(0, 40.1, 0.1),
  },
  {
    ...{ appId: "a", kind: "deploy", status: "failed", startedAt: at(0), finishedAt: at(10) },
    steps: [step("build", "failed", 10)],
    error: { code: "BUILD_FAILED", step: "build" },
    costMetrics: cost(7, 10.2, 0.2),
  },
  {
    ...{ appId: "b", kind: "create", status: "failed", startedAt: at(0), finishedAt: at(30) },
    steps: [step("build", "failed", 30)],
    error: { code: "BUILD_FAILED", step: "build" },
  },
  { appId: "b", kind: "create", status: "failed", steps: [], error: { code: "LEDGER_BUSY" } },
  { appId: "c", kind: "deploy", status: "processing", steps: [step("build", "running", 0)], startedAt: at(0) },
];
const apps = [
  { id: "a", view: { title: "Notes", status: "live", estimate: { monthlyUsd: 12.5 } } },
  { id: "b", view: { status: "destroyed", estimate: { monthlyUsd: 99 } } },
  { id: "d", view: { status: "live", estimate: { monthlyUsd: 30 } } },
];

it("durations by step, failures by step and code, and the cost of each app", () => {
  expect(analyse(rows, apps)).toEqual({
    deployments: 5,
    seconds: { p50: 30, p95: 60, max: 60 },
    steps: [
      { step: "build", runs: 3, failed: 2, seconds: { p50: 30, p95: 40, max: 40 } },
      { step: "deploy", runs: 1, failed: 0, seconds: { p50: 20, p95: 20, max: 20 } },
    ],
    failures: [
      { step: "build", code: "BUILD_FAILED", count: 2 },
      { step: "none", code: "LEDGER_BUSY", count: 1 },
    ],
    apps: [
      { appId: "d", deployments: 0, failed: 0, computeSec: 0, aiTokens: 0, usd: 0, monthlyUsd: 30 },
      {
        ...{ appId: "a", title: "Notes", deployments: 2, failed: 1 },
        ...{ computeSec: 50.3, aiTokens: 7, usd: 0.3, monthlyUsd: 12.5 },
      },
      { appId: "b", deployments: 2, failed: 2, computeSec: 0, aiTokens: 0, usd: 0, monthlyUsd: null },
      { appId: "c", deployments: 1, failed: 0, computeSec: 0, aiTokens: 0, usd: 0, monthlyUsd: null },
    ],
  });
});

it("without a past there are no numbers", () => {
  expect(analyse([], [])).toEqual({ deployments: 0, seconds: null, steps: [], failures: [], apps: [] });
});
