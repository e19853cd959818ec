import { expect, it } from "vitest";
import { testApi } from "../api/testApi.ts";
import { analyticsLines } from "./analytics.ts";

it("the numbers of a tenant, over HTTP and as lines", async () => {
  const { call, store } = testApi();
  const now = Date.now();
  const at = (seconds: number) => new Date(now - 3_600_000 + seconds * 1000).toISOString();
  const times = { createdAt: at(0), startedAt: at(0), finishedAt: at(60) };
  const steps = [{ name: "build", status: "failed", startedAt: at(0), durationMs: 60_000 }];
  const error = { code: "BUILD_FAILED", step: "build" };
  const row = { version: 1, tenantId: "t1", appId: "a", kind: "deploy", status: "failed", ...times, steps, error };
  await store.project("deployments", "a", { ...row, id: "a-1" });
  await store.project("deployments", "a", { ...row, id: "a-2", createdAt: at(-40 * 86_400) });
  await store.project("deployments", "b", { ...row, id: "b-1", appId: "b", tenantId: "t2" });
  const view = { title: "Notes", status: "live", estimate: { monthlyUsd: 4 } };
  await store.project("apps", "t1", { id: "a", version: 1, tenantId: "t1", updatedAt: at(0), view });
  const { json } = await call("GET", "/status/deployments");
  expect(analyticsLines(json)).toEqual([
    `Since ${json.since.slice(0, 10)}: 1 jobs, half of them within 60.0 s, 95 % within 60.0 s`,
    "  build      1 runs, 1 failed, p50 60.0 s, p95 60.0 s",
    "  failed 1 times: BUILD_FAILED in build",
    "  a  Notes  1 jobs, 4.00 USD a month",
  ]);
  expect((await call("GET", "/status/deployments?days=60")).json.deployments).toBe(2);
});
