import { randomUUID } from "node:crypto";
import { readPage } from "@devfactory/automation/api/cursor.ts";
import type { JobFacts, ProjectionRow } from "@devfactory/automation/jobs/store.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { OTHER, openHouse, TENANT } from "./house.ts";

let house: Awaited<ReturnType<typeof openHouse>>;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house[Symbol.asyncDispose]());

const { tenantId } = TENANT;
const appId = `a${randomUUID().slice(0, 8)}`;
const at = (minute: number) => `2026-11-28T10:0${minute}:00.000Z`;
const row = (id: string, minute: number, more: object = {}): ProjectionRow => ({
  ...{ id, appId, tenantId, version: 1, kind: "deploy", status: "succeeded", createdAt: at(minute) },
  ...more,
});

it("pages of the real store show every row once, in both directions, also where many have one time", async () => {
  const minutes = [1, 2, 2, 2, 3, 4, 4];
  const rows = minutes.map((minute, index) => row(`${appId}-${index}`, minute));
  for (const each of rows) await house.store.project("deployments", appId, each);
  await house.store.project("deployments", appId, { ...row("foreign", 2), tenantId: OTHER.tenantId });
  for (const direction of ["ascending", "descending"] as const) {
    const shown: ProjectionRow[] = [];
    let cursor: string | undefined;
    do {
      const wish = { tenantId, orderBy: "createdAt", direction, limit: 2, ...(cursor && { cursor }) } as const;
      const page = await readPage(house.store, "deployments", appId, wish);
      shown.push(...page.rows);
      cursor = page.next;
    } while (cursor);
    const times = shown.map(({ createdAt }) => createdAt);
    const sorted = minutes.map(at);
    expect(times).toEqual(direction === "ascending" ? sorted : sorted.toReversed());
    expect(new Set(shown.map(({ id }) => id)).size).toBe(rows.length);
  }
});

it("the facts of a period are those of the tenant alone, its end not included", async () => {
  const costMetrics = { aiTokens: 3, computeSec: 1, storageMB: 0, usd: 0 };
  const steps = [{ name: "build", status: "failed", startedAt: at(5), durationMs: 12 }] as const;
  const error = { code: "BUILD_FAILED", step: "build" };
  const failed = row(`${appId}-failed`, 6, { status: "failed", costMetrics, steps, error, monthlyUsd: 2 });
  await house.store.project("deployments", appId, failed);
  await house.store.project("deployments", appId, row(`${appId}-later`, 7));
  const facts = await house.store.jobFacts(tenantId, at(5), at(7));
  const { kind, status, createdAt } = failed as unknown as JobFacts;
  expect(facts).toEqual([{ appId, kind, status, createdAt, costMetrics, steps, error, monthlyUsd: 2 }]);
  expect(await house.store.jobFacts(OTHER.tenantId, at(5), at(7))).toEqual([]);
});
