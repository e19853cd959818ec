import { expect, it } from "vitest";
import { tenantLimits } from "../schedule/limits.ts";
import type { JobDocument, OutboxDocument } from "./documents.ts";
import { appPk } from "./documents.ts";
import { Lease } from "./lease.ts";
import { JobLedger } from "./ledger.ts";
import { StoreConflict } from "./store.ts";
import { MemoryStore } from "./testing/memoryStore.ts";

const TENANT = { tenantId: "t1", userId: "u1" };
const LEASE_MS = 40;

async function house() {
  const store = new MemoryStore();
  const notes: OutboxDocument[] = [];
  const dispatch = (all: readonly OutboxDocument[]) => void notes.push(...all);
  const ledger = new JobLedger({ store, limitsOf: tenantLimits(), dispatch });
  const job = await ledger.create(TENANT, { prompt: "clinic" });
  const acquire = (holder: string) => Lease.acquire(job.appId, { store, holder, leaseMs: LEASE_MS, dispatch });
  return { store, ledger, job, notes, acquire };
}

const numbers = async (ledger: JobLedger, job: JobDocument) =>
  (await ledger.events(TENANT, job.jobId, 0)).map((event) => [event.seq, event.message]);

it("of many that take a free lease at once exactly one gets it, with a greater token", async () => {
  const { acquire } = await house();
  const all = await Promise.all(Array.from({ length: 20 }, (_, index) => acquire(`w${index}`)));
  expect(all.filter(Boolean).map((lease) => lease?.token)).toEqual([1]);
});

it("a holder that renews keeps it; one that does not loses it after a lease time", async () => {
  const { acquire } = await house();
  const first = await acquire("w1");
  first?.startRenewing();
  expect(await acquire("w2")).toBeUndefined();
  await first?.release();
  const second = await acquire("w2");
  const third = await acquire("w3");
  expect([second?.token, third?.token]).toEqual([2, 3]);
});

it("a holder that lets go is not waited for any longer", async () => {
  const { store, job, acquire } = await house();
  const first = await acquire("w1");
  const begin = performance.now();
  const next = Lease.acquire(job.appId, { store, leaseMs: 3_600_000, dispatch: () => {}, holder: "w2" });
  await new Promise((resolve) => setTimeout(resolve, 80));
  await first?.release();
  expect((await next)?.token).toBe(2);
  expect(performance.now() - begin).toBeLessThan(2_000);
});

it("a ledger that does not answer in between does not begin the wait anew", async () => {
  const { store, job, acquire } = await house();
  await acquire("w1");
  const read = store.read.bind(store);
  let looks = 0;
  store.read = async (pk, id) => {
    looks += 1;
    if (looks > 1) throw Object.assign(new Error("timeout"), { code: "ETIMEDOUT" });
    return read(pk, id);
  };
  const next = await Lease.acquire(job.appId, { store, leaseMs: 300, dispatch: () => {}, holder: "w2" });
  expect(next?.token).toBe(2);
  expect(looks).toBeGreaterThan(2);
});

it("a holder whose process is proven dead is not waited for; its token is spent all the same", async () => {
  const { store, job, notes } = await house();
  const dispatch = (all: readonly OutboxDocument[]) => void notes.push(...all);
  const dead = { machine: "m", pid: 7, started: "1" };
  const slow = { store, leaseMs: 3_600_000, dispatch };
  const old = await Lease.acquire(job.appId, { ...slow, holder: "w1", process: dead });
  let looks = 0;
  const isGone = (holder: unknown) => {
    expect(holder).toEqual(dead);
    looks += 1;
    return looks === 2; // something that it started still ran at the first look
  };
  const next = await Lease.acquire(job.appId, { ...slow, holder: "w2", isGone });
  expect([next?.token, looks]).toEqual([2, 2]);
  await expect(old?.commit(job.jobId, () => ({ job: { phase: "late" } }))).rejects.toMatchObject({
    code: "LEASE_LOST",
  });
  // The next holder left no process, so the dead one's is not taken for its own.
  expect((await store.read(appPk(job.appId), "lease"))?.doc).not.toHaveProperty("process");
});

