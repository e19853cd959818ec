import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type * as automation from "@pulumi/pulumi/automation/index.js";
import { expect, it } from "vitest";
import { startHarness, thingUrn } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

const things =
  (value: number, ...names: string[]) =>
  async () => {
    for (const name of names) new Thing(name, { value });
  };

it("parallel: as many as told; no fractions", async () => {
  await using h = await startHarness();
  const slow = async () => {
    for (let index = 0; index < 6; index++) new Thing(`t${index}`, { value: 1, delayMs: 10 });
  };
  await h.up(slow, { parallel: 2 });
  expect(h.provider.mostRunning).toBe(2);
  await expect(h.stack.up({ parallel: 1.1 })).rejects.toThrow(
    'error: invalid argument "1.1" for "-p, --parallel" flag: strconv.ParseInt: parsing "1.1": invalid syntax',
  );
  for (const attempt of [h.stack.preview({ parallel: 3 }), h.stack.refresh({ parallel: 3 })]) await attempt;
  await h.stack.destroy({ parallel: 3 });
});

it("message: in the history", async () => {
  await using h = await startHarness();
  await h.stack.up({ message: "an update" });
  await h.stack.preview({ message: "unseen" });
  await h.stack.refresh({ message: 'with "quotes"\nand lines' });
  await h.stack.destroy({ message: "-dashed" });
  expect((await h.stack.history()).map(({ message }) => message)).toEqual([
    "-dashed",
    'with "quotes"\nand lines',
    "an update",
  ]);
});

it("expectNoChanges: fails when there are some", async () => {
  await using h = await startHarness();
  h.program = things(1, "a");
  expect((await h.preview(undefined, { expectNoChanges: true })).failure).toBe(
    "no changes were expected but changes were proposed",
  );
  expect((await h.run(undefined, { expectNoChanges: true })).failure).toBe(
    "no changes were expected but changes occurred",
  );
  expect((await h.run(undefined, { expectNoChanges: true })).failure).toBe("");
  expect((await h.refresh({ expectNoChanges: true })).failure).toBe("");
});

it("refresh: reads first", async () => {
  await using h = await startHarness();
  await h.up(things(1, "a", "b"));
  h.provider.cloud.delete("a-1");
  expect((await h.preview(undefined, { refresh: true })).changes).toEqual({ create: 1, same: 2 });
  expect((await h.run(undefined, { refresh: true })).changes).toEqual({ create: 1, same: 2 });
  h.provider.cloud.delete("b-1");
  h.provider.clear();
  await h.destroy({ refresh: true });
  expect(h.provider.log("Delete")).toEqual(["Delete a"]);
});

it("diff: names what changes", async () => {
  await using h = await startHarness();
  await h.up(things(1, "a"));
  h.program = things(2, "a");
  const without = (await h.stack.preview()).stdout;
  const withDiff = (await h.stack.preview({ diff: true })).stdout;
  expect(withDiff).toMatch(/value\s*: 1 => 2/);
  expect(without).not.toMatch(/value\s*: 1 => 2/);
  expect((await h.stack.up({ diff: true })).stdout).toMatch(/value\s*: 1 => 2/);
});

it("replace: by URN", async () => {
  await using h = await startHarness();
  await h.up(things(1, "a", "b"));
  const options = { replace: [thingUrn("a")] };
  expect((await h.preview(undefined, options)).changes).toEqual({ replace: 1, same: 2 });
  expect((await h.run(undefined, options)).changes).toEqual({ replace: 1, same: 2 });
  expect((await h.state()).toSorted()).toEqual(["a-2", "b-1"]);
});

it("policyPacks and policyPackConfigs: a missing pack fails the operation", async () => {
  await using h = await startHarness();
  h.program = things(1, "a");
  const options = { policyPacks: [join(h.folder, "no-pack")], policyPackConfigs: [join(h.folder, "none.json")] };
  await expect(h.stack.up(options)).rejects.toThrow("no-pack");
  await expect(h.stack.preview(options)).rejects.toThrow("no-pack");
  expect(h.provider.log("Create")).toEqual([]);
});

