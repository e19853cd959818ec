import { mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { long } from "../../long.ts";
import { Rig } from "./rig.ts";
import { expectWhole } from "./shapes.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
}, 120_000);
afterEach(() => rig.killMachine());
afterAll(() => rig[Symbol.asyncDispose](), 60_000);

const VERSION = "2023-01-31";
const idOf = (appId: string, name: string) =>
  `/subscriptions/${rig.emulator.subscriptionId}/resourceGroups/rg-${appId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}-${appId}`;
const recoveries = async (jobId: string) => {
  const told = (await rig.events(jobId)).filter(({ type }) => type === "recovery");
  return told.map(({ data }) =>
    `${data?.action} ${String(data?.id ?? "")
      .split("/")
      .at(-1)}`.trim(),
  );
};

/** A worker's machine goes down when Azure has made the resource and its answer is still on the way. @returns the job */
async function loseAnswerOf(name: string, appId: string): Promise<string> {
  await rig.startWorker({ DEVFACTORY_LEASE_MS: "30000" });
  const id = idOf(appId, name);
  await rig.disturb({ method: "PUT", path: `/${name}-${appId}`, holdMs: 600_000 });
  const jobId = await rig.add(appId, "deploy", "chain 1");
  const made = () => rig.emulator.context.resources.get(id);
  await vi.waitFor(() => expect(made()).toBeDefined(), { timeout: 90_000, interval: 20 });
  rig.killMachine();
  return jobId;
}

it("a create that succeeded without an answer is taken over: nothing is made twice, and the audit trail says so", async () => {
  const appId = await rig.newApp();
  const jobId = await loseAnswerOf("id-3", appId);
  const before = await rig.azure.resources.getById(idOf(appId, "id-3"), VERSION);
  await rig.startWorker({ DEVFACTORY_LEASE_MS: "30000" });
  const job = await rig.ended(jobId);
  expect([job.state, job.attempts]).toEqual(["succeeded", 2]);
  expect(await recoveries(jobId)).toEqual(["lock-dropped", `adopted id-3-${appId}`, "refreshed"]);
  // The identity is the same one: another would have another principal.
  expect((await rig.azure.resources.getById(idOf(appId, "id-3"), VERSION)).properties).toEqual(before.properties);
  await expectWhole(rig, appId, "chain 1");
  await vi.waitFor(async () => {
    const audited = (await rig.audit(jobId)).filter(({ event }) => event === "recovery");
    expect(audited).toHaveLength(3);
  });
  expect((await rig.app(appId)).openedBy).toEqual([]);
}, 180_000);

it("what stands under the app's name without the app's tag is never touched: the job fails with advice, and goes through when it is tagged", async () => {
  const appId = await rig.newApp();
  const jobId = await loseAnswerOf("id-2", appId);
  const id = idOf(appId, "id-2");
  const stranger = { location: "eastus", tags: { owner: "somebody else" } };
  await rig.azure.resources.beginCreateOrUpdateByIdAndWait(id, VERSION, stranger);
  await rig.startWorker({ DEVFACTORY_LEASE_MS: "30000" });
  const job = await rig.ended(jobId);
  expect([job.state, job.error?.code, job.error?.detail]).toEqual([
    "failed",
    "NAME_NOT_OURS",
    `${id} exists, and does not carry this app's tag; nothing of it was changed.`,
  ]);
  expect(job.error?.fix).toContain(
    `tag it \`devfactory-app: ${appId}\` when it belongs to the app; then retry the job.`,
  );
  expect((await rig.azure.resources.getById(id, VERSION)).tags).toEqual(stranger.tags);
  expect(await recoveries(jobId)).toEqual(["lock-dropped", `refused id-2-${appId}`]);

  await rig.azure.resources.beginCreateOrUpdateByIdAndWait(id, VERSION, {
    ...stranger,
    tags: { "devfactory-app": appId },
  });
  const again = await rig.ended((await rig.retry(jobId)).jobId);
  // The first attempt of the new job: the app remembers that its stack was left open.
  expect([again.state, again.attempts, await recoveries(again.jobId)]).toEqual([
    "succeeded",
    1,
    [`adopted id-2-${appId}`, "refreshed"],
  ]);
  await expectWhole(rig, appId, "chain 1");
}, 240_000);

long(
  "a create that did not come to anything is forgotten and done again",
  async () => {
    const appId = await rig.newApp();
    const jobId = await loseAnswerOf("id-4", appId);
    await rig.azure.resources.beginDeleteByIdAndWait(idOf(appId, "id-4"), VERSION);
    await rig.startWorker({ DEVFACTORY_LEASE_MS: "30000" });
    expect((await rig.ended(jobId)).state).toBe("succeeded");
    expect(await recoveries(jobId)).toEqual(["lock-dropped", `forgotten id-4-${appId}`, "refreshed"]);
    await expectWhole(rig, appId, "chain 1");
  },
  180_000,
);

/** Puts a lock file beside an app's state, as a process of somebody would have written it. */
function lock(appId: string, name: string, content: object | string): void {
  mkdirSync(rig.lockFolder(appId), { recursive: true });
  const text = typeof content === "string" ? content : JSON.stringify(content);
  writeFileSync(join(rig.lockFolder(appId), `${name}.json`), text);
}

it("locks: of a dead process and broken ones are dropped, a living one is waited for, one that stays ends the attempt with the way out", async () => {
  const appId = await rig.newApp();
  await rig.startWorker({ DEVFACTORY_LOCK_WAIT_MS: "6000", DEVFACTORY_MAX_ATTEMPTS: "1" });
  const at = new Date().toISOString();
  const dead = { pid: 4_194_305, username: "u", hostname: hostname(), timestamp: at }; // above the highest pid there is
  lock(appId, "dead", dead);
  lock(appId, "broken", '{"pid": 12, "userna');
  const first = await rig.ended(await rig.add(appId, "deploy", "chain 1"));
  expect([first.state, rig.remains(appId)]).toEqual(["succeeded", []]);
  expect(await recoveries(first.jobId)).toEqual(["lock-dropped", "lock-dropped"]);

  lock(appId, "living", { ...dead, pid: process.pid });
  const waiting = await rig.add(appId, "deploy", "chain 1");
  await vi.waitFor(async () => expect(await recoveries(waiting)).toEqual(["lock-waited"]), { timeout: 30_000 });
  expect((await rig.job(waiting)).state).toBe("running");
  expect(rig.remains(appId)).toEqual(["living.json"]);

  const second = await rig.ended(waiting);
  expect([second.state, second.error?.code]).toEqual(["dead", "STACK_LOCKED"]);
  expect([rig.remains(appId), second.error?.detail]).toEqual([
    ["living.json"],
    `1 attempts ended badly; the last: Somebody else works on ${appId}: u@${hostname()} (pid ${process.pid}) since ${at}`,
  ]);

  lock(appId, "living", { ...dead, hostname: "a-laptop" });
  const third = await rig.ended(await rig.add(appId, "deploy", "chain 1"));
  expect(third.error?.code).toBe("STACK_LOCKED"); // nothing is known of that machine, so its lock counts
}, 180_000);
