import * as pulumi from "@pulumi/pulumi";
import * as automation from "@pulumi/pulumi/automation/index.js";
import { expect, it } from "vitest";
import { startHarness, thingUrn } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

const things =
  (...names: string[]) =>
  async () => {
    for (const name of names) new Thing(name, { value: 1 });
  };

it("up, preview, refresh, destroy and their previews tell what they did", async () => {
  await using h = await startHarness();
  const { stack } = h;
  h.program = async () => ({ echo: new Thing("a", { value: 7 }).echo });
  expect((await stack.preview()).changeSummary).toEqual({ create: 2 });
  const up = await stack.up({ message: "first" });
  expect(up.outputs).toEqual({ echo: { value: 7, secret: false } });
  const { kind, message, result, resourceChanges, version } = up.summary;
  expect([kind, message, result, resourceChanges, version]).toEqual(["update", "first", "succeeded", { create: 2 }, 0]);
  expect(up.summary.environment["exec.kind"]).toBe("auto.inline");
  expect((await stack.previewRefresh()).changeSummary).toEqual({ same: 2 });
  const refresh = await stack.refresh();
  expect([refresh.summary.kind, refresh.summary.resourceChanges]).toEqual(["refresh", { same: 2 }]);
  expect((await stack.previewDestroy()).changeSummary).toEqual({ delete: 2 });
  const destroy = await stack.destroy();
  expect([destroy.summary.kind, destroy.summary.resourceChanges]).toEqual(["destroy", { delete: 2 }]);
  expect([up.stderr, refresh.stderr, destroy.stderr]).toEqual(["", "", ""]);
  for (const { stdout } of [up, destroy]) expect(stdout).toContain("Resources:");
});

it("renames: resources, history, config and selection follow", async () => {
  await using h = await startHarness();
  const { stack } = h;
  await stack.setConfig("key", { value: "v" });
  await h.up(things("a"));
  const { stdout, summary } = await stack.rename({ stackName: "prod" });
  expect([stdout.trim(), summary.kind]).toEqual(["Renamed dev to prod", "update"]);
  expect(stack.name).toBe("prod");
  expect((await h.resources()).map((state) => state.urn)).toEqual(["urn:pulumi:prod::proj::test:index:Thing::a"]);
  expect(await stack.getConfig("key")).toEqual({ value: "v", secret: false });
  expect((await stack.workspace.stack())?.name).toBe("prod");
  expect(await stack.history()).toHaveLength(1);
  expect(await h.up()).toEqual({ same: 2 });
  await expect(stack.workspace.selectStack("dev")).rejects.toThrow(automation.StackNotFoundError);
  await h.another("proj", "other", things());
  await expect(stack.rename({ stackName: "other" })).rejects.toThrow(automation.StackAlreadyExistsError);
});

it("imports resources from a list and from a file", async () => {
  await using h = await startHarness();
  for (const [id, value] of [
    ["one", 1],
    ["two", 2],
  ] as const) {
    const inputs = { value, physicalName: id };
    h.provider.cloud.set(id, { inputs, outputs: inputs });
  }
  const { summary, generatedCode } = await h.stack.import({
    resources: [{ type: "test:index:Thing", name: "a", id: "one" }],
    generateCode: false,
    protect: false,
    message: "adopt",
  });
  expect([summary.kind, summary.message, summary.resourceChanges, generatedCode]).toEqual([
    "resource-import",
    "adopt",
    { create: 1, import: 1 },
    "",
  ]);
  expect(await h.state()).toEqual(["a=one"]);
  await h.stack.import({
    resources: [{ type: "test:index:Thing", name: "b", id: "two", parent: "owner" }],
    nameTable: { owner: thingUrn("a") },
    generateCode: false,
  });
  const b = await h.resource("b");
  expect([b.parent, b.protect, b.urn]).toEqual([thingUrn("a"), true, thingUrn("b", "test:index:Thing$")]);
});

it("keeps tags", async () => {
  await using h = await startHarness();
  const { stack } = h;
  await stack.setTag("team", "blue one");
  await stack.workspace.setTag("dev", "cost", "42");
  expect(await stack.getTag("team")).toBe("blue one");
  expect(await stack.workspace.getTag("dev", "cost")).toBe("42");
  expect(await stack.listTags()).toEqual({ team: "blue one", cost: "42" });
  await stack.removeTag("team");
  await stack.workspace.removeTag("dev", "cost");
  expect(await stack.workspace.listTags("dev")).toEqual({});
  await expect(stack.getTag("team")).rejects.toThrow("stack tag 'team' not found for stack 'dev'");
});

