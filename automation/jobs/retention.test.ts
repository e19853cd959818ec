import { expect, it } from "vitest";
import { tenantLimits } from "../schedule/limits.ts";
import { appPk } from "./documents.ts";
import { Lease } from "./lease.ts";
import { JobLedger } from "./ledger.ts";
import { Retention } from "./retention.ts";
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
  expect(first).toEqual({ jobs: 1, keys: 2, until: "2026-01-01T00:00:00.000Z" });
  const count = async (id: string) => (await ledger.events(TENANT, id, 0)).length;
  expect([await count(old.jobId), await count(open.jobId), await count(young.jobId), await count(fresh.jobId)]).toEqual(
    [0, 1, 3, 1],
  );
  expect(await ledger.job(TENANT, old.jobId)).toMatchObject({ state: "cancelled", trimmed: true, lastSeq: 3 });
  expect(await store.range(appPk(old.appId), "event-", "event-~", 10)).toEqual([]);
  expect(await retention.clean(first.until)).toEqual({ jobs: 0, keys: 0, until: first.until });
});
