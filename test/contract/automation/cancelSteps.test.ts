import { setTimeout as sleep } from "node:timers/promises";
import type { AutomationError } from "@devfactory/automation/errors.ts";
import { appPk, stepDocId } from "@devfactory/automation/jobs/documents.ts";
import { Lease } from "@devfactory/automation/jobs/lease.ts";
import type { LedgerStore } from "@devfactory/automation/jobs/store.ts";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { BUDGET_MS, startWorkflowRig, TENANT, type WorkflowRig } from "./workflowRig.ts";

let rig: WorkflowRig;
let worker: ReturnType<WorkflowRig["startWorker"]>;
beforeAll(async () => {
  rig = await startWorkflowRig();
  worker = rig.startWorker();
}, 60_000);
afterAll(async () => {
  await worker.stop();
  await rig[Symbol.asyncDispose]();
}, 60_000);

const UNTOUCHED = "Stopped. What exists stays until you deploy again or destroy it.";

/** Cancels a job when this step begins, twice; the step's work sees the stopped signal. */
function cancelAt(step: string): void {
  rig.at(async (name, { jobId }, signal) => {
    if (name !== step) return;
    const { cancel } = await rig.cancel(jobId);
    expect((await rig.cancel(jobId)).cancel).toEqual(cancel);
    if (name !== "cleanup") while (!signal.aborted) await sleep(5);
  });
}

/** How a stopped job ended, and that nothing holds its app any more. */
async function stopped(appId: string, jobId: string) {
  const job = await rig.ended(jobId);
  const { outcome, message, requestedAt = "" } = job.cancel ?? {};
  expect(Date.parse(job.finishedAt ?? "") - Date.parse(requestedAt)).toBeLessThan(BUDGET_MS);
  await vi.waitFor(async () => {
    expect(await rig.held(appId)).toEqual({ holder: null, active: 0, place: undefined });
  });
  expect([rig.remains(appId), (await rig.ledger.app(TENANT, appId)).openedBy ?? []]).toEqual([[], []]);
  const error = await rig.cancel(jobId).catch((reason: AutomationError) => reason.code);
  expect(error).toBe("WRONG_STATE"); // it is over
  return { state: job.state, outcome, message, steps: job.steps.map(({ name, status }) => `${name} ${status}`) };
}

it("at the begin of each step of an app's life: it ends there, or the race is lost; the outcome is told, and the next job of the app starts", async () => {
  const appId = await rig.newApp();
  // Each job is the next one of the one before.
  const steps = ["validate", "container", "sync", "build", "deploy"];
  for (const [index, step] of steps.entries()) {
    cancelAt(step);
    expect(await stopped(appId, await rig.deploy(appId))).toEqual({
      state: "cancelled",
      outcome: "confirmed",
      message: step === "deploy" ? "Stopped. Nothing exists of it." : UNTOUCHED,
      steps: [...steps.slice(0, index).map((name) => `${name} succeeded`), `${step} cancelled`, "cleanup succeeded"],
    });
  }
  cancelAt("cleanup");
  const live = await rig.deploy(appId);
  expect(await stopped(appId, live)).toEqual({
    state: "succeeded",
    outcome: "raced-succeeded",
    message: "It was already done: everything is there.",
    steps: [...steps, "cleanup"].map((name) => `${name} succeeded`),
  });

  const exists = "Stopped. 1 resources exist (about 0.00 USD a month): group. Destroy the app or deploy again.";
  for (const [kind, message] of [
    ["drift", UNTOUCHED],
    ["repair", exists],
    ["destroy", exists],
  ] as const) {
    cancelAt(kind);
    expect(await stopped(appId, await rig.add(appId, { kind, prompt: kind }))).toEqual({
      state: "cancelled",
      outcome: "confirmed",
      message,
      steps: [`${kind} cancelled`, "cleanup succeeded"],
    });
  }
  cancelAt("cleanup");
  await rig.bring(appId, { "notes.txt": "" }); // says nothing of itself
  const failed = await stopped(appId, await rig.deploy(appId));
  expect([failed.state, failed.outcome, failed.steps]).toEqual([
    "failed",
    "raced-failed",
    ["validate failed", "cleanup succeeded"],
  ]);
  expect(failed.message).toMatch(/^It had failed before: Nothing in /);
  const app = await rig.ledger.app(TENANT, appId);
  expect([app.status, app.deployment]).toEqual(["live", live]); // as before
}, 120_000);

