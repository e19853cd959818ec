import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { AutomationError } from "../errors.ts";
import type { JobDocument, StepDocument } from "../jobs/documents.ts";
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

async function open(reuses?: JobDocument["reuses"], store = new MemoryStore(), appId?: string) {
  const dispatch = () => {};
  const ledger = new JobLedger({ store, limitsOf: tenantLimits(), dispatch });
  const made = appId
    ? await ledger.addToApp(TENANT, appId, { kind: "deploy", prompt: "again", ...(reuses && { reuses }) })
    : await ledger.create(TENANT, { prompt: "clinic" });
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
  /** The job is over: the app's next one may run. */
  const fail = async () => {
    await session.commit(() => ({ moves: ["fail"] }));
    await lease.release();
  };
  return { session, events, records, controller, store, fail, made, job: () => ledger.job(TENANT, made.jobId) };
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

/** A step of the workflow that counts its runs; `stands` is what a look at its evidence says. */
function counted(name: string, stands: () => Promise<string | undefined> = async () => undefined) {
  const runs: number[] = [];
  const step: Step<{ readonly n: number }, { readonly twice: number }> = {
    name,
    timeoutMs: 1_000,
    run: async ({ n }) => {
      runs.push(n);
      return { twice: n * 2 };
    },
    outdated: stands,
  };
  return { step, runs };
}

/** A job that has done `container` and `sync`, and the session of one that does it again. */
async function retried(reuse: { readonly fromStep?: string } = {}) {
  const first = await open();
  for (const name of ["container", "sync"]) await first.session.step(counted(name).step, { n: 2 });
  await first.fail();
  const { jobId, appId } = first.made;
  return { jobId, ...(await open({ jobId, ...reuse }, first.store, appId)) };
}

it("a step of the retried job that stands is taken over, and a second attempt knows it", async () => {
  const { session, jobId, events, job } = await retried();
  const { step, runs } = counted("sync");
  expect([await session.step(step, { n: 2 }), await session.step(step, { n: 2 }), runs]).toEqual([
    { twice: 4 },
    { twice: 4 },
    [],
  ]);
  await session.flush();
  expect((await events()).slice(1)).toEqual([
    `step_reused: sync was done by ${jobId}, and that still stands`,
    "step_skipped: sync was done before",
  ]);
  expect((await job()).steps).toMatchObject([{ name: "sync", status: "skipped", reusedFrom: jobId }]);
});

it.each([
  ["another input", 3, async () => undefined, "it is asked for something else now"],
  ["what is gone", 2, async () => "it is gone", "it is gone"],
  ["what cannot be looked at", 2, () => Promise.reject(new Error("no route")), "it could not be looked at (no route)"],
])("%s: the step is done again, and so is what follows, although that would stand", async (_, n, stands, reason) => {
  const { session, events } = await retried();
  const [container, sync] = [counted("container", stands), counted("sync")];
  await session.step(container.step, { n });
  await session.step(sync.step, { n: 2 });
  expect([container.runs, sync.runs]).toEqual([[n], [2]]);
  expect((await events())[1]).toBe(`step_repeated: container is done again: ${reason}`);
});

it("the named step is done although it would stand, and what is before it is taken over", async () => {
  const { session } = await retried({ fromStep: "sync" });
  const [container, sync] = [counted("container"), counted("sync")];
  await session.step(container.step, { n: 2 });
  await session.step(sync.step, { n: 2 });
  expect([container.runs, sync.runs]).toEqual([[], [2]]);
});

it("a cancel during the look ends the job: it is no reason to do the step again", async () => {
  const { session, controller } = await retried();
  const { step, runs } = counted("sync", async () => {
    controller.abort(new AutomationError("CANCELLED"));
    throw new Error("aborted");
  });
  await expect(session.step(step, { n: 2 })).rejects.toMatchObject({ code: "CANCELLED" });
  expect(runs).toEqual([]);
});
