import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Rig } from "./rig.ts";

/** What a deployment process has after the death of its worker: to stop softly, and then it is killed. */
const GRACE_MS = 10_000;
const CHILD = "automation/deploy/child.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
}, 60_000);
afterAll(() => rig[Symbol.asyncDispose](), 60_000);

it("a deployment whose worker died, and which hangs at Azure, ends by itself with its engine; only then another worker goes on", async () => {
  const appId = await rig.newApp();
  const worker = await rig.startWorker();
  await rig.disturb({ method: "PUT", path: `/id-3-${appId}`, holdMs: 600_000 });
  const jobId = await rig.add(appId, "deploy", "chain 1");
  const ids = () => rig.emulator.context.resources.list("Microsoft.ManagedIdentity/userAssignedIdentities");
  await vi.waitFor(() => expect(ids().length).toBe(3), { timeout: 60_000, interval: 20 });
  expect(rig.processes("bin/pulumi").length).toBeGreaterThan(0);
  const begin = performance.now();
  process.kill(worker.pid ?? 0, "SIGKILL");
  await vi.waitFor(() => expect([rig.processes(CHILD), rig.processes("bin/pulumi")]).toEqual([[], []]), 60_000);
  expect(performance.now() - begin).toBeLessThan(2 * GRACE_MS);
  await rig.calm();
  await rig.startWorker();
  const job = await rig.ended(jobId);
  expect([job.state, job.attempts, rig.remains(appId)]).toEqual(["succeeded", 2, []]);
}, 180_000);