it("target, targetDependents, exclude, excludeDependents: in every operation", async () => {
  await using h = await startHarness();
  const program = (value: number) => async () => {
    const base = new Thing("base", { value });
    new Thing("user", { value: base.echo });
    new Thing("apart", { value });
  };
  await h.up(program(1));
  h.program = program(2);
  const base = [thingUrn("base")];
  const changes = async (options: automation.PreviewOptions) => (await h.preview(undefined, options)).changes;
  expect(await changes({ target: base })).toEqual({ same: 3, update: 1 });
  expect(await changes({ target: base, targetDependents: true })).toEqual({ same: 2, update: 2 });
  expect(await changes({ exclude: base })).toEqual({ same: 3, update: 1 });
  expect(await changes({ exclude: base, excludeDependents: true })).toEqual({ same: 3, update: 1 });
  h.provider.clear();
  await h.refresh({ target: base });
  expect(h.provider.log("Read")).toEqual(["Read base"]);
  h.provider.clear();
  await h.refresh({ exclude: base });
  expect(h.provider.log("Read").toSorted()).toEqual(["Read apart", "Read user"]);
  expect((await h.destroy({ target: [thingUrn("user")] })).steps).toEqual(["delete user"]);
  expect((await h.destroy({ exclude: [thingUrn("apart")] })).steps).toEqual(["delete base"]);
  expect(await h.state()).toEqual(["apart-1"]);
});

it("refreshes the dependents of a target, and leaves those of an excluded one, when told so", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const base = new Thing("base", { value: 1 });
    new Thing("user", { value: base.echo });
    new Thing("apart", { value: 1 });
  });
  await h.refresh({ target: [thingUrn("base")], targetDependents: true });
  expect(h.provider.log("Read").toSorted()).toEqual(["Read base", "Read user"]);
  h.provider.clear();
  await h.refresh({ exclude: [thingUrn("base")], excludeDependents: true });
  expect(h.provider.log("Read")).toEqual(["Read apart"]);
});

it("userAgent and tracing: taken, without effect", async () => {
  await using h = await startHarness();
  const options = { userAgent: "devfactory/1", tracing: "file:./trace" };
  expect((await h.run(things(1, "a"), options)).changes).toEqual({ create: 2 });
  expect((await h.preview(undefined, options)).changes).toEqual({ same: 2 });
  expect((await h.refresh(options)).changes).toEqual({ same: 2 });
  expect((await h.destroy(options)).changes).toEqual({ delete: 2 });
});

it("onOutput, onError, onEvent: in order, while it runs", async () => {
  await using h = await startHarness();
  const seen: string[] = [];
  const errors: string[] = [];
  h.program = async () => {
    const thing = new Thing("a", { value: 1 });
    thing.echo.apply(() => void seen.push("program"));
  };
  await h.stack.up({
    onOutput: () => void (seen.at(-1) !== "output" && seen.push("output")),
    onEvent: (event) => void (event.summaryEvent && seen.push("summary")),
    onError: (text) => void errors.push(text),
  });
  expect([seen.indexOf("output") < seen.indexOf("program"), seen.includes("summary"), errors]).toEqual([
    true,
    true,
    [],
  ]);
  await h.stack.up({ parallel: 1.5, onError: (text) => void errors.push(text) }).catch(() => undefined);
  expect(errors.join("")).toContain("invalid argument");
});

it("program: instead of the stack's own", async () => {
  await using h = await startHarness();
  h.program = things(1, "own");
  expect((await h.stack.preview({ program: things(1, "x", "y") })).changeSummary).toEqual({ create: 3 });
  await h.stack.up({ program: things(1, "other") });
  expect(await h.state()).toEqual(["other-1"]);
});

it("plan: a missing file and a plan are refused", async () => {
  await using h = await startHarness();
  const missing = join(h.folder, "none.json");
  await expect(h.stack.up({ plan: missing })).rejects.toThrow(`error: open ${missing}: no such file or directory`);
  writeFileSync(missing, "{}");
  await expect(h.stack.up({ plan: missing })).rejects.toThrow("--plan is not supported by this engine");
});