it("a worker that lost the lease writes nothing", async () => {
  const { acquire, job, ledger } = await house();
  const old = await acquire("w1");
  await acquire("w2");
  await expect(old?.commit(job.jobId, () => ({ events: [{ type: "log", message: "late" }] }))).rejects.toMatchObject({
    code: "LEASE_LOST",
  });
  expect(old?.lost.aborted).toBe(true);
  expect(await numbers(ledger, job)).toEqual([[1, "Accepted: a new app"]]);
});

it("a write whose answer is lost counts once", async () => {
  const { acquire, job, ledger, store } = await house();
  const lease = await acquire("w1");
  let lose = true;
  store.afterBatch = () => {
    if (lose) {
      lose = false;
      throw Object.assign(new Error("timeout"), { code: "ETIMEDOUT" });
    }
  };
  await lease?.commit(job.jobId, () => ({ events: [{ type: "log", message: "once" }] }));
  await lease?.commit(job.jobId, () => ({ events: [{ type: "log", message: "twice" }] }));
  expect(await numbers(ledger, job)).toEqual([
    [1, "Accepted: a new app"],
    [2, "once"],
    [3, "twice"],
  ]);
});

it("a write that fails before it lands is repeated", async () => {
  const { acquire, job, ledger, store } = await house();
  const lease = await acquire("w1");
  let fail = 2;
  store.onBatch = () => {
    if (fail-- > 0) throw Object.assign(new Error("reset"), { code: "ECONNRESET" });
  };
  await lease?.commit(job.jobId, () => ({ events: [{ type: "log", message: "in the end" }] }));
  expect(await numbers(ledger, job)).toEqual([
    [1, "Accepted: a new app"],
    [2, "in the end"],
  ]);
});

it("worker and API write the same job at once: no number is lost or doubled", async () => {
  const { acquire, job, ledger } = await house();
  const lease = await acquire("w1");
  await lease?.commit(job.jobId, () => ({ moves: ["lease", "start"] }));
  await Promise.all([
    ...Array.from({ length: 30 }, (_, index) =>
      lease?.commit(job.jobId, () => ({ events: [{ type: "log", message: `w${index}` }] })),
    ),
    ledger.requestCancel(TENANT, job.jobId),
    ledger.requestCancel(TENANT, job.jobId),
  ]);
  const all = await numbers(ledger, job);
  expect(all.map(([seq]) => seq)).toEqual(Array.from({ length: 32 }, (_, index) => index + 1));
  expect((await ledger.job(TENANT, job.jobId)).state).toBe("cancelling");
});

it("the end of a job wakes the next of its app and gives the reservation back", async () => {
  const { acquire, job, ledger, notes, store } = await house();
  const next = await ledger.addToApp(TENANT, job.appId, { kind: "edit", prompt: "more" });
  expect(notes.filter((note) => note.kind === "publish").map((note) => note.jobId)).toEqual([job.jobId]);
  const lease = await acquire("w1");
  await lease?.commit(job.jobId, () => ({ moves: ["lease", "start", "succeed"] }));
  expect(notes.filter((note) => note.kind !== "project").map((note) => [note.kind, note.jobId])).toEqual([
    ["publish", job.jobId],
    ["release", job.jobId],
    ["publish", next.jobId],
  ]);
  expect((await store.read<never>(appPk(job.appId), "app"))?.doc).toMatchObject({ active: [next.jobId] });
});

it("a move that is not possible is a bug, and writes nothing", async () => {
  const { acquire, job, ledger } = await house();
  const lease = await acquire("w1");
  await expect(lease?.commit(job.jobId, () => ({ moves: ["succeed"] }))).rejects.toThrow("no succeed in state queued");
  expect((await ledger.job(TENANT, job.jobId)).version).toBe(1);
});

it("gives up after many conflicts in a row instead of trying for ever", async () => {
  const { acquire, job, store } = await house();
  const lease = await acquire("w1");
  store.onBatch = () => {
    throw new StoreConflict("always");
  };
  await expect(lease?.commit(job.jobId, () => ({ events: [] }))).rejects.toMatchObject({ code: "LEDGER_BUSY" });
});
