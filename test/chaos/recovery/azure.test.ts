import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { long } from "../../long.ts";
import { Rig } from "./rig.ts";
import { expectGone, expectWhole } from "./shapes.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start("keyVault");
}, 120_000);
afterEach(async () => {
  rig.killMachine();
  await rig.calm();
});
afterAll(() => rig[Symbol.asyncDispose](), 60_000);

const waits = async (jobId: string) =>
  (await rig.events(jobId)).filter(({ type }) => type === "azure_wait").map(({ data }) => String(data?.reason));

it("throttling that outlasts the provider's own patience is waited for inside the attempt", async () => {
  const appId = await rig.newApp();
  await rig.startWorker();
  // The provider tries each request four times.
  const busy = { method: "PUT", status: 429, retryAfterSeconds: 0, count: 6 };
  await rig.disturb({ ...busy, path: `/id-2-${appId}` });
  const job = await rig.ended(await rig.add(appId, "deploy", "chain 1"));
  expect([job.state, job.attempts, await waits(job.jobId)]).toEqual(["succeeded", 1, ["TooManyRequests"]]);
  await expectWhole(rig, appId, "chain 1");
}, 180_000);

long(
  "another operation in progress passes too; a wait above the budget ends the attempt, and what was made stays",
  async () => {
    const appId = await rig.newApp();
    await rig.startWorker({ DEVFACTORY_AZURE_WAIT_MS: "6000", DEVFACTORY_MAX_ATTEMPTS: "1" });
    const taken = { method: "PUT", status: 409, code: "AnotherOperationInProgress" };
    await rig.disturb({ ...taken, path: `/id-2-${appId}`, count: 1 });
    await rig.disturb({ ...taken, path: `/id-3-${appId}`, count: 500 });
    const job = await rig.ended(await rig.add(appId, "deploy", "chain 1"));
    expect([job.state, job.error?.code]).toEqual(["dead", "AZURE_BUSY"]);
    expect(await waits(job.jobId)).toEqual(["AnotherOperationInProgress"]);
    expect(rig.state(appId).resources.map(({ urn }) => urn.split("::").at(-1))).toContain("id-2");
    expect([(await rig.app(appId)).openedBy, rig.remains(appId)]).toEqual([[], []]);
  },
  180_000,
);

long(
  "an error that does not pass is told at once",
  async () => {
    const appId = await rig.newApp();
    await rig.startWorker();
    await rig.disturb({ method: "PUT", path: `/id-2-${appId}`, status: 403, code: "AuthorizationFailed", count: 500 });
    const job = await rig.ended(await rig.add(appId, "deploy", "chain 1"));
    expect([job.state, job.error?.code, await waits(job.jobId)]).toEqual(["failed", "DEPLOY_FAILED", []]);

    // A destroy after a partial create, and once more.
    expect((await rig.ended(await rig.add(appId, "destroy", "Destroy"))).state).toBe("succeeded");
    await expectGone(rig, appId);
    await expect(rig.add(appId, "destroy", "Destroy")).rejects.toMatchObject({ code: "APP_DESTROYED" });
    await expectGone(rig, appId);
  },
  180_000,
);

