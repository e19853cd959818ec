import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerGroup } from "@azure/arm-containerinstance";
import { afterAll, beforeAll, expect, it } from "vitest";
import { AGENT, type AgentCloud, startAgentCloud, taskOf } from "./agentCloud.ts";

const AT_ONCE = 20;
const MINUTE = 60_000;

let house: AgentCloud;
beforeAll(async () => {
  house = await startAgentCloud();
}, 60_000);
afterAll(() => house.cloud[Symbol.asyncDispose]());

const never = () => new AbortController().signal;
const start = (jobId: string, seconds = 420) => ({ agent: AGENT, prefix: `${jobId}/1-check-0-${AGENT}`, seconds });

async function nothingLeft(): Promise<void> {
  for (const end = Date.now() + 5_000; (await house.left()).length > 0 && Date.now() < end; ) await sleep(20);
  expect((await house.left()).map(({ name }) => name)).toEqual([]);
}

/** POST to the admin port of the local Azure. */
async function admin(path: string, body: object): Promise<void> {
  const { url, token } = house.cloud.emulator.admin;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  expect(answer.status).toBeLessThan(300);
}

it("ARM shows one group while an agent works, with its job's tags, and none after", async () => {
  const running = house
    .runner(house.groups())
    .run(taskOf("wait 1000", "j1"), start("j1").prefix, { signal: never(), tenantId: "t1", report: () => {} });
  const seen: ContainerGroup[] = [];
  for (let over = false; !over; ) {
    over = await Promise.race([running.then(() => true), sleep(30, false)]);
    seen.push(...(await house.left()));
  }
  expect(new Set(seen.map(({ name }) => name)).size).toBe(1);
  expect(seen[0]?.name).toMatch(/^ci-qa-agent-[0-9a-f]{16}$/);
  expect(seen[0]?.tags).toEqual({
    "devfactory-platform": "test",
    "devfactory-job": "j1",
    "devfactory-agent": AGENT,
    "devfactory-until": expect.stringMatching(/^\d{4}-/) as string,
  });
  await nothingLeft();
});

it(`${AT_ONCE} at once: at one moment ARM shows all of them running, and none is left`, async () => {
  const runner = house.runner(house.groups());
  const context = { signal: never(), tenantId: "t1", report: () => {} };
  const jobs = Array.from({ length: AT_ONCE }, (_, index) => `many${index}`);
  const all = Promise.all(
    jobs.map(async (jobId) => (await runner.run(taskOf("stay", jobId), start(jobId).prefix, context)).result.status),
  );
  const running = async () =>
    (await house.left())
      .filter(({ containers }) => containers[0]?.instanceView?.currentState?.state === "Running")
      .map(({ tags }) => tags?.["devfactory-job"]);
  // Each stays until it is let go, so one that waited for another's end would never be seen.
  for (const end = Date.now() + 60_000; (await running()).length < AT_ONCE && Date.now() < end; ) await sleep(50);
  expect((await running()).sort()).toEqual([...jobs].sort());
  for (const jobId of jobs) await house.workspaces.getBlockBlobClient(`${start(jobId).prefix}/go`).upload("", 0);
  expect(await all).toEqual(Array(AT_ONCE).fill("succeeded"));
  await nothingLeft();
}, 120_000);

it("what a dead worker left goes with its job, and nothing of another job's", async () => {
  const host = house.groups();
  for (const jobId of ["dead", "alive"])
    await house.workspaces
      .getBlockBlobClient(`${start(jobId).prefix}/task.json`)
      .upload(JSON.stringify(taskOf("hang", jobId)), Buffer.byteLength(JSON.stringify(taskOf("hang", jobId))));
  await host.start(start("dead"), never());
  const alive = await host.start(start("alive"), never());
  const removed = await house.runner(host).clear("dead", never());
  expect(removed).toHaveLength(1);
  for (const end = Date.now() + 5_000; (await house.left()).length > 1 && Date.now() < end; ) await sleep(20);
  expect((await house.left()).map(({ tags }) => tags?.["devfactory-job"])).toEqual(["alive"]);
  await alive.end();
  await nothingLeft();
});

