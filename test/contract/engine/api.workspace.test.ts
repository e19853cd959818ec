import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as automation from "@pulumi/pulumi/automation/index.js";
import { expect, it } from "vitest";
import { inProcessCommand } from "../../../emulator/engine/inProcess.ts";
import { startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

const { LocalWorkspace, Stack } = automation;
const program = async () => ({});

it("creates, selects, lists and removes stacks, with typed errors", async () => {
  await using h = await startHarness();
  const { workspace } = h.stack;
  const options = { pulumiCommand: inProcessCommand(), envVars: { ...h.env }, pulumiHome: join(h.folder, "home") };
  const args = (stackName: string) => ({ projectName: "proj", stackName, program });
  expect((await LocalWorkspace.createStack(args("one"), options)).name).toBe("one");
  await expect(LocalWorkspace.createStack(args("one"), options)).rejects.toThrow(automation.StackAlreadyExistsError);
  expect((await LocalWorkspace.selectStack(args("one"), options)).name).toBe("one");
  await expect(LocalWorkspace.selectStack(args("none"), options)).rejects.toThrow(automation.StackNotFoundError);
  expect((await LocalWorkspace.createOrSelectStack(args("one"), options)).name).toBe("one");
  expect((await LocalWorkspace.createOrSelectStack(args("two"), options)).name).toBe("two");
  expect((await Stack.create("three", workspace)).name).toBe("three");
  await expect(Stack.create("three", workspace)).rejects.toThrow("stack 'organization/proj/three' already exists");
  expect((await Stack.select("one", workspace)).name).toBe("one");
  await expect(Stack.select("none", workspace)).rejects.toThrow("no stack named 'none' found");
  expect((await Stack.createOrSelect("three", workspace)).name).toBe("three");
  await workspace.createStack("four");
  await workspace.selectStack("one");
  expect((await workspace.stack())?.name).toBe("one");
  expect(await workspace.listStacks()).toEqual(
    ["dev", "four", "one", "three", "two"].map((name) => ({ name, current: name === "one", updateInProgress: false })),
  );
  await workspace.removeStack("one");
  expect(await workspace.stack()).toBeUndefined();
  await expect(workspace.removeStack("one")).rejects.toThrow(automation.StackNotFoundError);
});

it("removes a stack: refuses resources unless forced, keeps the config file when told so", async () => {
  await using h = await startHarness();
  const { workspace } = h.stack;
  const file = join(workspace.workDir, "Pulumi.dev.yaml");
  await h.up(async () => void new Thing("a", { value: 1 }));
  await expect(workspace.removeStack("dev")).rejects.toThrow("'dev' still has resources; removal rejected");
  await workspace.removeStack("dev", { force: true, preserveConfig: true });
  expect([existsSync(file), await workspace.listStacks()]).toEqual([true, []]);
  await workspace.createStack("dev");
  await workspace.removeStack("dev");
  expect(existsSync(file)).toBe(false);
});

it("lists the stacks of all projects when asked", async () => {
  await using h = await startHarness();
  await h.another("other", "dev", program);
  await h.up(async () => void new Thing("a", { value: 1 }));
  const own = await h.stack.workspace.listStacks();
  expect(own).toMatchObject([{ name: "dev", current: true, resourceCount: 3 }]);
  expect(own[0]?.lastUpdate).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const all = await h.stack.workspace.listStacks({ all: true });
  expect(all.map(({ name }) => name).toSorted()).toEqual(["dev", "organization/other/dev"]);
});

it("knows its command, its version, its folders, and who it is", async () => {
  await using h = await startHarness();
  const { workspace } = h.stack;
  expect(workspace.pulumiVersion).toBe("3.270.0");
  expect(workspace.pulumiCommand.version?.version).toBe("3.270.0");
  expect(workspace.pulumiHome).toBe(join(h.folder, "home"));
  const who = await workspace.whoAmI();
  expect(Object.keys(who).toSorted()).toEqual(["url", "user"]);
  expect(who.url).toBe(`file://${h.folder}`);
});

it("reads and writes project and stack settings", async () => {
  const workDir = mkdtempSync(join(tmpdir(), "engine-api-"));
  const workspace = await LocalWorkspace.create({
    workDir,
    pulumiCommand: inProcessCommand(),
    envVars: { PULUMI_BACKEND_URL: `file://${workDir}`, PULUMI_CONFIG_PASSPHRASE: "pw" },
    projectSettings: { name: "settings", runtime: "nodejs", description: "first" },
    stackSettings: { dev: { config: { "settings:key": "value" } } },
  });
  expect(await workspace.projectSettings()).toEqual({ name: "settings", runtime: "nodejs", description: "first" });
  await workspace.saveProjectSettings({ name: "settings", runtime: "nodejs", description: "second" });
  expect(await workspace.projectSettings()).toEqual({
    name: "settings",
    runtime: "nodejs",
    description: "second",
  });
  await workspace.createStack("dev");
  const settings = await workspace.stackSettings("dev");
  expect([settings.config, Object.keys(settings).toSorted()]).toEqual([
    { "settings:key": "value" },
    ["config", "encryptionSalt"],
  ]);
  await workspace.saveStackSettings("dev", { ...settings, config: { "settings:key": "other" } });
  expect(await workspace.getConfig("dev", "key")).toEqual({ value: "other", secret: false });
  expect(Object.keys(await workspace.getAllConfig("dev")).toSorted()).toEqual(["settings:key"]);
  rmSync(workDir, { recursive: true });
});

it("refuses environments: they belong to Pulumi Cloud", async () => {
  await using h = await startHarness();
  const refused = "does not support environments";
  await expect(h.stack.addEnvironments("env")).rejects.toThrow(refused);
  await expect(h.stack.listEnvironments()).rejects.toThrow(refused);
  await expect(h.stack.removeEnvironment("env")).rejects.toThrow(refused);
  await expect(h.stack.workspace.listEnvironments("dev")).rejects.toThrow(refused);
});

it("installs a program's dependencies only when they are not there", async () => {
  await using h = await startHarness();
  const workspace = h.stack.workspace as automation.LocalWorkspace;
  await workspace.install();
  await workspace.install({ noPlugins: true, noDependencies: true });
  mkdirSync(join(workspace.workDir, "node_modules"));
  writeFileSync(join(workspace.workDir, "package.json"), '{"private":true}');
  await workspace.install();
  expect(readFileSync(join(workspace.workDir, "package.json"), "utf8")).toBe('{"private":true}');
});

it("records plugins, lists and removes them, by range too", async () => {
  await using h = await startHarness();
  const { workspace } = h.stack;
  const names = async () =>
    (await workspace.listPlugins()).map(({ name, version, kind }) => `${kind} ${name} ${version}`);
  await workspace.installPlugin("aws", "v6.1.0");
  await workspace.installPlugin("aws", "v7.0.0");
  await workspace.installPluginFromServer("mine", "v0.0.1", "https://example.com/plugins");
  await workspace.installPlugin("go", "v3.0.0", "language");
  expect((await names()).toSorted()).toEqual([
    "language go 3.0.0",
    "resource aws 6.1.0",
    "resource aws 7.0.0",
    "resource mine 0.0.1",
  ]);
  await workspace.removePlugin("aws", "<7.0.0");
  expect((await names()).toSorted()).toEqual(["language go 3.0.0", "resource aws 7.0.0", "resource mine 0.0.1"]);
  await workspace.removePlugin("aws");
  await workspace.removePlugin();
  expect(await names()).toEqual(["language go 3.0.0"]);
  await workspace.removePlugin("go", "3.0.0", "language");
  expect(await workspace.listPlugins()).toEqual([]);
});

it("has hooks for extensions that do nothing by themselves", async () => {
  await using h = await startHarness();
  expect(await h.stack.workspace.serializeArgsForOp("dev")).toEqual([]);
  expect(await h.stack.workspace.postCommandCallback("dev")).toBeUndefined();
});
