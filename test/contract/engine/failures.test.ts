import type * as automation from "@pulumi/pulumi/automation/index.js";
import { expect, it } from "vitest";
import { startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

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

it("refuses commands and flags that it does not have", async () => {
  await using h = await startHarness();
  const { pulumiCommand, workDir } = h.stack.workspace;
  const run = (
    pulumiCommand as unknown as { run(args: string[], cwd: string, env: Record<string, string>): Promise<unknown> }
  ).run;
  await expect(run(["up", "--frobnicate"], workDir, h.env)).rejects.toThrow("unknown flag: --frobnicate");
  await expect(run(["frobnicate"], workDir, h.env)).rejects.toThrow('unknown command "frobnicate"');
  await expect(h.up(undefined, { attachDebugger: true })).rejects.toThrow("--attach-debugger is not supported");
});
