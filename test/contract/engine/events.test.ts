import * as pulumi from "@pulumi/pulumi";
import type * as automation from "@pulumi/pulumi/automation/index.js";
import { expect, it } from "vitest";
import { startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Group, Thing } from "../../../emulator/engine/testing/thing.ts";

/** The kind of an event: its key besides the number and the time. */
const kindOf = (event: automation.EngineEvent) =>
  Object.keys(event).find((key) => key !== "sequence" && key !== "timestamp");

it("38 numbers events without gaps, sums up once, and ends with the cancel event", async () => {
  await using h = await startHarness();
  const events: automation.EngineEvent[] = [];
  await h.up(
    async () => {
      const group = new Group("app");
      new Thing("a", { value: pulumi.secret("hush") }, { parent: group });
      pulumi.log.warn("careful");
      pulumi.log.info("about the group", group);
    },
    { onEvent: (event) => void events.push(event) },
  );
  expect(events.map((event) => event.sequence)).toEqual(events.map((_, index) => index));
  const kinds = events.map(kindOf);
  expect([kinds[0], kinds.at(-1)]).toEqual(["preludeEvent", "cancelEvent"]);
  expect(kinds.filter((kind) => kind === "summaryEvent")).toHaveLength(1);
  const messages = events
    .flatMap((event) => event.diagnosticEvent ?? [])
    .filter(({ severity }) => String(severity) !== "debug");
  expect(messages.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
    "warning: careful\n",
    "info: about the group\n",
  ]);
  expect(messages[1]?.urn).toBe("urn:pulumi:dev::proj::test:index:Group::app");
  const outputs = events.flatMap((event) => event.resOutputsEvent?.metadata ?? []);
  expect(outputs.map(({ op, type }) => `${op} ${type}`).toSorted()).toEqual([
    "create pulumi:providers:test",
    "create pulumi:pulumi:Stack",
    "create test:index:Group",
    "create test:index:Thing",
  ]);
  expect(outputs.find(({ type }) => type === "test:index:Thing")?.new?.outputs).toMatchObject({
    value: "[secret]",
    echo: "[secret]",
  });
});

it("tells in a preview what an update would change, property by property", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { forced: 1, value: 1 }));
  h.program = async () => void new Thing("a", { forced: 2, value: 2 });
  const events: automation.EngineEvent[] = [];
  const { changeSummary, stdout } = await h.stack.preview({ onEvent: (event) => void events.push(event) });
  expect(changeSummary).toEqual({ replace: 1, same: 1 });
  const step = events.flatMap((event) => event.resourcePreEvent?.metadata ?? []).find(({ op }) => op === "replace");
  expect([step?.keys, step?.diffs]).toEqual([["forced"], ["forced", "value"]]);
  expect(stdout).toContain(" +- test:index:Thing a replace [diff: ~forced,value] [replaces: forced]\n");
  expect(events.find((event) => event.summaryEvent)?.summaryEvent).toMatchObject({
    isPreview: true,
    result: "succeeded",
  });
});

it("prints one document for preview --json and one event per line for up --json", async () => {
  await using h = await startHarness();
  h.program = async () => {
    new Thing("a", { value: 1 });
  };
  // The SDK has no option for it: its command gets the flag besides.
  const { pulumiCommand } = h.stack.workspace as unknown as {
    pulumiCommand: { run: (args: string[], ...rest: unknown[]) => Promise<{ stdout: string }> };
  };
  const withJson = {
    ...pulumiCommand,
    run: (args: string[], ...rest: unknown[]) =>
      pulumiCommand.run([...args, ...(args[0] === "up" || args[0] === "preview" ? ["--json"] : [])], ...rest),
  };
  Object.defineProperty(h.stack.workspace, "pulumiCommand", { value: withJson });
  const preview = JSON.parse((await h.stack.preview()).stdout);
  expect(preview.changeSummary).toEqual({ create: 2 });
  expect(preview.steps.map((step: { op: string; urn: string }) => `${step.op} ${step.urn.split("::")[3]}`)).toEqual([
    "create proj-dev",
    "create a",
  ]);
  const lines = (await h.stack.up()).stdout.split("\n").map((line) => JSON.parse(line));
  expect(kindOf(lines.at(-1))).toBe("cancelEvent");
});
