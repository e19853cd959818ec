import { expect, it } from "vitest";
import { startHarness, thingUrn as urn } from "../../../emulator/engine/testing/stackHarness.ts";
import { Group, TestPackage, Thing } from "../../../emulator/engine/testing/thing.ts";

it("33 changes only the target; the other stays as it was, unasked", async () => {
  await using h = await startHarness();
  const program = (value: number) => async () => {
    new Thing("one", { value });
    new Thing("two", { value });
  };
  await h.up(program(1));
  h.provider.clear();
  expect(await h.up(program(2), { target: [urn("one")] })).toEqual({ same: 2, update: 1 });
  expect(h.provider.log("Check", "Update")).toEqual(["Check one", "Update one"]);
  expect(await h.up(undefined, { target: ["**::t*"] })).toEqual({ same: 2, update: 1 });
  expect(await h.up()).toEqual({ same: 3 });
});

it("34 refuses a target that needs something new which is none, and one that nobody knows", async () => {
  await using h = await startHarness();
  const program = async () => {
    const base = new Thing("base", { value: 1 });
    new Thing("top", { value: 2 }, { dependsOn: [base] });
  };
  const need = `Resource '${urn("top")}' depends on '${urn("base")}' which was was not specified in --target list.`;
  await expect(h.up(program, { target: [urn("top")] })).rejects.toThrow(need);
  await expect(h.up(program, { target: [urn("nobody")] })).rejects.toThrow(
    `Target '${urn("nobody")}' could not be found in the stack.`,
  );
  expect(await h.up(program, { target: [urn("base")], targetDependents: true })).toEqual({ create: 2, same: 1 });
});

it("35 destroys a target only with its dependents", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const base = new Thing("base", { value: 1 });
    new Thing("top", { value: base.echo });
    new Thing("apart", { value: 3 });
  });
  await expect(h.stack.destroy({ target: [urn("base")] })).rejects.toThrow(
    `Resource '${urn("top")}' will be destroyed but was not specified in --target list.`,
  );
  expect(h.provider.log("Delete")).toEqual([]);
  const { summary } = await h.stack.destroy({ target: [urn("base")], targetDependents: true });
  expect(summary.resourceChanges).toEqual({ delete: 2 });
  expect((await h.resources()).map((state) => state.urn)).toEqual([urn("apart")]);
});

it("leaves alone what is no longer in the program unless it is a target", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    new Thing("one", { value: 1 });
    new Thing("two", { value: 1 });
  });
  expect(await h.up(async () => undefined, { target: [urn("two")] })).toEqual({ delete: 1, same: 1 });
  expect((await h.resources()).map((state) => state.urn)).toEqual([urn("one")]);
});

it.each([
  { glob: "**", changed: ["app-a", "b"] },
  { glob: "**Thing::b", changed: ["b"] },
  { glob: "urn:pulumi:dev::proj::test:index:Group$*::app-a", changed: [] },
  { glob: "urn:pulumi:dev::proj::test:index:Group$**::app-a", changed: ["app-a"] },
  { glob: "urn:pulumi:*::proj::test:index:Thing::*", changed: ["b"] },
  { glob: "urn:pulumi:dev::*::a", changed: [] },
])("takes the glob $glob as a target: $changed", async ({ glob, changed }) => {
  await using h = await startHarness();
  const program = (value: number) => async () => {
    const group = new Group("app");
    new Thing("app-a", { value }, { parent: group });
    new Thing("b", { value });
  };
  await h.up(program(1));
  h.provider.clear();
  await h.up(program(2), { target: [glob] });
  expect(h.provider.log("Update").toSorted()).toEqual(changed.map((name) => `Update ${name}`));
});

// Ours gives it always: deploy/targets.ts missingTarget.
it("gives advice about a shell only for a missing target without $", async () => {
  await using h = await startHarness();
  const plain = await h.run(async () => undefined, { target: [urn("nobody")] });
  expect(plain.errors).toEqual([
    `Target '${urn("nobody")}' could not be found in the stack. Did you forget to escape $ in your shell?`,
  ]);
  const child = urn("nobody", "test:index:Group$");
  expect((await h.run(undefined, { target: [child] })).errors).toEqual([
    `Target '${child}' could not be found in the stack.`,
  ]);
});

