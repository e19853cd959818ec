import { expect, it } from "vitest";
import { startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Group, Thing } from "../../../emulator/engine/testing/thing.ts";

it("runs independent creates at once, and lets dependents wait for what they depend on", async () => {
  await using h = await startHarness();
  const both = Promise.withResolvers<void>();
  let begun = 0;
  h.provider.onOperation = async (_, name) => {
    if (name === "left" || name === "right") {
      if (++begun === 2) both.resolve();
      await both.promise; // a serial engine would wait for ever
    }
  };
  const { steps, changes } = await h.run(async () => {
    const left = new Thing("left", { value: 1 });
    const right = new Thing("right", { value: 2 });
    new Thing("join", { left: left.echo, right: right.echo });
    new Thing("after", { value: 3 }, { dependsOn: [left] });
  });
  expect(changes).toEqual({ create: 5 });
  expect(steps.slice(0, 2).toSorted()).toEqual(["create left", "create right"]);
  expect(h.provider.log("Create").slice(2).toSorted()).toEqual(["Create after", "Create join"]);
  expect(h.provider.callsOf("Create", "join")[0]?.inputs).toMatchObject({ left: 1, right: 2 });
});

it("runs one operation at a time with parallel 1, in creates and in deletes", async () => {
  await using h = await startHarness();
  const four = async () => {
    for (const name of ["a", "b", "c", "d"]) new Thing(name, { value: 1, delayMs: 5 });
  };
  expect((await h.run(four, { parallel: 1 })).changes).toEqual({ create: 5 });
  expect(h.provider.mostRunning).toBe(1);
  h.provider.clear();
  expect((await h.destroy({ parallel: 1 })).changes).toEqual({ delete: 5 });
  expect(h.provider.mostRunning).toBe(1);
});

it("runs no more operations at once than parallel allows", async () => {
  await using h = await startHarness();
  const many = async () => {
    for (let index = 0; index < 12; index++) new Thing(`t${index}`, { value: 1, delayMs: 20 });
  };
  await h.run(many, { parallel: 3 });
  expect(h.provider.mostRunning).toBe(3);
});

it("makes two hundred children of a component, and finds them the same", async () => {
  await using h = await startHarness();
  const program = async () => {
    const group = new Group("app");
    for (let index = 0; index < 200; index++) new Thing(`child-${index}`, { value: index }, { parent: group });
  };
  expect(await h.up(program)).toEqual({ create: 202 });
  const states = await h.resources();
  expect(states.filter((state) => state.parent === "urn:pulumi:dev::proj::test:index:Group::app")).toHaveLength(200);
  expect(await h.up()).toEqual({ same: 202 });
  expect((await h.destroy()).changes).toEqual({ delete: 202 });
});

it("follows a program whose number of resources changes", async () => {
  await using h = await startHarness();
  const count = (from: number, to: number) => async () => {
    for (let index = from; index < to; index++) new Thing(`t${index}`, { value: index });
  };
  expect(await h.up(count(0, 3))).toEqual({ create: 4 });
  expect(await h.up(count(0, 5))).toEqual({ create: 2, same: 4 });
  expect(await h.up(count(2, 4))).toEqual({ delete: 3, same: 3 });
  expect((await h.resources()).map((state) => state.inputs?.value).toSorted()).toEqual([2, 3]);
});

it("deletes in the order of the graph: dependents, children, users of a provider and of an owner first", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const base = new Thing("base", { value: 1 });
    const middle = new Thing("middle", { value: base.echo });
    const parent = new Thing("parent", { value: 2 }, { dependsOn: [middle] });
    new Thing("child", { value: 3 }, { parent });
  });
  h.provider.clear();
  const { steps } = await h.destroy();
  expect(steps).toEqual(["delete child", "delete parent", "delete middle", "delete base"]);
  expect(h.provider.log("Delete")).toEqual(["Delete child", "Delete parent", "Delete middle", "Delete base"]);
});

it("keeps what a resource depends on when its delete fails, deletes the rest, and ends the work next time", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const base = new Thing("base", { value: 1 });
    new Thing("stuck", { value: base.echo, deleteError: "in use" });
    new Thing("apart", { value: 3 });
  });
  h.provider.clear();
  const { steps, errors, changes } = await h.destroy({ continueOnError: true });
  expect(steps.toSorted()).toEqual(["delete apart", "delete stuck failed"]);
  expect(errors).toEqual(["in use"]);
  expect(changes).toEqual({ delete: 1 });
  expect(await h.state()).toEqual(["base-1", "stuck-1"]);
  h.provider.cloud.clear();
  await h.refresh();
  expect(await h.state()).toEqual([]);
});
