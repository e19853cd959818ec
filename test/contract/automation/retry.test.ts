import { setTimeout as sleep } from "node:timers/promises";
import { AutomationError } from "@devfactory/automation/errors.ts";
import type { JobDocument, StepDocument } from "@devfactory/automation/jobs/documents.ts";
import { startRetry } from "@devfactory/automation/jobs/startRetry.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startWorkflowRig, TENANT, type WorkflowRig } from "./workflowRig.ts";

const STEPS = ["validate", "container", "sync", "build", "deploy"] as const;
type StepName = (typeof STEPS)[number];

let rig: WorkflowRig;
let worker: ReturnType<WorkflowRig["startWorker"]>;
beforeAll(async () => {
  rig = await startWorkflowRig();
  rig.at(endThere);
  worker = rig.startWorker();
}, 60_000);
afterAll(async () => {
  await worker.stop();
  await rig[Symbol.asyncDispose]();
}, 60_000);

/** App → the step at whose begin its jobs end. */
const ends = new Map<string, StepName>();

/** By a cancel, or, before the engine would have to look what exists, by a failure. */
async function endThere(step: string, { appId, jobId }: JobDocument, signal: AbortSignal): Promise<void> {
  if (step !== ends.get(appId)) return;
  if (step === "deploy") throw new AutomationError("DEPLOY_FAILED", { reason: "a quota is used up" });
  await rig.cancel(jobId);
  while (!signal.aborted) await sleep(5);
}

/** A deployment of a new app that was stopped when this step began; its later jobs come as far as the deployment. */
async function stoppedAt(step: StepName) {
  const appId = await rig.newApp();
  ends.set(appId, step);
  const job = await rig.ended(await rig.deploy(appId));
  const state = step === "deploy" ? "failed" : "cancelled";
  const steps = job.steps.filter(({ name }) => name !== "cleanup").map(({ name, status }) => [name, status]);
  const reached = STEPS.slice(0, STEPS.indexOf(step) + 1);
  expect([job.state, steps]).toEqual([state, reached.map((name) => [name, name === step ? state : "succeeded"])]);
  ends.set(appId, "deploy");
  return { appId, jobId: job.jobId };
}

const retry = async (jobId: string, fromStep?: string) =>
  (await startRetry(rig.ledger, TENANT, jobId, fromStep === undefined ? {} : { fromStep })).jobId;
const names = async (jobId: string, type: string) => (await rig.told(jobId, type)).map(({ step }) => step);
const records = async (appId: string, jobId: string) =>
  (await rig.store.range<StepDocument>(`app:${appId}`, `step-${jobId}-`, `step-${jobId}~`, 50)).map(({ doc }) => doc);
/** Runs of the registry's tasks for an app, by the real client. */
async function builds(appId: string): Promise<number> {
  let count = 0;
  const { id } = rig.services.registry;
  for await (const { outputImages = [] } of rig.tasks.runs.list("rg-platform", id.split("/").at(-1) ?? ""))
    if (outputImages.some(({ repository }) => repository === `apps/${appId}/nightly`)) count += 1;
  return count;
}
/** Blobs of a job: name → when it was written. */
async function written(jobId: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for await (const { name, properties } of rig.artifacts.listBlobsFlat({ prefix: `${jobId}/` }))
    found.set(name, properties.etag);
  return found;
}

it("every step that a deployment can be stopped at, and every step that its retry can be begun with: exactly the steps before are taken over", async () => {
  const of = async (stopped: StepName) => {
    const { jobId } = await stoppedAt(stopped);
    const found = [];
    for (const from of [undefined, ...STEPS]) {
      const next = await retry(jobId, from).catch((error: { code: string }) => error.code);
      if (next === "RETRY_STEP_TOO_LATE") {
        found.push([stopped, from, next]);
        continue;
      }
      await rig.ended(next);
      found.push([stopped, from, await names(next, "step_reused"), await names(next, "step_started")]);
    }
    return found;
  };
  const found = await Promise.all(STEPS.map(of));
  const wanted = STEPS.map((stopped, at) =>
    [undefined, ...STEPS].map((from) => {
      // Without a name the first step that was not done; a named one that was reached; a later one is refused.
      const begin = from === undefined ? at : STEPS.indexOf(from);
      if (begin > at) return [stopped, from, "RETRY_STEP_TOO_LATE"];
      return [stopped, from, STEPS.slice(0, begin), [...STEPS.slice(begin), "cleanup"]];
    }),
  );
  expect(found).toEqual(wanted);
}, 60_000);