// Ours makes no step of what it leaves out: deploy/stepGenerator.ts #untargeted.
it("means providers and the stack itself whatever the targets", async () => {
  await using h = await startHarness();
  const { steps, changes } = await h.run(
    async () => {
      const provider = new TestPackage("p", { region: "n" });
      new Thing("one", { value: 1 }, { provider });
      new Thing("two", { value: 1 }, { provider });
    },
    { target: [urn("one")] },
  );
  expect(changes).toEqual({ create: 3, same: 1 });
  expect(steps.filter((step) => step.startsWith("create"))).toEqual(["create p", "create one"]);
  expect(await h.state()).toEqual(["one-1"]);
});

it("leaves dependents as they are when a target is replaced, until the next full up", async () => {
  await using h = await startHarness();
  const program = (forced: number) => async () => {
    const base = new Thing("base", { forced });
    new Thing("user", { value: base.id });
  };
  await h.up(program(1));
  const { steps } = await h.run(program(2), { target: [urn("base")] });
  expect(steps).toEqual(["create-replacement base", "replace base", "same user", "delete-replaced base"]);
  expect((await h.resource("user")).inputs?.value).toBe("base-1");
  expect((await h.run(program(2))).steps).toEqual(["same base", "update user"]);
});

it("keeps a chain of dependents, in order, when none of it is targeted and its root left the program", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const root = new Thing("root", { value: 1 });
    new Thing("user", { value: root.echo });
    new Thing("apart", { value: 1 });
  });
  const without = async () => {
    new Thing("user", { value: 1 });
    new Thing("apart", { value: 2 });
  };
  expect((await h.run(without, { target: [urn("apart")] })).failure).toBe("");
  expect((await h.state()).toSorted()).toEqual(["apart-1", "root-1", "user-1"]);
  const order = (await h.state()).filter((line) => line !== "apart-1");
  expect(order).toEqual(["root-1", "user-1"]);
  expect((await h.run(without)).steps.toSorted()).toEqual(["delete root", "same apart", "same user"]);
});

it("previews targets as it updates them", async () => {
  await using h = await startHarness();
  const program = (value: number) => async () => {
    new Thing("one", { value });
    new Thing("two", { value });
  };
  await h.up(program(1));
  expect((await h.preview(program(2), { target: [urn("two")] })).changes).toEqual({ same: 2, update: 1 });
});

it("destroys targets by glob, children and all dependents only when told so", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const group = new Group("app");
    const inside = new Thing("app-a", { value: 1 }, { parent: group });
    new Thing("user", { value: inside.echo });
    new Thing("apart", { value: 2 });
  });
  const refused = await h.destroy({ target: ["**::app"] });
  expect(refused.failure).toBe("destroy failed");
  expect(h.provider.log("Delete")).toEqual([]);
  const { steps } = await h.destroy({ target: ["**::app"], targetDependents: true });
  expect(steps).toEqual(["delete user", "delete app-a", "delete app"]);
  expect(await h.state()).toEqual(["apart-1"]);
});

it("says of a dependent that is no target, and went with its target, that it must be made again", async () => {
  await using h = await startHarness();
  const program = (forced: number) => async () => {
    const base = new Thing("base", { forced }, { deleteBeforeReplace: true });
    new Thing("top", { forced: forced === 1 ? base.physicalName : 2 }, forced === 1 ? {} : { dependsOn: [] });
  };
  await h.up(program(1));
  h.provider.clear();
  expect(await h.up(program(2), { target: [urn("base")] })).toEqual({ replace: 1, same: 2 });
  expect(h.provider.log("Delete", "Create")).toEqual(["Delete top", "Delete base", "Create base"]);
  expect((await h.state()).toSorted()).toEqual(["base-2", "top-1 [pendingReplacement]"]);
  expect(await h.up()).toEqual({ replace: 1, same: 2 });
  expect((await h.state()).toSorted()).toEqual(["base-2", "top-2"]);
});

it("keeps a target that left the program while something untargeted still depends on it in the state", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const base = new Thing("base", { value: 1 });
    new Thing("user", { value: base.echo });
  });
  const freed = async () => void new Thing("user", { value: 1 });
  const { failure, steps } = await h.run(freed, { target: [urn("base")] });
  expect([failure, steps]).toEqual(["", ["same user", "same base"]]);
  expect(await h.state()).toEqual(["base-1", "user-1"]);
  expect((await h.run(freed)).steps).toEqual(["same user", "delete base"]);
});