it("tells outputs, masked ones apart", async () => {
  await using h = await startHarness();
  expect(await h.stack.outputs()).toEqual({});
  await h.up(async () => ({ plain: [1], hidden: pulumi.secret({ deep: "s" }) }));
  const outputs = { plain: { value: [1], secret: false }, hidden: { value: { deep: "s" }, secret: true } };
  expect(await h.stack.outputs()).toEqual(outputs);
  expect(await h.stack.workspace.stackOutputs("dev")).toEqual(outputs);
});

it("keeps history: newest first, in pages, secrets only when asked", async () => {
  await using h = await startHarness();
  const { stack } = h;
  expect([await stack.history(), await stack.info()]).toEqual([[], undefined]);
  await stack.setConfig("hidden", { value: "s", secret: true });
  await stack.setConfig("open", { value: "o" });
  await stack.up({ message: "one" });
  await stack.up({ message: "two" });
  await h.run(async () => void new Thing("bad", { createError: "no" }), { message: "three" });
  await stack.preview();
  await stack.destroy({ message: "four" });
  const all = await stack.history();
  expect(all.map(({ kind, message, result }) => [kind, message, result])).toEqual([
    ["destroy", "four", "succeeded"],
    ["update", "three", "failed"],
    ["update", "two", "succeeded"],
    ["update", "one", "succeeded"],
  ]);
  expect(all.every(({ startTime, endTime }) => startTime instanceof Date && endTime >= startTime)).toBe(true);
  expect((await stack.history(2, 1)).map(({ message }) => message)).toEqual(["four", "three"]);
  expect((await stack.history(2, 2)).map(({ message }) => message)).toEqual(["two", "one"]);
  expect(await stack.history(2, 3)).toEqual([]);
  expect((await stack.info(true))?.config).toEqual({
    "proj:hidden": { value: "s", secret: true },
    "proj:open": { value: "o", secret: false },
  });
  expect((await stack.history(1, 1, false))[0]?.config["proj:hidden"]).toMatchObject({ secret: true });
  expect((await stack.history(1, 1, false))[0]?.config["proj:hidden"]?.value).not.toBe("s");
  expect((await stack.info())?.message).toBe("four");
});

it("exports with open secrets and imports again", async () => {
  await using h = await startHarness();
  await h.up(async () => ({ echo: new Thing("a", { value: pulumi.secret("hush") }).echo }));
  const before = h.checkpoint();
  const exported = await h.stack.exportStack();
  expect(exported.version).toBe(3);
  expect(Object.keys(exported.deployment)).toEqual(["manifest", "secrets_providers", "resources", "metadata"]);
  expect(JSON.stringify(exported)).toContain('"plaintext":"\\"hush\\""');
  await h.stack.workspace.importStack("dev", await h.stack.workspace.exportStack("dev"));
  expect(h.checkpoint()).toBe(before);
  await h.stack.importStack({ ...exported, deployment: { ...exported.deployment, resources: [] } });
  expect(await h.state()).toEqual([]);
  const other = JSON.parse(JSON.stringify(exported).replaceAll("urn:pulumi:dev::", "urn:pulumi:prod::"));
  await expect(h.stack.importStack(other)).rejects.toThrow("is from a different stack (prod != dev)");
});

it("cancels an update that holds the lock", async () => {
  await using h = await startHarness();
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  h.provider.beforeCreate = () => {
    begun.resolve();
    return go.promise;
  };
  const first = h.up(things("a"));
  await begun.promise;
  const second = await h.another("proj", "dev", things("a"));
  await expect(second.refresh()).rejects.toThrow(automation.ConcurrentUpdateError);
  await second.cancel();
  expect((await second.refresh()).summary.kind).toBe("refresh");
  go.resolve();
  expect(await first).toEqual({ create: 2 });
  await second.cancel(); // nothing to cancel is no error
});

it("has no default organization and refuses to set one", async () => {
  await using h = await startHarness();
  expect(await h.stack.orgGetDefault()).toBe("No Default Organization Specified");
  await expect(h.stack.orgSetDefault("acme")).rejects.toThrow("unable to set a default organization for backend type");
});
