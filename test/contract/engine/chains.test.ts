import { expect, it } from "vitest";
import { RULES } from "../../../emulator/engine/testing/policies/packs.ts";
import { startHarness, thingUrn } from "../../../emulator/engine/testing/stackHarness.ts";
import { Group, TestPackage, Thing } from "../../../emulator/engine/testing/thing.ts";

it("replaces a chain from the front and deletes the old ones from the back", async () => {
  await using h = await startHarness();
  const program = (forced: number) => async () => {
    const one = new Thing("one", { forced, value: forced });
    const two = new Thing("two", { forced: one.echo, value: one.echo });
    new Thing("three", { forced: two.echo });
  };
  await h.up(program(1));
  h.provider.clear();
  const { steps } = await h.run(program(2));
  expect(steps).toEqual([
    "create-replacement one",
    "replace one",
    "create-replacement two",
    "replace two",
    "create-replacement three",
    "replace three",
    "delete-replaced three",
    "delete-replaced two",
    "delete-replaced one",
  ]);
  expect((await h.state()).toSorted()).toEqual(["one-2", "three-2", "two-2"]);
});

it("keeps what was replaced while a dependent's update fails, and ends the work the next time", async () => {
  await using h = await startHarness();
  const program =
    (forced: number, updateError = "") =>
    async () => {
      const base = new Thing("base", { forced });
      new Thing("user", { value: base.id, ...(updateError ? { updateError } : {}) });
    };
  await h.up(program(1));
  const failed = await h.run(program(2, "not now"));
  expect(failed.steps).toEqual(["create-replacement base", "replace base", "update user failed"]);
  expect((await h.state()).toSorted()).toEqual(["base-1 [delete]", "base-2", "user-1"]);
  expect((await h.resource("user")).inputs?.value).toBe("base-1");
  const { steps } = await h.run(program(2));
  expect(steps).toEqual(["same base", "update user", "delete-replaced base"]);
  expect((await h.state()).toSorted()).toEqual(["base-2", "user-1"]);
});

it("retains what a replacement leaves behind when told to retain", async () => {
  await using h = await startHarness();
  const program = (forced: number) => async () => void new Thing("a", { forced }, { retainOnDelete: true });
  await h.up(program(1));
  h.provider.clear();
  const { steps } = await h.run(program(2));
  expect(steps).toEqual(["create-replacement a", "replace a", "delete-replaced a"]);
  expect(h.provider.log("Delete")).toEqual([]);
  expect([...h.provider.cloud.keys()]).toEqual(["a-1", "a-2"]);
  expect(await h.state()).toEqual(["a-2 [retainOnDelete]"]);
});

it("refuses to destroy what is protected, and names each", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    new Thing("one", { value: 1 }, { protect: true });
    new Thing("two", { value: 1 }, { protect: true });
    new Thing("free", { value: 1 });
  });
  const { errors, failure } = await h.destroy();
  expect(failure).toBe("destroy failed");
  expect(errors.map((text) => text.split("\n")[0]).toSorted()).toEqual(
    ["one", "two"].map((name) => `resource "${thingUrn(name)}" cannot be deleted`),
  );
  expect(h.provider.log("Delete")).toEqual([]);
  expect(await h.state()).toHaveLength(3);
});

it("takes protection off and deletes only in the next run", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { value: 1 }, { protect: true }));
  expect((await h.run(async () => undefined)).failure).toBe("update failed");
  expect((await h.run(async () => void new Thing("a", { value: 1 }))).steps).toEqual(["same a"]);
  expect((await h.run(async () => undefined)).steps).toEqual(["delete a"]);
});

it("refuses a targeted up that would take away the provider of what is not targeted", async () => {
  await using h = await startHarness();
  const program = (forced: number) => async () => {
    const provider = new TestPackage("p", { forced });
    new Thing("served", { value: 1 }, { provider });
    new Thing("apart", { value: forced });
  };
  await h.up(program(1));
  const { errors, failure } = await h.run(program(2), { target: [thingUrn("apart")] });
  expect(failure).toBe("update failed");
  expect(errors.join("\n")).toContain(
    "has not been registered yet, this is due to a change of providers mixed with --target. Change your program back to the original providers",
  );
  expect((await h.run(program(2))).failure).toBe("");
  expect((await h.state()).toSorted()).toEqual(["apart-1", "served-2"]);
});

it("keeps a replaced provider as long as something that is not targeted refers to it", async () => {
  await using h = await startHarness();
  const program = (forced: number, name: string) => async () => {
    const provider = new TestPackage("p", { forced });
    new Thing(name, { value: 1 }, { provider });
  };
  await h.up(program(1, "served"));
  const { failure } = await h.run(program(2, "other"), { target: ["**::nothing-like-this"] });
  expect(failure).toBe("");
  expect(await h.state()).toEqual(["served-1"]);
  const { deployment } = await h.stack.exportStack();
  const ids = deployment.resources.map(({ urn, id }: { urn: string; id?: string }) => `${urn}::${id}`);
  expect(ids).toContain((await h.resource("served")).provider);
  expect((await h.run(program(2, "other"))).steps.at(-1)).toBe("delete-replaced p");
  expect(await h.state()).toEqual(["other-1"]);
});

it("moves and renames at once", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const group = new Group("app");
    new Thing("app-db", { value: 1 }, { parent: group });
  });
  const { steps } = await h.run(async () => {
    const site = new Group("site");
    new Thing("store", { value: 1 }, { parent: site, aliases: [thingUrn("app-db", "test:index:Group$")] });
  });
  expect(steps).toEqual(["create site", "same store", "delete app"]);
  expect((await h.resource("store")).id).toBe("app-db-1");
});

it("reads a duration that is none as an error of its resource", async () => {
  await using h = await startHarness();
  const { failure, errors } = await h.run(
    async () => void new Thing("a", { value: 1 }, { customTimeouts: { create: "soon" } }),
  );
  expect(failure).toBe("update failed");
  expect(errors.join("\n")).toContain("unable to parse customTimeout");
  expect(h.provider.log("Create")).toEqual([]);
});

it("45 mandatory policy: fails before anything of the resource is made", async () => {
  await using h = await startHarness();
  const { failure, changes } = await h.run(async () => void new Thing("a", { forbidden: true }), {
    policyPacks: [RULES],
  });
  expect(failure).toBe("update failed");
  expect(changes).toEqual({ create: 1 });
  expect(h.provider.log("Create")).toEqual([]);
  expect(await h.state()).toEqual([]);
});

it("fails an up whose program registers under a parent that is gone", async () => {
  await using h = await startHarness();
  const { failure } = await h.run(async () => {
    const parent = new Thing("parent", { createError: "no" });
    new Thing("child", { value: 1 }, { parent });
  });
  expect(failure).toBe("update failed");
  expect(h.provider.log("Create")).toEqual(["Create parent"]);
});
