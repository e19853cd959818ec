import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as automation from "@pulumi/pulumi/automation/index.js";
import { expect, it } from "vitest";
import { startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

it("keeps what was made when a create fails, deletes nothing, and resumes on the next up", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("old", { value: 0 }));
  const program = (error?: string) => async () => {
    const good = new Thing("good", { value: 1 });
    const bad = new Thing("bad", { value: good.echo, ...(error ? { createError: error } : {}) });
    new Thing("after", { value: bad.echo });
  };
  await expect(h.up(program("no quota"))).rejects.toThrow("error: no quota");
  expect((await h.resources()).map((state) => state.id)).toEqual(["id-2", "id-1"]);
  expect(h.provider.log("Delete")).toEqual([]);
  const [last] = await h.stack.history();
  expect([last?.result, last?.resourceChanges]).toEqual(["failed", { create: 1, same: 1 }]);
  expect(await h.up(program())).toEqual({ create: 2, delete: 1, same: 2 });
});

it("goes on with siblings when told to continue on errors", async () => {
  await using h = await startHarness();
  const program = async () => {
    const bad = new Thing("bad", { createError: "broken" });
    new Thing("dependent", { value: bad.echo });
    new Thing("sibling", { value: 2, delayMs: 50 });
  };
  await expect(h.up(program, { continueOnError: true })).rejects.toThrow("error: broken");
  expect(h.provider.log("Create").toSorted()).toEqual(["Create bad", "Create sibling"]);
  expect(await h.resources()).toHaveLength(1);
});

it("keeps a resource that did not become ready, and updates it on the next up", async () => {
  await using h = await startHarness();
  await expect(h.up(async () => void new Thing("a", { value: 1, partial: "never got ready" }))).rejects.toThrow(
    "never got ready",
  );
  expect(await h.resources()).toMatchObject([{ id: "id-1", initErrors: ["never got ready"] }]);
  expect(await h.up()).toEqual({ same: 1, update: 1 });
  expect((await h.resources())[0]?.initErrors).toBeUndefined();
});

it("fails on a stray rejection and deletes nothing", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("kept", { value: 1 }));
  const program = async () => {
    void Promise.reject(new Error("stray"));
    await new Promise((resolve) => setTimeout(resolve, 20));
  };
  await expect(h.up(program)).rejects.toThrow("stray");
  expect(h.provider.log("Delete")).toEqual([]);
  expect(await h.resources()).toHaveLength(1);
});

it("fails when the program throws, with the program's message", async () => {
  await using h = await startHarness();
  const program = async () => {
    new Thing("made", { value: 1 });
    throw new Error("the program gave up");
  };
  await expect(h.up(program)).rejects.toThrow("the program gave up");
  await expect(h.up(program)).rejects.toThrow("error: update failed");
});

it("says that the outcome is open when a provider breaks down", async () => {
  await using h = await startHarness();
  const events: automation.EngineEvent[] = [];
  await expect(
    h.up(async () => void new Thing("a", { createUnknown: "connection reset" }), {
      onEvent: (event) => void events.push(event),
    }),
  ).rejects.toThrow("connection reset");
  expect(events.find((event) => event.summaryEvent)?.summaryEvent).toMatchObject({
    maybeCorrupt: true,
    result: "failed",
  });
});

it("overlays new stack outputs on the old ones after a failure", async () => {
  await using h = await startHarness();
  await h.up(async () => ({ a: 1, b: 1 }));
  const failing = async () => {
    new Thing("bad", { createError: "no" });
    return { b: 2 };
  };
  await expect(h.up(failing)).rejects.toThrow("error: no");
  const outputs = await h.stack.outputs();
  expect(outputs.a?.value).toBe(1);
});

it("refuses a second up while one is running", async () => {
  await using h = await startHarness();
  const hold = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  h.provider.beforeCreate = () => {
    begun.resolve();
    return hold.promise;
  };
  const first = h.up(async () => void new Thing("slow", { value: 1 }));
  await begun.promise;
  const second = await h.another("proj", "dev", async () => ({}));
  await expect(second.up()).rejects.toThrow(automation.ConcurrentUpdateError);
  hold.resolve();
  expect(await first).toEqual({ create: 2 });
});

it("stops on an abort: what runs finishes, nothing new begins, the state is saved", async () => {
  await using h = await startHarness();
  const stop = new AbortController();
  h.provider.beforeCreate = async () => {
    stop.abort();
    await new Promise((resolve) => setTimeout(resolve, 50));
  };
  const program = async () => {
    const first = new Thing("first", { value: 1 });
    new Thing("second", { value: first.echo });
  };
  await expect(h.up(program, { signal: stop.signal })).rejects.toThrow("error: update canceled");
  expect(h.provider.log("Create")).toEqual(["Create first"]);
  expect(h.provider.calls.some((call) => call.method === "Cancel")).toBe(true);
  expect((await h.resources()).map((state) => state.id)).toEqual(["id-1"]);
  expect(readdirSync(join(h.folder, ".pulumi", "locks", "organization", "proj", "dev"))).toEqual([]);
});

it("refuses commands and flags that it does not have", async () => {
  await using h = await startHarness();
  const { pulumiCommand, workDir } = h.stack.workspace;
  const run = (
    pulumiCommand as unknown as { run(args: string[], cwd: string, env: Record<string, string>): Promise<unknown> }
  ).run;
  await expect(run(["up", "--frobnicate"], workDir, h.env)).rejects.toThrow("unknown flag: --frobnicate");
  await expect(run(["convert"], workDir, h.env)).rejects.toThrow('unknown command "convert"');
  await expect(h.up(undefined, { exclude: ["urn:x"] })).rejects.toThrow("--exclude is not supported by this engine");
});
