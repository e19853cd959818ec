import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { long } from "../../long.ts";
import { Rig } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
}, 120_000);
afterEach(() => rig.killMachine());
afterAll(() => rig[Symbol.asyncDispose](), 60_000);

/** Steps of a cancel that a test can wait for. */
const QUICK = { CHAOS_ESCALATION: "[4000,1500,1500]", DEVFACTORY_LEASE_MS: "4000" };
const ONE_BY_ONE = { method: "PUT", delayMs: 1_500, count: 500 };

/** Waits until so many identities of an app exist. */
async function made(appId: string, count: number): Promise<void> {
  const ids = () => rig.emulator.context.resources.list("Microsoft.ManagedIdentity/userAssignedIdentities");
  const own = () => ids().filter(({ id }) => id.toLowerCase().includes(`/rg-${appId}/`));
  await vi.waitFor(() => expect(own().length).toBeGreaterThanOrEqual(count), { timeout: 90_000, interval: 20 });
}

it("a deployment that obeys: it stops, says what is left with ids and cost, and leaves no lock; asked twice it is one request", async () => {
  const appId = await rig.newApp();
  await rig.startWorker(QUICK);
  await rig.disturb({ ...ONE_BY_ONE, path: appId });
  const jobId = await rig.add(appId, "deploy", "chain 1");
  await made(appId, 2);
  const asked = await rig.cancel(jobId);
  expect((await rig.cancel(jobId)).cancel).toEqual(asked.cancel);
  const job = await rig.ended(jobId);
  const { outcome, message = "", leftovers } = job.cancel ?? {};
  expect([job.state, outcome, rig.remains(appId)]).toEqual(["cancelled", "confirmed", []]);
  const ids = rig
    .state(appId)
    .resources.flatMap(({ id, type }) => (id && type.startsWith("azure-native:") ? [id] : []));
  expect(leftovers?.resources.map(({ id }) => id)).toEqual(ids);
  expect([leftovers?.count, leftovers?.planned, leftovers?.monthlyUsd]).toEqual([ids.length, 10, 0]);
  expect(message).toMatch(
    /^Stopped\. [34] of 10 resources exist \(about 0\.00 USD a month\): group, id-1, id-2.*\. Destroy the app or deploy again\.$/,
  );
  await expect(rig.cancel(jobId)).rejects.toMatchObject({ code: "WRONG_STATE", details: { status: "cancelled" } });

  await rig.calm();
  const again = await rig.ended(await rig.add(appId, "deploy", "chain 1"));
  expect([again.state, again.attempts]).toEqual(["succeeded", 1]);
  await expect(rig.cancel(again.jobId)).rejects.toMatchObject({
    code: "WRONG_STATE",
    details: { status: "succeeded" },
  });
}, 180_000);

it("a deployment that does not obey is stopped by force within its budget, and its state is whole", async () => {
  const appId = await rig.newApp();
  await rig.startWorker(QUICK);
  await rig.disturb({ method: "PUT", path: `/id-3-${appId}`, holdMs: 600_000 });
  const jobId = await rig.add(appId, "deploy", "chain 1");
  await made(appId, 3);
  const begin = performance.now();
  await rig.cancel(jobId);
  const job = await rig.ended(jobId);
  expect(performance.now() - begin).toBeLessThan(60_000);
  expect([job.state, job.cancel?.outcome, rig.remains(appId)]).toEqual(["cancelled", "confirmed", []]);
  // What Azure made without an answer was found by its name: nobody pays for it unknowingly.
  expect(job.cancel?.leftovers?.resources.map(({ name }) => name)).toEqual(["group", "id-1", "id-2", "id-3"]);
  expect((await rig.app(appId)).openedBy).toEqual([]);
}, 180_000);

long(
  "what somebody else removed meanwhile is said to be removed",
  async () => {
    const appId = await rig.newApp();
    await rig.startWorker(QUICK);
    await rig.disturb({ ...ONE_BY_ONE, path: appId });
    const jobId = await rig.add(appId, "deploy", "chain 1");
    await made(appId, 2);
    await rig.cancel(jobId);
    await rig.azure.resourceGroups.beginDeleteAndWait(`rg-${appId}`);
    const job = await rig.ended(jobId);
    expect([job.state, job.cancel?.outcome, job.cancel?.leftovers?.count]).toEqual(["cancelled", "raced-deleted", 0]);
    expect(job.cancel?.message).toMatch(
      new RegExp(`^Removed by someone else, seen at \\S+Z: \\S+/resourceGroups/rg-${appId}$`),
    );
  },
  180_000,
);

long(
  "a worker that does not answer: another one takes over, looks at what is left and ends the job",
  async () => {
    const appId = await rig.newApp();
    const first = await rig.startWorker(QUICK);
    await rig.disturb({ ...ONE_BY_ONE, path: appId });
    const jobId = await rig.add(appId, "deploy", "chain 1");
    await made(appId, 2);
    process.kill(first.pid ?? 0, "SIGSTOP");
    await rig.cancel(jobId);
    await rig.startWorker(QUICK);
    const job = await rig.ended(jobId);
    expect([job.state, job.cancel?.outcome, rig.remains(appId)]).toEqual(["cancelled", "confirmed", []]);
    expect(job.cancel?.leftovers?.count).toBeGreaterThanOrEqual(3);
    const { lastSeq } = job;
    process.kill(first.pid ?? 0, "SIGCONT");
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect((await rig.job(jobId)).lastSeq).toBe(lastSeq); // it woke up and could write nothing
  },
  180_000,
);

long(
  "an Azure that does not answer any more: the job ends as still pending, and the next one sorts it out",
  async () => {
    const appId = await rig.newApp();
    await rig.startWorker({ ...QUICK, DEVFACTORY_CANCEL_BUDGET_MS: "12000" });
    await rig.disturb({ method: "PUT", path: `/id-3-${appId}`, holdMs: 600_000 });
    const jobId = await rig.add(appId, "deploy", "chain 1");
    await made(appId, 3);
    await rig.disturb({ method: "GET", path: appId, delayMs: 600_000, count: 500 });
    await rig.cancel(jobId);
    const job = await rig.ended(jobId);
    expect([job.state, job.cancel?.outcome]).toEqual(["cancelled", "still-pending"]);
    expect(job.cancel?.message).toMatch(/^Still stopping; Azure may finish it\./);
    expect((await rig.app(appId)).openedBy).toHaveLength(1);
    await rig.calm();
    const next = await rig.ended(await rig.add(appId, "deploy", "chain 1"));
    expect([next.state, next.attempts, rig.remains(appId)]).toEqual(["succeeded", 1, []]);
  },
  240_000,
);
