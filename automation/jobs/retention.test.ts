import { expect, it } from "vitest";
import { tenantLimits } from "../schedule/limits.ts";
import { MemoryContainer } from "../source/testing/memoryContainer.ts";
import { type AppDocument, appPk, type JobDocument, type JobKind, jobDocId } from "./documents.ts";
import { Lease } from "./lease.ts";
import { JobLedger } from "./ledger.ts";
import { Retention } from "./retention.ts";
import type { JobState } from "./states.ts";
import { MemoryStore } from "./testing/memoryStore.ts";

const DAY_MS = 86_400_000;
const START = Date.parse("2026-01-01T00:00:00Z");
const TENANT = { tenantId: "t", userId: "u" };

it("events and steps of jobs that ended 90 days ago go, the job stays; keys go after a day; what runs is left alone", async () => {
  const store = new MemoryStore();
  let now = START;
  const dispatch = () => {};
  const ledger = new JobLedger({ store, limitsOf: tenantLimits(), dispatch, now: () => now });
  const old = await ledger.create(TENANT, { prompt: "old", idempotencyKey: "k1" });
  await ledger.requestCancel(TENANT, old.jobId);
  const open = await ledger.create(TENANT, { prompt: "open" });
  const lease = await Lease.acquire(open.appId, { store, holder: "w", leaseMs: 1_000, dispatch });
  await lease?.commit(open.jobId, () => ({ moves: ["lease", "start"] }));
  now = START + 50 * DAY_MS;
  const young = await ledger.create(TENANT, { prompt: "young", idempotencyKey: "k2" });
  await ledger.requestCancel(TENANT, young.jobId);
  now = START + 91 * DAY_MS;
  const fresh = await ledger.create(TENANT, { prompt: "fresh", idempotencyKey: "k3" });
  const chores = { take: async () => undefined, reached: async () => {} };
  const log = { info: () => {}, warn: () => {} };
  const retention = new Retention({ store, chores, log, now: () => now });
  const first = await retention.clean();
  expect(first).toEqual({ jobs: 1, artifacts: 0, keys: 2, until: "2026-01-01T00:00:00.000Z" });
  const count = async (id: string) => (await ledger.events(TENANT, id, 0)).length;
  expect([await count(old.jobId), await count(open.jobId), await count(young.jobId), await count(fresh.jobId)]).toEqual(
    [0, 1, 3, 1],
  );
  expect(await ledger.job(TENANT, old.jobId)).toMatchObject({ state: "cancelled", trimmed: true, lastSeq: 3 });
  expect(await store.range(appPk(old.appId), "event-", "event-~", 10)).toEqual([]);
  expect(await retention.clean(first.until)).toEqual({ jobs: 0, artifacts: 0, keys: 0, until: first.until });
});

