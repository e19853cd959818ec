import { expect, it } from "vitest";
import { appPk, type JobDocument, jobDocId } from "../jobs/documents.ts";
import { MeasuredDurations } from "../jobs/measuredDurations.ts";
import { MemoryStore } from "../jobs/testing/memoryStore.ts";
import { testApi } from "./testApi.ts";

type TestApi = ReturnType<typeof testApi>;

/** Jobs of the past, each of which took so long. */
async function past(store: MemoryStore, kind: string, ...seconds: readonly number[]): Promise<void> {
  const end = Date.now() - 3_600_000;
  for (const [index, took] of seconds.entries()) {
    const times = {
      createdAt: new Date(end - 999_000).toISOString(),
      startedAt: new Date(end - took * 1_000).toISOString(),
      finishedAt: new Date(end).toISOString(),
    };
    const id = `${kind}-${index}`;
    const row = { id, version: 1, tenantId: "t1", status: "succeeded", ...times, view: { kind, ...times } };
    await store.project("jobs", "u1", row);
  }
}

const make = async (api: TestApi, appId?: string) =>
  (await api.call("POST", "/jobs", { prompt: "a clinic", ...(appId && { appId }) })).json;
const queueOf = async (api: TestApi, id: string) => (await api.call("GET", `/jobs/${id}`)).json.queue;

it("a queued job says about how long it still waits, once the tenant's jobs have shown how long they take", async () => {
  const fresh = testApi({ concurrent: 2 });
  const first = await make(fresh);
  expect(await queueOf(fresh, first.id)).toEqual({ ahead: 0, reason: "waiting for a worker" });

  const api = testApi({ concurrent: 2 });
  await past(api.store, "create", 50, 60, 70);
  const jobs = [await make(api), await make(api), await make(api), await make(api), await make(api)];
  await api.outbox.idle();
  const estimates = [];
  for (const { id } of jobs) estimates.push((await queueOf(api, id)).estimatedSeconds);
  expect(estimates).toEqual([0, 0, 30, 30, 90]); // two have slots, two share the next ones, one comes after
  const later = await make(api, jobs[0].appId);
  expect(await queueOf(api, later.id)).toEqual({
    ahead: 1,
    reason: "1 job before yours in this app",
    estimatedSeconds: 60,
  });
});

it("who has the app is named, with its step; what runs already counts", async () => {
  const api = testApi();
  await past(api.store, "edit", 100, 100, 100);
  const head = await make(api);
  const next = await make(api, head.appId);
  const pk = appPk(head.appId);
  const found = await api.store.read<JobDocument>(pk, jobDocId(head.id));
  const startedAt = new Date(Date.now() - 40_000).toISOString();
  const doc = { ...found?.doc, state: "running", phase: "build", startedAt } as JobDocument;
  await api.store.batch(pk, [{ kind: "replace", doc, etag: found?.etag ?? "" }]);
  const { reason, estimatedSeconds } = await queueOf(api, next.id);
  expect(reason).toBe(`1 job before yours in this app; ${head.id} (create) has it since ${startedAt}, step build`);
  expect(Math.abs(estimatedSeconds - 60)).toBeLessThanOrEqual(1);
});

it("medians are of the kind where enough of it ended, else of all, and are read once a minute", async () => {
  const store = new MemoryStore();
  let reads = 0;
  let ms = Date.now();
  const counted = {
    jobTimes: (tenantId: string, since: string) => {
      reads += 1;
      return store.jobTimes(tenantId, since);
    },
  };
  const durations = new MeasuredDurations(counted, () => ms);
  await past(store, "deploy", 10, 20, 30);
  await past(store, "destroy", 5);
  expect(await durations.median("t1", "deploy")).toBe(20);
  expect(await durations.median("t1", "destroy")).toBe(10); // of all four
  expect(await durations.median("t2", "deploy")).toBeUndefined();
  expect(reads).toBe(2);
  ms += 61_000;
  await durations.median("t1", "deploy");
  expect(reads).toBe(3);
});
