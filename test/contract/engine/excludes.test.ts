import { expect, it } from "vitest";
import { startHarness, thingUrn } from "../../../emulator/engine/testing/stackHarness.ts";
import { TestPackage, Thing } from "../../../emulator/engine/testing/thing.ts";

const pair = (value: number) => async () => {
  const base = new Thing("base", { value });
  new Thing("top", { value: base.echo });
  new Thing("alone", { value });
};

it("changes all but the excluded", async () => {
  await using h = await startHarness();
  await h.up(pair(1));
  h.provider.clear();
  expect(await h.up(pair(2), { exclude: [thingUrn("alone")] })).toEqual({ same: 2, update: 2 });
  expect(h.provider.log("Update", "Check")).not.toContain("Check alone");
  expect((await h.resource("alone")).outputs?.echo).toBe(1);
  expect((await h.resource("top")).outputs?.echo).toBe(2);
});

it("leaves dependents of the excluded alone too when told so", async () => {
  await using h = await startHarness();
  await h.up(pair(1));
  expect(await h.up(pair(2), { exclude: ["**::base"], excludeDependents: true })).toEqual({ same: 3, update: 1 });
  expect((await h.resource("top")).outputs?.echo).toBe(1);
  expect((await h.resource("alone")).outputs?.echo).toBe(2);
});

it("does not make what is new and excluded; what needs it is an error", async () => {
  await using h = await startHarness();
  expect(await h.up(pair(1), { exclude: [thingUrn("alone")] })).toEqual({ create: 3, same: 1 });
  expect(await h.state()).toEqual(["base-1", "top-1"]);
  await h.destroy();
  const run = await h.run(pair(1), { exclude: [thingUrn("base")] });
  expect([run.failure, run.errors]).toEqual([
    "update failed",
    [`Resource '${thingUrn("top")}' depends on '${thingUrn("base")}' which was was not specified in --target list.`],
  ]);
});

it("keeps the excluded, and what they need, from being deleted", async () => {
  await using h = await startHarness();
  await h.up(pair(1));
  expect(await h.up(async () => undefined, { exclude: [thingUrn("top")] })).toEqual({ delete: 1, same: 1 });
  expect(await h.state()).toEqual(["base-1", "top-1"]);
  const run = await h.destroy({ exclude: [thingUrn("base")] });
  expect([run.failure, run.changes]).toEqual(["", { delete: 1 }]);
  expect(await h.state()).toEqual(["base-1"]);
});

it("does not read the excluded again in a refresh", async () => {
  await using h = await startHarness();
  await h.up(pair(1));
  h.provider.clear();
  await h.refresh({ exclude: [thingUrn("base"), thingUrn("top")] });
  expect(h.provider.log("Read")).toEqual(["Read alone"]);
});

it("refuses targets and excludes together, and an excluded URN that nobody knows", async () => {
  await using h = await startHarness();
  await expect(h.up(pair(1), { target: ["**::a"], exclude: ["**::b"] })).rejects.toThrow(
    "--target and --exclude cannot be used together",
  );
  const run = await h.run(pair(1), { exclude: ["urn:pulumi:dev::proj::test:index:Thing::none"] });
  expect(run.failure).toBe("update failed");
});

it("keeps a replaced provider as long as something that stays was made with it", async () => {
  await using h = await startHarness();
  const program = (forced: number, names: readonly string[]) => async () => {
    const provider = new TestPackage("one", { forced });
    for (const name of names) new Thing(name, { value: 1 }, { provider });
  };
  await h.up(program(1, ["a"]));
  expect(await h.up(program(2, ["b"]), { exclude: [thingUrn("a")] })).toEqual({ create: 1, replace: 1, same: 1 });
  expect((await h.state()).toSorted()).toEqual(["a-1", "b-1"]);
  expect(await h.up(program(2, ["b"]))).toEqual({ delete: 1, same: 3 });
  expect(await h.state()).toEqual(["b-1"]);
  const { deployment } = await h.stack.exportStack();
  expect(deployment.resources.filter(({ type }: { type: string }) => type === "pulumi:providers:test")).toHaveLength(1);
});

it("refuses to leave what is in the program with a provider that is replaced", async () => {
  await using h = await startHarness();
  const program = (forced: number) => async () => {
    const provider = new TestPackage("one", { forced });
    new Thing("a", { value: forced }, { provider });
    new Thing("b", { value: forced });
  };
  await h.up(program(1));
  const { provider = "" } = await h.resource("a");
  const run = await h.run(program(2), { exclude: [thingUrn("a")] });
  expect([run.failure, run.errors]).toEqual([
    "update failed",
    [
      `provider ${provider} for resource ${thingUrn("a")} has not been registered yet, this is due to a change of providers mixed with --target. Change your program back to the original providers`,
    ],
  ]);
});

it("keeps the order of what it leaves, also when that follows a rename", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const base = new Thing("old", { value: 1 });
    new Thing("user", { value: base.echo });
  });
  const renamed = async () => {
    new Thing("user", { value: 1 });
    new Thing("new", { value: 1 }, { aliases: [{ name: "old" }] });
  };
  expect(await h.up(renamed, { exclude: [thingUrn("user")] })).toEqual({ same: 3 });
  expect(await h.state()).toEqual(["new=old-1", "user-1"]);
});

it("refuses a circle: what stays as it was depends, in the state, on what now depends on it", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const base = new Thing("base", { value: 1 });
    const middle = new Thing("middle", { value: base.echo });
    new Thing("kept", { value: middle.echo });
  });
  h.provider.clear();
  const turned = async () => {
    const kept = new Thing("kept", { value: 1 });
    const middle = new Thing("middle", { value: 2 });
    new Thing("base", { value: 3 }, { dependsOn: [kept, middle] });
  };
  const message = `Resource '${thingUrn("base")}' now depends on '${thingUrn("kept")}', which is not part of this operation and depends on it, in the state, itself or through others. Include both, or neither.`;
  const both = [thingUrn("kept"), thingUrn("middle")];
  expect((await h.run(turned, { exclude: both })).errors).toEqual([message]);
  expect(h.provider.log("Create", "Update", "Delete")).toEqual([]);
  expect(await h.up(turned, { exclude: [thingUrn("kept")] })).toEqual({ same: 2, update: 2 });
  expect(await h.up(turned)).toEqual({ same: 4 });
});
