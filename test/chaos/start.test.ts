import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it, vi } from "vitest";
import { CHECKOUT } from "../e2e/platform.ts";
import { long } from "../long.ts";
import { Chaos } from "./house.ts";

/** One data folder that is never finished until the last chapter: each start meets what the one before left. */
describe("a start that is disturbed", () => {
  const platform = new Chaos();

  afterAll(() => platform[Symbol.asyncDispose](), 30_000);

  it.each([
    ["while the local Azure starts", /Starting the local Azure/, 700],
    ["before the first resource is made", /Deploying the platform's stack/, 0],
    ["while the first resources are made", /create platform\n/, 0],
    ["in the middle of the platform's stack", /create environment-environment/, 0],
  ])(
    "Ctrl-C %s ends everything within 5 s with 130",
    async (_when, line, pauseMs) => {
      await platform.start(line);
      await sleep(pauseMs);
      const begin = performance.now();
      expect(await platform.stop()).toBe(130);
      expect(performance.now() - begin).toBeLessThan(5_000);
      expect(platform.processes()).toEqual([]);
    },
    40_000,
  );

  it("SIGKILL of main.ts in the middle of the platform's stack: all else ends by itself within 15 s", async () => {
    await platform.start(/create \S+-to-registry/);
    await platform.stop("SIGKILL");
    expect(await platform.untilGone(15_000)).toBeLessThan(15_000);
  }, 40_000);

  it("a second start beside one that is not ready says so and changes nothing", async () => {
    await platform.start(/Deploying the platform's stack/);
    const { pid, frontDoor } = platform.readJson<{ pid: number; frontDoor: string }>("emulator.json");
    const second = await platform.shell(process.execPath, ["main.ts"], CHECKOUT);
    expect([second.code, second.stdout]).toEqual([
      1,
      `DevFactory already runs at ${frontDoor} (process ${pid}), but is still starting.\n`,
    ]);
    await vi.waitFor(() => expect(platform.output).toContain("Ready after"), { timeout: 60_000, interval: 100 });
  }, 90_000);

  it("a second start beside one that is ready says where it is", async () => {
    const { pid, frontDoor } = platform.readJson<{ pid: number; frontDoor: string }>("emulator.json");
    const second = await platform.shell(process.execPath, ["main.ts"], CHECKOUT);
    expect([second.code, second.stdout]).toEqual([0, `DevFactory already runs at ${frontDoor} (process ${pid}).\n`]);
  });

  long(
    "a process id that now belongs to another program is no running platform",
    async () => {
      expect(await platform.stop()).toBe(0);
      const old = platform.readJson<object>("emulator.json");
      writeFileSync(join(platform.dataDir, "emulator.json"), JSON.stringify({ ...old, pid: process.pid }));
      await platform.start(/Ready/);
      expect(platform.emulatorPid).not.toBe(process.pid);
      const begin = performance.now();
      expect(await platform.stop()).toBe(0);
      expect(performance.now() - begin).toBeLessThan(10_000);
      expect(platform.processes()).toEqual([]);
    },
    90_000,
  );
});