it("a destroy leaves what is not the app's, with its group, and says so; a lock stops it, and it can be tried again", async () => {
  const appId = await rig.newApp();
  await rig.startWorker();
  expect((await rig.ended(await rig.add(appId, "deploy", "wide 1"))).state).toBe("succeeded");
  const { subscriptionId } = rig.emulator;
  const group = `/subscriptions/${subscriptionId}/resourceGroups/rg-${appId}`;
  const foreign = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/somebody-elses`;
  await rig.azure.resources.beginCreateOrUpdateByIdAndWait(foreign, "2023-01-31", { location: "eastus" });
  const lock = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-1-${appId}/providers/Microsoft.Authorization/locks/keep`;
  await rig.azure.resources.beginCreateOrUpdateByIdAndWait(lock, "2020-05-01", {
    properties: { level: "CanNotDelete" },
  });
  const refused = await rig.ended(await rig.add(appId, "destroy", "Destroy"));
  expect([refused.state, refused.error?.code]).toEqual(["failed", "DEPLOY_FAILED"]);
  expect(refused.error?.detail).toContain("ScopeLocked");
  expect(
    (await rig.azure.resources.getById(lock.split("/providers/Microsoft.Authorization")[0] ?? "", "2023-01-31")).name,
  ).toBe(`id-1-${appId}`);

  await rig.azure.resources.beginDeleteByIdAndWait(lock, "2020-05-01");
  const done = await rig.ended((await rig.retry(refused.jobId)).jobId);
  expect([done.state, (await rig.app(appId)).status]).toEqual(["succeeded", "destroyed"]);
  const kept = (await rig.events(done.jobId)).filter(({ type }) => type === "kept");
  expect(kept.map(({ data }) => data)).toEqual([{ kept: [foreign] }]);
  const left: (string | undefined)[] = [];
  for await (const { name } of rig.azure.resources.listByResourceGroup(`rg-${appId}`)) left.push(name);
  expect([left, rig.hasState(appId), rig.remains(appId)]).toEqual([["somebody-elses"], false, []]);
  await vi.waitFor(async () => {
    const audited = (await rig.audit(done.jobId)).filter(({ event }) => event === "kept");
    expect(audited).toHaveLength(1);
  });
}, 240_000);

it("a destroy waits for its own locks, which go at the same time as what they hold", async () => {
  const appId = await rig.newApp();
  await rig.startWorker();
  expect((await rig.ended(await rig.add(appId, "deploy", "locked 1"))).state).toBe("succeeded");
  const path = `/id-1-${appId}/providers/Microsoft.Authorization/locks/`;
  await rig.disturb({ method: "DELETE", path, delayMs: 2_000, count: 1 });
  const done = await rig.ended(await rig.add(appId, "destroy", "Destroy"));
  expect([done.state, done.attempts, await waits(done.jobId)]).toEqual(["succeeded", 1, ["ScopeLocked"]]);
  await expectGone(rig, appId);
}, 180_000);

it("a protected resource stops the destroy with its reason, before anything goes; what Azure retains of production stays", async () => {
  const appId = await rig.newApp();
  const gate = { dev: "warn", standard: "warn", production: "warn" }; // a bare vault is not what its rules want
  await rig.startWorker({ DEVFACTORY_POLICY_GATE: JSON.stringify(gate) });
  const live = await rig.ended(await rig.add(appId, "deploy", "guarded 1 production"));
  expect([live.state, live.error]).toEqual(["succeeded", undefined]);
  const group = `/subscriptions/${rig.emulator.subscriptionId}/resourceGroups/rg-${appId}`;
  const vault = `${group}/providers/Microsoft.KeyVault/vaults/kv-${appId}`;
  const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-1-${appId}`;
  const there = () => [vault, identity].map((id) => rig.emulator.context.resources.get(id)?.name);
  const all = [`kv-${appId}`, `id-1-${appId}`];
  expect(there()).toEqual(all);

  const refused = await rig.ended(await rig.add(appId, "destroy", "Destroy"));
  expect([refused.state, refused.error?.code, there(), rig.remains(appId)]).toEqual([
    "failed",
    "DEPLOY_FAILED",
    all,
    [],
  ]);
  expect(refused.error?.detail).toMatch(/::id-1\W[\s\S]* cannot be deleted[\s\S]*protected/);
  expect(refused.error?.fix).toBe(
    "The resource is protected, because it holds data, and the change would delete it. Undo the change that replaces it; or unprotect it on purpose (`pulumi state unprotect URN`). (protect in the options)",
  );

  expect((await rig.ended(await rig.add(appId, "deploy", "guarded 2 production"))).state).toBe("succeeded");
  expect((await rig.ended((await rig.retry(refused.jobId)).jobId)).state).toBe("succeeded");
  await expectGone(rig, appId);
  // Deleted, and kept by Azure for as long as it retains: the platform purges nothing of production.
  const place = `/subscriptions/${rig.emulator.subscriptionId}/providers/Microsoft.KeyVault/locations/eastus`;
  const kept = await rig.azure.resources.getById(`${place}/deletedVaults/kv-${appId}`, "2023-07-01");
  expect([there(), kept.name]).toEqual([[undefined, undefined], `kv-${appId}`]);
}, 240_000);
