import * as automation from "@pulumi/pulumi/automation/index.js";
import { beforeAll, expect, it } from "vitest";
import { ENGINE_ROOT, inProcessCommand } from "../../../emulator/engine/inProcess.ts";
import { startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

let executable: automation.PulumiCommand;

beforeAll(async () => {
  executable = await automation.PulumiCommand.get({ root: ENGINE_ROOT });
});

/** All that a caller sees of a stack's life, without times and random parts. */
async function life(command: automation.PulumiCommand) {
  await using h = await startHarness({ command });
  const seen: unknown[] = [];
  const kinds: (string | undefined)[] = [];
  h.program = async () => ({ echo: new Thing("a", { value: 1, physicalName: "p" }).echo });
  await h.stack.setConfig("key", { value: "v", secret: true });
  seen.push(await h.stack.getAllConfig(), (await h.stack.preview()).changeSummary);
  const up = await h.stack.up({ onEvent: (event) => void kinds.push(Object.keys(event).at(-1)), message: "first" });
  seen.push(
    up.outputs,
    up.summary.kind,
    up.summary.message,
    up.summary.resourceChanges,
    up.stdout.replaceAll(/\d+(\.\d+)?s/g, "Ns"),
    kinds,
  );
  seen.push((await h.stack.refresh()).summary.resourceChanges, (await h.stack.workspace.whoAmI()).user);
  h.program = async () => void new Thing("b", { createError: "no" });
  for (const attempt of [
    () => h.stack.up(),
    () => h.stack.getConfig("nope"),
    () => h.stack.workspace.selectStack("nope"),
  ]) {
    const error: unknown = await attempt().catch((reason: unknown) => reason);
    seen.push(error instanceof automation.CommandError ? error.constructor.name : "no error");
  }
  seen.push((await h.stack.destroy()).summary.resourceChanges);
  await h.stack.workspace.removeStack("dev");
  seen.push(await h.stack.workspace.listStacks());
  return seen;
}

it("47 is the same in a process of its own and in the caller's", async () => {
  const apart = await life(executable);
  expect(apart).toEqual(await life(inProcessCommand()));
  expect(apart.at(-1)).toEqual([]);
});

it("takes an abort as an interrupt: the running create finishes, the state is saved", async () => {
  await using h = await startHarness({ command: executable });
  const stop = new AbortController();
  h.provider.beforeCreate = async () => {
    stop.abort();
    await h.provider.cancelled;
  };
  const output: string[] = [];
  const program = async () => {
    const first = new Thing("first", { value: 1 });
    new Thing("second", { value: first.echo });
  };
  const update = h.up(program, { signal: stop.signal, onOutput: (text) => void output.push(text) });
  await expect(update).rejects.toThrow("error: update canceled");
  expect(output.join("")).toContain("^C received; cancelling.");
  expect((await h.resources()).map((state) => state.id)).toEqual(["first-1"]);
});

it("names the plugin that is missing", async () => {
  await using h = await startHarness({ env: { PULUMI_DEBUG_PROVIDERS: "" } });
  await expect(h.up(async () => void new Thing("a"))).rejects.toThrow(
    "no resource plugin 'pulumi-resource-test' found in the workspace or on your $PATH",
  );
});
