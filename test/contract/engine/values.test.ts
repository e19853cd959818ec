import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { startHarness, thingUrn } from "../../../emulator/engine/testing/stackHarness.ts";
import { Group, Thing } from "../../../emulator/engine/testing/thing.ts";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";

it.each([
  { title: "no value", value: null },
  { title: "falsy values", value: [0, "", false, null] },
  { title: "deep nesting", value: { a: [{ b: { c: [[1], [2, [3]]] } }] } },
  { title: "fractions and large numbers", value: [0.1, -1.5e-7, 9007199254740991, 1e21] },
  { title: "unicode", value: "ünï🚀\u0000\u2028" },
  { title: "odd keys", value: { "a.b": 1, "c[0]": 2, "": 3, __proto: 4, "with space": 5 } },
  { title: "empty containers", value: [[], {}, [{}]] },
])("carries $title through create, same, and outputs", async ({ value }) => {
  await using h = await startHarness();
  const program = async () => ({ echo: new Thing("a", { value: [value] }).echo });
  const { outputs } = await h.run(program);
  expect(outputs.echo?.value).toEqual([value]);
  expect(h.provider.callsOf("Create", "a")[0]?.inputs.value).toEqual([value]);
  expect(await h.up()).toEqual({ same: 2 });
});

it("carries five megabytes", async () => {
  await using h = await startHarness();
  const text = "0123456789".repeat(500_000);
  const program = async () => ({ length: new Thing("a", { value: text }).echo.apply((echo) => String(echo).length) });
  h.program = program;
  expect((await h.stack.up()).outputs.length?.value).toBe(5_000_000);
  expect((await h.resource("a")).inputs?.value).toBe(text);
  expect(await h.up()).toEqual({ same: 2 });
});

it("carries assets and archives: same when nothing changed, update when the content did", async () => {
  await using h = await startHarness();
  const folder = join(h.folder, "site");
  mkdirSync(folder);
  const file = join(folder, "index.html");
  writeFileSync(file, "one");
  const program = (text: string) => async () =>
    void new Thing("a", {
      text: new pulumi.asset.StringAsset(text),
      file: new pulumi.asset.FileAsset(file),
      folder: new pulumi.asset.FileArchive(folder),
      both: new pulumi.asset.AssetArchive({ "a.txt": new pulumi.asset.StringAsset(text) }),
    });
  expect(await h.up(program("x"))).toEqual({ create: 2 });
  expect(await h.up(program("x"))).toEqual({ same: 2 });
  expect(await h.up(program("y"))).toEqual({ same: 1, update: 1 });
});

// Ours computes no hashes, so a changed file goes unseen: monitor/ has no asset hashing.
it("sees that a file changed under the same path, by its hash", async () => {
  await using h = await startHarness();
  const file = join(h.folder, "index.html");
  writeFileSync(file, "one");
  const program = async () => void new Thing("a", { file: new pulumi.asset.FileAsset(file) });
  await h.up(program);
  // sha256 of "one"
  expect((await h.resource("a")).inputs?.file).toMatchObject({
    hash: "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
  });
  writeFileSync(file, "two");
  expect(await h.up()).toEqual({ same: 1, update: 1 });
});

it("carries references to custom resources and components, as outputs and as inputs", async () => {
  await using h = await startHarness();
  const program = async () => {
    const thing = new Thing("a", { value: 1 });
    const group = new Group("app");
    const user = new Thing("user", { thing, group });
    return { thing, group, echo: user.echo };
  };
  await h.up(program);
  const { inputs, dependencies } = await h.resource("user");
  expect(inputs?.thing).toMatchObject({ [SIGNATURE]: RESOURCE, urn: thingUrn("a"), id: "a-1" });
  expect(inputs?.group).toMatchObject({ [SIGNATURE]: RESOURCE, urn: "urn:pulumi:dev::proj::test:index:Group::app" });
  expect(dependencies).toContain(thingUrn("a"));
  expect(await h.up()).toEqual({ same: 4 });
});

it("keeps what a component says its outputs are, and updates them", async () => {
  await using h = await startHarness();
  class Sized extends pulumi.ComponentResource {
    constructor(name: string, size: number) {
      super("test:index:Sized", name, {});
      const thing = new Thing(`${name}-thing`, { value: size }, { parent: this });
      this.registerOutputs({ size, echo: thing.echo, hidden: pulumi.secret(size) });
    }
  }
  await h.up(async () => void new Sized("s", 1));
  expect((await h.resource("s")).outputs).toMatchObject({ size: 1, echo: 1 });
  await h.up(async () => void new Sized("s", 2));
  expect((await h.resource("s")).outputs).toMatchObject({
    size: 2,
    echo: 2,
    hidden: { plaintext: "2" },
  });
});

it("notes which property depends on what, sorted", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const b = new Thing("b", { value: 1 });
    const a = new Thing("a", { value: 1 });
    const c = new Thing("c", { value: 1 });
    new Thing("user", { both: [b.echo, a.echo], one: { deep: a.echo }, none: 1 }, { dependsOn: [c] });
  });
  const { dependencies, propertyDependencies } = await h.resource("user");
  expect(dependencies).toEqual([thingUrn("a"), thingUrn("b"), thingUrn("c")]);
  expect(propertyDependencies).toEqual({ both: [thingUrn("a"), thingUrn("b")], one: [thingUrn("a")], none: [] });
});

it("depends on a component by depending on its custom children", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const group = new Group("app");
    new Thing("child", { value: 1 }, { parent: group });
    new Thing("user", { value: 2 }, { dependsOn: [group] });
  });
  const child = thingUrn("child", "test:index:Group$");
  expect((await h.resource("user")).dependencies).toContain(child);
  expect(h.provider.log("Create")).toEqual(["Create child", "Create user"]);
});

it("gives outputs of every kind to the caller", async () => {
  await using h = await startHarness();
  const { outputs } = await h.run(async () => ({
    text: "t",
    list: [1, pulumi.output(2)],
    nothing: null,
    missing: undefined,
    later: Promise.resolve({ x: 1 }),
  }));
  expect(Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value]))).toEqual({
    text: "t",
    list: [1, 2],
    nothing: null,
    later: { x: 1 },
  });
});