it("at the begin of the planning of a new app", async () => {
  cancelAt("plan");
  const { appId, jobId } = await rig.ledger.create(TENANT, { prompt: "a clinic" });
  expect(await stopped(appId, jobId)).toEqual({
    state: "cancelled",
    outcome: "confirmed",
    message: UNTOUCHED,
    steps: ["plan cancelled", "cleanup succeeded"],
  });
}, 30_000);

it("before the start: behind another job it ends at once, nothing of it ran, and its place is free", async () => {
  const appId = await rig.newApp();
  const gate = Promise.withResolvers<void>();
  rig.at(async (step) => {
    if (step === "validate") await gate.promise;
  });
  const first = await rig.deploy(appId);
  await vi.waitFor(async () => expect((await rig.job(first)).state).toBe("running"), 10_000);
  const behind = await rig.add(appId, { kind: "destroy", prompt: "" });
  const { state, cancel } = await rig.cancel(behind);
  expect([state, cancel?.outcome, cancel?.message]).toEqual([
    "cancelled",
    "confirmed",
    "Stopped. Nothing was running.",
  ]);
  await expect(rig.cancel(behind)).rejects.toMatchObject({ code: "WRONG_STATE", details: { status: "cancelled" } });
  await rig.cancel(first);
  gate.resolve();
  await stopped(appId, first);
  expect([(await rig.job(behind)).steps, (await rig.job(behind)).attempts]).toEqual([[], 0]);
}, 30_000);

/** A worker took the job, opened its stack, and is never heard of again. */
async function dieInDeploy(appId: string, jobId: string): Promise<void> {
  const { store, outbox } = rig;
  const lease = await Lease.acquire(appId, { store, holder: "dead", leaseMs: 3_000, dispatch: outbox.dispatch });
  if (!lease) throw new Error("somebody else has the lease");
  const at = new Date().toISOString();
  const id = stepDocId(jobId, "deploy", 1);
  const step = { id, pk: appPk(appId), schema: 1, type: "step", jobId, step: "deploy", attempt: 1 } as const;
  await lease.commit(jobId, () => ({
    moves: ["lease", "start"],
    job: { attempts: 1, startedAt: at },
    app: { openedBy: ["a-dead-machine"] },
    steps: [{ ...step, inputHash: "x", status: "running", startedAt: at }],
  }));
}

it("during the recovery after a death: what is left is looked at, and then it ends", async () => {
  await worker.stop();
  const appId = await rig.newApp();
  const jobId = await rig.deploy(appId);
  await dieInDeploy(appId, jobId);
  let asked = false;
  const store = watched(rig.store, async (prefix) => {
    if (asked || !prefix.startsWith(`step-${jobId}`)) return;
    asked = true;
    await rig.cancel(jobId);
  });
  worker = rig.startWorker({ store });
  const { state, outcome, message } = await stopped(appId, jobId);
  expect([state, outcome, message]).toEqual(["cancelled", "confirmed", "Stopped. Nothing exists of it."]);
  expect((await rig.told(jobId, "step_started", "recovery", "recovered")).map(({ type }) => type)).toEqual([
    "recovery",
    "recovered",
  ]);
  cancelAt("validate"); // the next job starts
  const next = await stopped(appId, await rig.deploy(appId));
  expect(next.steps).toEqual(["validate cancelled", "cleanup succeeded"]);
}, 60_000);

/** The store, with an ear at its lists. */
function watched(store: LedgerStore, onRange: (prefix: string) => Promise<void>): LedgerStore {
  return new Proxy(store, {
    get(of, name) {
      const found = Reflect.get(of, name, of) as unknown;
      if (typeof found !== "function") return found;
      if (name !== "range") return found.bind(of) as unknown;
      return async (...args: unknown[]) => {
        await onRange(String(args[1]));
        return (await Reflect.apply(found, of, args)) as unknown;
      };
    },
  });
}
