import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

const things =
  (value: number, ...names: string[]) =>
  async () => {
    for (const name of names) new Thing(name, { value });
  };

it("color, logFlow, logVerbosity, logToStdErr, debug: taken by every operation", async () => {
  await using h = await startHarness();
  const options = { color: "never", logFlow: true, logVerbosity: 1, logToStdErr: true, debug: true } as const;
  expect((await h.run(things(1, "a"), options)).changes).toEqual({ create: 2 });
  expect((await h.preview(undefined, { ...options, color: "always" })).changes).toEqual({ same: 2 });
  expect((await h.refresh({ ...options, color: "raw" })).changes).toEqual({ same: 2 });
  expect((await h.destroy({ ...options, color: "auto" })).changes).toEqual({ delete: 2 });
  expect((await h.stack.up({ color: "never" })).stdout).not.toContain("\u001b[");
  await expect(h.stack.up({ color: "pink" as never })).rejects.toThrow("pink");
});

it("suppressOutputs and suppressProgress: say less", async () => {
  await using h = await startHarness();
  h.program = async () => ({ out: new Thing("a", { value: 1 }).echo });
  const loud = (await h.stack.preview()).stdout;
  expect(loud).toMatch(/Outputs:[\s\S]*out/);
  expect((await h.stack.preview({ suppressOutputs: true })).stdout).not.toContain("Outputs:");
  const first = await h.stack.up({ suppressProgress: true });
  expect(first.outputs.out?.value).toBe(1);
});

it("configFile: instead of the stack's own", async () => {
  await using h = await startHarness();
  await h.stack.setConfig("size", { value: "1" });
  const file = join(h.folder, "other.yaml");
  const own = readFileSync(join(h.stack.workspace.workDir, "Pulumi.dev.yaml"), "utf8");
  writeFileSync(file, own.replace(/proj:size: "?1"?/, 'proj:size: "2"'));
  h.program = async () => ({ size: new pulumi.Config().require("size") });
  expect((await h.stack.up({ configFile: file })).outputs.size?.value).toBe("2");
  expect((await h.stack.up()).outputs.size?.value).toBe("1");
});

it("importFile: a preview writes what could be imported", async () => {
  await using h = await startHarness();
  const importFile = join(h.folder, "import.json");
  h.program = things(1, "a");
  await h.stack.preview({ importFile });
  expect(JSON.parse(readFileSync(importFile, "utf8"))).toEqual({
    resources: [{ type: "test:index:Thing", name: "a", id: "<PLACEHOLDER>" }],
  });
});