it("of jobs that ended 31 days ago the artifacts go, but never those of what is live or was frozen", async () => {
  const store = new MemoryStore();
  let now = START;
  const dispatch = () => {};
  const ledger = new JobLedger({ store, limitsOf: tenantLimits(), dispatch, now: () => now });
  const container = new MemoryContainer();
  const add = async (day: number, state: JobState, appId?: string, kind?: JobKind) => {
    now = START + day * DAY_MS;
    const job = await ledger.create(TENANT, { prompt: "app", ...(appId && { appId }) });
    const pk = appPk(job.appId);
    const [found, app] = [
      await store.read<JobDocument>(pk, jobDocId(job.jobId)),
      await store.read<AppDocument>(pk, "app"),
    ];
    const finishedAt = new Date(now).toISOString();
    const blob = `${job.jobId}/frontend.zip`;
    const artifact = { name: "frontend.zip", blob, contentType: "application/zip", bytes: 1, sha256: "0" };
    const doc = { ...job, state, finishedAt, artifacts: [artifact], kind: kind ?? job.kind } satisfies JobDocument;
    await store.batch(pk, [
      { kind: "replace", doc, etag: found?.etag ?? "" },
      { kind: "replace", doc: { ...app?.doc, active: [] } as unknown as AppDocument, etag: app?.etag ?? "" },
    ]);
    container.blobs.set(blob, { content: Buffer.from("x"), contentType: "application/zip" });
    return job;
  };
  const first = await add(0, "finalized");
  const { appId } = first;
  const second = await add(1, "succeeded", appId);
  const failed = await add(2, "failed", appId);
  const live = await add(3, "succeeded", appId);
  const looked = await add(4, "succeeded", appId, "drift");
  const young = await add(20, "failed", appId);
  const destroyed = await add(0, "succeeded");
  const removal = await add(1, "succeeded", destroyed.appId, "destroy");
  const names = (...jobs: readonly JobDocument[]) => jobs.map(({ jobId }) => `${jobId}/frontend.zip`).sort();
  expect([...container.blobs.keys()].sort()).toEqual(
    names(first, second, failed, live, looked, young, destroyed, removal),
  );
  now = START + 35.5 * DAY_MS;
  const chores = { take: async () => undefined, reached: async () => {} };
  const log = { info: () => {}, warn: () => {} };
  const artifacts = container.client();
  const retention = new Retention({ store, chores, log, artifacts, keepDays: 31, now: () => now });
  expect(await retention.clean()).toMatchObject({ jobs: 7, artifacts: 5 });
  expect([...container.blobs.keys()].sort()).toEqual(names(first, live, young));
  expect((await ledger.job(TENANT, failed.jobId)).artifacts).toEqual([]);

  // A newer version takes its place: what was live is old now, and goes with the next job that is trimmed.
  await add(36, "succeeded", appId);
  now = START + 60 * DAY_MS;
  expect(await retention.clean()).toMatchObject({ artifacts: 2 });
  expect([...container.blobs.keys()].some((name) => name.startsWith(live.jobId))).toBe(false);
});

it("what a retry took over stays as long as its own artifacts, although the job that made it is old; then both go", async () => {
  const store = new MemoryStore();
  let now = START;
  const ledger = new JobLedger({ store, limitsOf: tenantLimits(), dispatch: () => {}, now: () => now });
  const container = new MemoryContainer();
  const { appId, jobId: first } = await ledger.create(TENANT, { prompt: "app" });
  const pk = appPk(appId);
  const end = async (jobId: string, state: JobState, blobs: readonly string[]) => {
    const found = await store.read<JobDocument>(pk, jobDocId(jobId));
    if (!found) throw new Error("no job");
    const artifacts = blobs.map((blob) => ({ name: blob, blob, contentType: "x", bytes: 1, sha256: "0" }));
    const doc = { ...found.doc, state, artifacts, finishedAt: new Date(now).toISOString() };
    await store.batch(pk, [{ kind: "replace", doc, etag: found.etag }]);
    for (const name of blobs) container.blobs.set(name, { content: Buffer.from("x"), contentType: "x" });
  };
  const [source, log] = [`${first}/source.zip`, `${first}/build-web.log`];
  await end(first, "failed", [source, log]);
  now = START + 40 * DAY_MS;
  const { jobId: retry } = await ledger.addToApp(TENANT, appId, { kind: "edit", prompt: "again" });
  const own = `${retry}/build-web.log`;
  await end(retry, "succeeded", [source, own]);
  const chores = { take: async () => undefined, reached: async () => {} };
  const quiet = { info: () => {}, warn: () => {} };
  const artifacts = container.client();
  const retention = new Retention({ store, chores, log: quiet, artifacts, keepDays: 31, now: () => now });
  expect(await retention.clean()).toMatchObject({ jobs: 1, artifacts: 1 });
  expect([...container.blobs.keys()].sort()).toEqual([source, own].sort());

  const { jobId: later } = await ledger.addToApp(TENANT, appId, { kind: "edit", prompt: "newer" });
  await end(later, "succeeded", []);
  now = START + 80 * DAY_MS;
  expect(await retention.clean()).toMatchObject({ artifacts: 2 });
  expect([...container.blobs.keys()]).toEqual([]);
});