it("what nobody waits for any more goes when its time is over; what has time, or is not ours, stays", async () => {
  let now = Date.now();
  const host = house.groups({ now: () => now });
  const { client, identity: _, ...cloud } = house.cloud;
  await client.containerGroups.beginCreateOrUpdateAndWait("rg", "of-a-person", cloud.body(house.image), {
    updateIntervalInMs: 20,
  });
  await host.start(start("left", 60), never());
  now += 5 * MINUTE;
  expect(await host.sweep()).toEqual([]); // the one that waited would have had 60 s, and its grace
  now += 2 * MINUTE;
  expect(await host.sweep()).toEqual([expect.stringMatching(/^ci-qa-agent-/)]);
  for (const end = Date.now() + 5_000; (await house.left()).length > 1 && Date.now() < end; ) await sleep(20);
  expect((await house.left()).map(({ name }) => name)).toEqual(["of-a-person"]);
  await client.containerGroups.beginDeleteAndWait("rg", "of-a-person", { updateIntervalInMs: 20 });
});

it("a start that is cut off before ARM has the group leaves one, which goes with the job's clean-up", async () => {
  await admin("/faults", { path: "containerGroups", method: "PUT", delayMs: 300, count: 1 });
  const cut = new AbortController();
  const starting = house.groups().start(start("cut"), cut.signal);
  const reason = new Error("the worker stops");
  setTimeout(() => cut.abort(reason), 100);
  await expect(starting).rejects.toBe(reason);
  await sleep(600); // by now ARM has done what was cut off
  expect(await house.groups().clear("cut", never())).toEqual([expect.stringMatching(/^ci-qa-agent-/)]);
  await nothingLeft();
});

it("no cores are left: told in our words", async () => {
  const cores = { provider: "Microsoft.ContainerInstance", name: "StandardCores" };
  await admin("/quotas", { ...cores, limit: 0 });
  const running = house.groups().start(start("full"), never());
  const message = /quota 'StandardCores' exceeded in region 'westeurope'\. Limit: '0', Usage: '0' Requested: '0\.5'/;
  await expect(running).rejects.toMatchObject({
    code: "AGENT_NO_ROOM",
    message: expect.stringMatching(message) as string,
  });
  await admin("/quotas", { ...cores, limit: 10 });
  await nothingLeft();
});

it("the region has no place: told in our words", async () => {
  const region = { type: "Microsoft.ContainerInstance/containerGroups", location: "northeurope", reason: "full" };
  await admin("/regions", region);
  const { image, cloud } = house;
  const own = { image, identityId: cloud.identity.id, cpu: 0.5, memoryGb: 1, env: {} };
  const groups = { location: "northeurope", tags: {}, agents: { [AGENT]: own } };
  const running = house.groups({ groups }).start(start("closed"), never());
  await expect(running).rejects.toMatchObject({
    code: "AGENT_NO_ROOM",
    message: expect.stringContaining("is not available in the location 'northeurope' at this moment") as string,
  });
  await nothingLeft();
});

it("an image that cannot be pulled is told in our words, and nothing is left", async () => {
  const { image, cloud } = house;
  const absent = image.replace(/[0-9a-f]{64}$/, "0".repeat(64));
  const groups = {
    location: "westeurope",
    tags: {},
    agents: { [AGENT]: { image: absent, identityId: cloud.identity.id, cpu: 0.5, memoryGb: 1, env: {} } },
  };
  const running = house.groups({ groups }).start(start("absent"), never());
  await expect(running).rejects.toMatchObject({
    code: "AGENT_IMAGE",
    message: expect.stringContaining("is not accessible") as string,
  });
  await nothingLeft();
});