it("replay from build: sync is not done again, the image is built anew; replay from deploy: neither, and the app is deployed with both", async () => {
  const { appId, jobId } = await stoppedAt("deploy");
  const before = { blobs: await written(jobId), builds: await builds(appId) };
  expect([[...before.blobs.keys()].filter((name) => name.includes("/source/")).length, before.builds]).toEqual([5, 1]);

  const rebuilt = await rig.ended(await retry(jobId, "build"));
  expect([await builds(appId), await written(jobId)]).toEqual([2, before.blobs]);
  expect([...(await written(rebuilt.jobId)).keys()]).toEqual([`${rebuilt.jobId}/build-nightly.log`]); // nothing was sent

  ends.delete(appId);
  const done = await rig.ended(await retry(jobId, "deploy"));
  expect([done.state, done.attempts, await builds(appId), await written(jobId)]).toEqual([
    "succeeded",
    1,
    2,
    before.blobs,
  ]);
  expect(done.steps.map(({ name, status, reusedFrom }) => [name, status, reusedFrom])).toEqual([
    ["validate", "skipped", jobId],
    ["container", "skipped", jobId],
    ["sync", "skipped", jobId],
    ["build", "skipped", jobId],
    ["deploy", "succeeded", undefined],
    ["cleanup", "succeeded", undefined],
  ]);
  // The evidence is the same, in this job's own records, and so are the files that people may download.
  const [own, first] = [await records(appId, done.jobId), await records(appId, jobId)];
  for (const step of ["validate", "container", "sync", "build"]) {
    const of = (all: readonly StepDocument[]) => all.find((each) => each.step === step)?.evidence;
    expect([step, of(own)]).toEqual([step, of(first)]);
  }
  expect(done.artifacts.map(({ name, blob }) => [name, blob])).toEqual([
    ["source.zip", `${jobId}/source.zip`],
    ["build-nightly.log", `${jobId}/build-nightly.log`],
  ]);
  const built = first.find(({ step }) => step === "build")?.evidence;
  expect(built).toMatchObject({ images: (await rig.ledger.app(TENANT, appId)).images ?? {} });
  await expect(retry(done.jobId)).rejects.toMatchObject({ code: "WRONG_STATE", details: { status: "succeeded" } });
  const [event] = await rig.told(done.jobId, "job_created");
  expect(event?.message).toBe(`Accepted: a deployment of the app's source, as a retry of ${jobId} from deploy`);
}, 60_000);

it("a retry of a retry takes over what the first one took over", async () => {
  const { jobId } = await stoppedAt("build");
  const second = (await rig.ended(await retry(jobId))).jobId;
  const third = (await rig.ended(await retry(second))).jobId;
  expect(await rig.told(third, "step_reused")).toEqual(
    ["validate", "container", "sync", "build"].map((step) => ({
      type: "step_reused",
      step,
      message: `${step} was done by ${second}, and that still stands`,
    })),
  );
}, 60_000);

it.each([
  {
    gone: "a file of its source",
    step: "sync",
    reason: "1 of 5 files are not there any more",
    remove: async ({ jobId }: { jobId: string }) =>
      void (await rig.artifacts.getBlobClient(`${jobId}/source/part/one.txt`).delete()),
  },
  {
    gone: "its archive",
    step: "sync",
    reason: "its archives are not there any more",
    remove: async ({ jobId }: { jobId: string }) =>
      void (await rig.artifacts.getBlobClient(`${jobId}/source.zip`).delete()),
  },
  {
    gone: "its image",
    step: "build",
    reason: "the registry does not have the image of nightly any more",
    remove: async ({ appId }: { appId: string }) => {
      const { imageRegistry } = await import("@devfactory/automation/care/images.ts");
      const registry = imageRegistry(rig.services.registry.loginServer, rig.credential);
      for (const { digest } of await registry.images(`apps/${appId}/nightly`))
        await registry.remove(`apps/${appId}/nightly`, digest);
    },
  },
] as const)(
  "when $gone is gone, $step and all after it are done again, and that is said",
  async ({ step, reason, remove }) => {
    const stopped = await stoppedAt("deploy");
    await remove(stopped);
    // Also when somebody named a later step: people want the app, not an excuse.
    const next = (await rig.ended(await retry(stopped.jobId, "deploy"))).jobId;
    const at = STEPS.indexOf(step);
    expect([await names(next, "step_reused"), await names(next, "step_started")]).toEqual([
      STEPS.slice(0, at),
      [...STEPS.slice(at), "cleanup"],
    ]);
    expect(await rig.told(next, "step_repeated")).toEqual([
      { type: "step_repeated", step, message: `${step} is done again: ${reason}` },
    ]);
  },
  60_000,
);

it("what was changed of the app meanwhile makes the first step that reads it new work", async () => {
  const { appId, jobId } = await stoppedAt("deploy");
  const stored = await rig.store.read<never>(`app:${appId}`, "app");
  const doc = { ...(stored?.doc as unknown as Record<string, unknown>), title: "Another name" };
  await rig.store.batch(`app:${appId}`, [{ kind: "replace", doc: doc as never, etag: stored?.etag ?? "" }]);
  const next = (await rig.ended(await retry(jobId))).jobId;
  expect([await names(next, "step_reused"), (await rig.told(next, "step_repeated"))[0]?.message]).toEqual([
    [],
    "validate is done again: it is asked for something else now",
  ]);
}, 60_000);
