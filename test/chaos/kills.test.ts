import type { Server } from "node:net";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { long } from "../long.ts";
import { Chaos, type Job, type JobEvent, portOf, takePort } from "./house.ts";

/** What an agent's container runs. */
const AGENT = "runtime/agents/";
const LIBRARY = "a library: books have loans with a date and a borrower";

/** One platform through a series of violent ends; the chapters build on each other. */
describe("kills in the middle of the work", () => {
  const platform = new Chaos();
  const thieves: Server[] = [];
  let jobId = "";
  let library: Job;

  beforeAll(async () => {
    await platform.start(/Ready/);
    await platform.token();
  }, 90_000);

  afterAll(async () => {
    for (const thief of thieves) thief.close();
    await platform[Symbol.asyncDispose]();
  }, 30_000);

  it("a worker killed while it checks: the job goes on within 20 s, from its last finished step", async () => {
    jobId = await platform.create(LIBRARY);
    await platform.untilRunning(jobId, "check");
    const before = await platform.events(jobId);
    const begin = performance.now();
    expect(platform.killAll("automation/worker/main.ts")).toBe(1);
    await platform.until(jobId, ({ attempts }) => attempts === 2);
    // The lease lasts 60 s, and is not waited for: the dead worker's end is seen on the same machine.
    expect(performance.now() - begin).toBeLessThan(20_000);
    await platform.untilRunning(jobId, "deploy");
    const events = await platform.events(jobId);
    expectWhole(before, events);
    expect(skipped(events)).toEqual(["plan", "generate"]);
  }, 120_000);

  long(
    "the local Azure killed while the app is deployed: after a restart the job goes on, nothing acknowledged is lost",
    async () => {
      const before = await platform.events(jobId);
      process.kill(platform.emulatorPid, "SIGKILL");
      expect(await platform.untilGone(15_000)).toBeLessThan(15_000);
      await platform.start(/Ready/);
      library = await platform.until(jobId, ({ status }) => status === "succeeded");
      const events = await platform.events(jobId);
      expectWhole(before, events);
      const again = ["plan", "generate", "check", "validate", "container", "sync", "build"];
      expect(skipped(events).slice(2)).toEqual(again);
      expect(events.filter(({ type }) => type === "recovered").length).toBe(2);
      expect([library.attempts, library.error, platform.locks()]).toEqual([3, undefined, []]);
      expect(await addresses()).toEqual([library.url]);
    },
    120_000,
  );

  it("main.ts killed: all else ends within 15 s; ports that others take meanwhile are left to them, and all addresses are whole", async () => {
    library = await platform.until(jobId, ({ status }) => status === "succeeded");
    const made = await postBook(library.url);
    const frontDoor = platform.readJson<{ frontDoor: string }>("emulator.json").frontDoor;
    const { api } = platform;
    await platform.stop("SIGKILL");
    expect(await platform.untilGone(15_000)).toBeLessThan(15_000);
    platform.port = String(portOf(frontDoor));
    for (const address of [frontDoor, api, String(library.url)]) thieves.push(await takePort(portOf(address)));

    await platform.start(/Ready/);
    expect(platform.readJson<{ dashboard: string }>("endpoints.json").dashboard).not.toBe(frontDoor);
    expect(platform.api).not.toBe(api);
    const moved = (await platform.call("GET", `/jobs/${jobId}`)).json as Job;
    expect(moved.url).not.toBe(library.url);
    expect(await addresses()).toEqual([moved.url]);
    const kept = (await (await fetch(`${moved.url}/api/books`)).json()) as { items: { id: string }[] };
    expect(kept.items.map(({ id }) => id)).toContain(made);
    library = moved;
  }, 90_000);

  long(
    "a deployment process killed while it destroys: tried again, and the app is gone",
    async () => {
      const { json } = await platform.call("DELETE", `/apps/${library.appId}`);
      await platform.untilRunning(json.jobId, "destroy");
      // The step is announced before its process is there.
      await vi.waitFor(() => expect(platform.killAll("automation/deploy/child.ts")).toBe(1), {
        timeout: 10_000,
        interval: 10,
      });
      const done = await platform.until(json.jobId, ({ status }) => status === "succeeded");
      expect([done.attempts, done.error, platform.locks()]).toEqual([2, undefined, []]);
      expect((await platform.call("GET", `/apps/${library.appId}`)).json.status).toBe("destroyed");
      await expect(fetch(`${library.url}/health`)).rejects.toThrow("fetch failed");
    },
    120_000,
  );

  it("cancelled while agents write, and while one checks: they end, and nothing exists", async () => {
    for (const [step, agents] of [
      ["generate", 2],
      ["check", 1],
    ] as const) {
      const id = await platform.create(LIBRARY);
      await platform.untilRunning(id, step);
      await vi.waitFor(() => expect(running(AGENT)).toBe(agents), { timeout: 10_000, interval: 10 });
      expect((await platform.call("POST", `/jobs/${id}/cancel`)).status).toBe(202);
      const done = await platform.until(id, ({ status }) => status === "cancelled");
      expect([done.cancel?.outcome, done.attempts, done.url]).toEqual(["confirmed", 1, undefined]);
      expect(done.steps.filter(({ status }) => status === "cancelled").map(({ name }) => name)).toEqual([step]);
      await vi.waitFor(() => expect(running(AGENT)).toBe(0), { timeout: 10_000, interval: 50 });
      expect(platform.locks()).toEqual([]);
    }
  }, 90_000);

  it("Ctrl-C in the middle of a job ends everything within 12 s with 0", async () => {
    await platform.untilRunning(await platform.create(LIBRARY), "plan");
    const begin = performance.now();
    expect(await platform.stop()).toBe(0);
    expect(performance.now() - begin).toBeLessThan(12_000);
    expect(platform.processes()).toEqual([]);
  }, 60_000);

  /** How many processes have this in their command line. */
  function running(command: string): number {
    return platform.processes().filter((each) => each.command.includes(command)).length;
  }

  /** Where the apps of the tenant are. */
  async function addresses(): Promise<string[]> {
    return (await platform.call("GET", "/apps")).json.apps.map(({ url }: Job) => url);
  }
});

/** Numbered without gap, and what was told before is unchanged. */
function expectWhole(before: readonly JobEvent[], after: readonly JobEvent[]): void {
  expect(after.map(({ seq }) => seq)).toEqual(after.map((_, index) => index + 1));
  expect(after.slice(0, before.length)).toEqual(before);
}

function skipped(events: readonly JobEvent[]): (string | undefined)[] {
  return events.filter(({ type }) => type === "step_skipped").map(({ step }) => step);
}

async function postBook(url: string | undefined): Promise<string> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
    components: { schemas: Record<string, { required?: string[]; properties: Record<string, { type?: string }> }> };
  };
  const schema = document.components.schemas.NewBook ?? document.components.schemas.BookInput;
  const required = schema?.required ?? ["title"];
  const body = Object.fromEntries(
    required.map((name) => [name, schema?.properties[name]?.type === "integer" ? 1 : "A"]),
  );
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${url}/api/books`, { method: "POST", headers, body: JSON.stringify(body) });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { id: string }).id;
}