it("showSecrets: whether the summary's config is open", async () => {
  await using h = await startHarness();
  await h.stack.setConfig("hidden", { value: "s", secret: true });
  const hiddenOf = (summary: automation.UpdateSummary) => summary.config["proj:hidden"]?.value;
  expect(hiddenOf((await h.stack.up()).summary)).toBe("s");
  expect(hiddenOf((await h.stack.up({ showSecrets: false })).summary)).not.toBe("s");
  expect(hiddenOf((await h.stack.refresh({ showSecrets: true })).summary)).toBe("s");
  expect(hiddenOf((await h.stack.destroy({ showSecrets: false })).summary)).not.toBe("s");
});

it("continueOnError: siblings go on, in up and destroy", async () => {
  await using h = await startHarness();
  const program = async () => {
    new Thing("bad", { createError: "no" });
    new Thing("good", { value: 1, deleteError: "stuck" });
    new Thing("fine", { value: 1 });
  };
  expect((await h.run(program, { continueOnError: true })).failure).toBe("update failed");
  expect((await h.state()).toSorted()).toEqual(["fine-1", "good-1"]);
  expect((await h.destroy({ continueOnError: true })).failure).toBe("destroy failed");
  expect(await h.state()).toEqual(["good-1"]);
});

it("attachDebugger: refused", async () => {
  await using h = await startHarness();
  await expect(h.stack.up({ attachDebugger: true })).rejects.toThrow("--attach-debugger is not supported");
  await expect(h.stack.preview({ attachDebugger: true })).rejects.toThrow("--attach-debugger is not supported");
});

it("signal: an aborted one cancels", async () => {
  await using h = await startHarness();
  h.program = things(1, "a");
  await expect(h.stack.up({ signal: AbortSignal.abort() })).rejects.toThrow("error: update canceled");
  expect(h.provider.log("Create")).toEqual([]);
});

it("runProgram: destroy and refresh run the program", async () => {
  await using h = await startHarness();
  let runs = 0;
  await h.up(async () => {
    runs++;
    new Thing("a", { value: 1 });
  });
  await h.refresh();
  await h.refresh({ runProgram: false });
  expect(runs).toBe(1);
  await h.refresh({ runProgram: true });
  expect(runs).toBe(2);
  expect((await h.destroy({ runProgram: true })).failure).toBe("");
  expect([runs, await h.state(), h.provider.cloud.size]).toEqual([3, [], 0]);
});

it("previewOnly: changes nothing", async () => {
  await using h = await startHarness();
  await h.up(things(1, "a"));
  const before = h.checkpoint();
  await h.stack.refresh({ previewOnly: true });
  await h.stack.destroy({ previewOnly: true });
  expect([h.checkpoint(), await h.stack.history()]).toMatchObject([before, [{ kind: "update" }]]);
});

it("clearPendingCreates: drops creates that a kill left", async () => {
  await using h = await startHarness();
  await h.up(things(1, "a"));
  const file = join(h.folder, ".pulumi", "stacks", "proj", "dev.json");
  const stored = JSON.parse(readFileSync(file, "utf8"));
  const [resource] = await h.resources();
  stored.checkpoint.latest.pending_operations = [{ resource: { ...resource, id: "" }, type: "creating" }];
  writeFileSync(file, JSON.stringify(stored));
  const pending = async () => (await h.stack.exportStack()).deployment.pending_operations?.length ?? 0;
  await h.refresh();
  expect(await pending()).toBe(1);
  await h.refresh({ clearPendingCreates: true });
  expect(await pending()).toBe(0);
});

it("excludeProtected: keeps the protected and says so", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    new Thing("safe", { value: 1 }, { protect: true });
    new Thing("free", { value: 1 });
  });
  const { stdout } = await h.stack.destroy({ excludeProtected: true });
  expect(stdout).toContain("All unprotected resources were destroyed. There are still 1 protected resources");
  expect(await h.state()).toEqual(["safe-1 [protect]"]);
});

it("remove: the stack goes after its resources", async () => {
  await using h = await startHarness();
  await h.up(things(1, "a"));
  const file = join(h.stack.workspace.workDir, "Pulumi.dev.yaml");
  expect(existsSync(file)).toBe(true);
  await h.stack.destroy({ remove: true });
  expect([await h.stack.workspace.listStacks(), existsSync(file)]).toEqual([[], false]);
});
