import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { AutomationError } from "../errors.ts";
import type { StepDocument } from "../jobs/documents.ts";
import { appPk } from "../jobs/documents.ts";
import { Lease } from "../jobs/lease.ts";
import { JobLedger } from "../jobs/ledger.ts";
import { MemoryStore } from "../jobs/testing/memoryStore.ts";
import { Redactor } from "../redact.ts";
import { tenantLimits } from "../schedule/limits.ts";
import { JobSession } from "./jobSession.ts";
import type { WorkflowServices } from "./services.ts";
import type { Step } from "./step.ts";

const TENANT = { tenantId: "t1", userId: "u1" };

async function open() {
  const store = new MemoryStore();
  const dispatch = () => {};
  const ledger = new JobLedger({ store, limitsOf: tenantLimits(), dispatch });
  const made = await ledger.create(TENANT, { prompt: "clinic" });
  const lease = await Lease.acquire(made.appId, { store, holder: "w", leaseMs: 60_000, dispatch });
  if (!lease) throw new Error("no lease");
  const job = await lease.commit(made.jobId, () => ({ moves: ["lease", "start"], job: { attempts: 1 } }));
  const redactor = new Redactor();
  redactor.add("hunter2-secret");
  const controller = new AbortController();
  const services = {} as WorkflowServices;
  const session = new JobSession({
    lease,
    store,
    job,
    app: await lease.app(),
    services,
    redactor,
    signal: controller.signal,
  });
  const events = async () =>
    (await ledger.events(TENANT, made.jobId, 0, 1_000)).map((event) => `${event.type}: ${event.message}`);
  const records = async () =>
    (await store.range<StepDocument>(appPk(made.appId), "step-", "step-~", 10)).map(({ doc }) => doc);
  return { session, events, records, controller, store, job: () => ledger.job(TENANT, made.jobId) };
}

const double: Step<{ readonly n: number }, { readonly twice: number }> = {
  name: "sync",
  timeoutMs: 1_000,
  run: async ({ n }, { report }) => {
    report({ type: "log", message: `doubling with hunter2-secret` });
    return { twice: n * 2 };
  },
};

it("a step leaves its evidence; done before with the same input it is not run again", async () => {
  const { session, events, records } = await open();
  expect(await session.step(double, { n: 2 })).toEqual({ twice: 4 });
  expect(await session.step(double, { n: 2 })).toEqual({ twice: 4 });
  await session.flush();
  expect(await events()).toEqual([
    "job_created: Accepted: a new app",
    "step_started: sync started",
    "log: doubling with [secret:value]",
    "step_finished: sync succeeded",
    "step_skipped: sync was done before",
  ]);
  expect(await records()).toMatchObject([{ step: "sync", attempt: 1, status: "succeeded", evidence: { twice: 4 } }]);
});

it("another input is other work", async () => {
  const { session } = await open();
  expect([await session.step(double, { n: 1 }), await session.step(double, { n: 5 })]).toEqual([
    { twice: 2 },
    { twice: 10 },
  ]);
});

it.each<[string, Step<object, object>, string, string]>([
  [
    "throws",
    { ...double, run: () => Promise.reject(new AutomationError("NO_SOURCE", { service: "web", source: "." })) },
    "NO_SOURCE",
    "failed",
  ],
  [
    "throws late",
    { ...double, run: () => sleep(5).then(() => Promise.reject(new TypeError("x"))) },
    "INTERNAL",
    "failed",
  ],
  [
    "never ends",
    { ...double, timeoutMs: 20, run: (_input, { signal }) => sleep(5_000, {}, { signal }) },
    "STEP_TIMEOUT",
    "failed",
  ],
  [
    "ignores its timeout's abort but fails",
    { ...double, timeoutMs: 5, run: () => sleep(20).then(() => Promise.reject(new Error("late"))) },
    "STEP_TIMEOUT",
    "failed",
  ],
])("a step that %s fails, with a record that says why", async (_case, step, code, status) => {
  const { session, records, job } = await open();
  await expect(session.step(step, {})).rejects.toBeInstanceOf(Error);
  expect(await records()).toMatchObject([{ status, error: { code, step: "sync" } }]);
  expect((await job()).steps).toMatchObject([{ name: "sync", status }]);
});

it("a cancelled step is cancelled, not failed, even if it returns a result", async () => {
  const { session, controller, records } = await open();
  const stubborn = { ...double, run: async () => sleep(20, { twice: 1 }) };
  const running = session.step(stubborn, { n: 1 });
  controller.abort(new AutomationError("CANCELLED"));
  await expect(running).rejects.toMatchObject({ code: "CANCELLED" });
  expect((await records()).map((record) => record.status)).not.toContain("succeeded");
  await expect(session.step(double, { n: 1 })).rejects.toMatchObject({ code: "CANCELLED" });
});

it("many events arrive all, in order, in few writes", async () => {
  const { session, events, store } = await open();
  let writes = 0;
  store.onBatch = () => {
    writes += 1;
  };
  for (let index = 0; index < 500; index++) session.report({ type: "log", message: `${index}` });
  await session.flush();
  expect((await events()).slice(1)).toEqual(Array.from({ length: 500 }, (_, index) => `log: ${index}`));
  expect(writes).toBeLessThan(30);
});

it("events of a write that failed are in the next one", async () => {
  const { session, events, store } = await open();
  session.report({ type: "log", message: "kept" });
  store.onBatch = () => {
    throw new RangeError("a bug");
  };
  await expect(session.flush()).rejects.toThrow("a bug");
  store.onBatch = () => {};
  await session.flush();
  expect((await events()).slice(1)).toEqual(["log: kept"]);
});
