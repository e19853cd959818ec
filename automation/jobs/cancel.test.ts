import { expect, it } from "vitest";
import { tenantLimits } from "../schedule/limits.ts";
import { JobLedger } from "./ledger.ts";
import { MemoryStore } from "./testing/memoryStore.ts";
import { toJobView } from "./view.ts";

const TENANT = { tenantId: "t1", userId: "u1" };

async function open() {
  const store = new MemoryStore();
  const ledger = new JobLedger({ store, limitsOf: tenantLimits(), dispatch: () => {} });
  return { store, ledger, job: await ledger.create(TENANT, { prompt: "clinic" }) };
}

it("a request that the ledger does not take is told as not placed, and the job goes on", async () => {
  const { store, ledger, job } = await open();
  store.onBatch = () => {
    throw new Error("no route");
  };
  await expect(ledger.requestCancel(TENANT, job.jobId)).rejects.toMatchObject({
    code: "CANCEL_NOT_PLACED",
    message: "The request was not placed (request-failed), so the job goes on: no route",
  });
  store.onBatch = () => {};
  expect(await ledger.job(TENANT, job.jobId)).toEqual(job);
});

it("a request whose answer was lost is placed", async () => {
  const { store, ledger, job } = await open();
  store.afterBatch = () => {
    store.afterBatch = () => {};
    throw new Error("no answer");
  };
  expect((await ledger.requestCancel(TENANT, job.jobId)).cancel?.outcome).toBe("confirmed");
});

it("before the start nothing was running; asked twice it is one request, and a foreign job does not exist", async () => {
  const { ledger, job } = await open();
  await expect(ledger.requestCancel({ tenantId: "t2", userId: "u2" }, job.jobId)).rejects.toMatchObject({
    code: "JOB_NOT_FOUND",
  });
  const { state, cancel } = await ledger.requestCancel(TENANT, job.jobId);
  expect([state, cancel?.outcome, cancel?.message]).toEqual([
    "cancelled",
    "confirmed",
    "Stopped. Nothing was running.",
  ]);
  await expect(ledger.requestCancel(TENANT, job.jobId)).rejects.toMatchObject({ code: "WRONG_STATE" });
});

it("a request that a worker has not answered within the budget is shown as still pending", async () => {
  const { job } = await open();
  const cancel = { requestedAt: "2026-01-01T00:00:00.000Z", by: "u1" };
  const asked = { ...job, state: "cancelling", cancel } as const;
  const at = Date.parse(cancel.requestedAt);
  expect(toJobView(asked, at + 299_999).cancel).toEqual(cancel);
  expect(toJobView(asked, at + 300_000).cancel).toEqual({
    ...cancel,
    outcome: "still-pending",
    message: "Still stopping; Azure may finish it. Follow it here: another worker takes over.",
  });
  expect(toJobView({ ...asked, finishedAt: "2026-01-01T01:00:00.000Z" }, at + 300_000).cancel).toEqual(cancel);
});
