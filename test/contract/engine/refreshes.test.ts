import { expect, it } from "vitest";
import { type Harness, startHarness, thingUrn } from "../../../emulator/engine/testing/stackHarness.ts";
import { Group, Thing } from "../../../emulator/engine/testing/thing.ts";

/** Changes something behind the engine's back. */
function drift(h: Harness, id: string, value: number): void {
  const found = h.provider.cloud.get(id);
  if (!found) throw new Error(`the cloud has no ${id}`);
  h.provider.cloud.set(id, { inputs: { ...found.inputs, value }, outputs: { ...found.outputs, value, echo: value } });
}

const three = async () => {
  const first = new Thing("first", { value: 1 });
  new Thing("second", { value: first.echo }, { deletedWith: first });
  new Thing("third", { value: 3 });
};

it("23 refresh drift: update, inputs and outputs are taken; gone: delete, references to it are dropped", async () => {
  await using h = await startHarness();
  await h.up(three);
  h.provider.cloud.delete("first-1");
  drift(h, "third-1", 9);
  const { steps, changes } = await h.refresh();
  expect(steps.toSorted()).toEqual(["refresh first", "refresh second", "refresh third"]);
  expect(changes).toEqual({ delete: 1, same: 2, update: 1 });
  expect((await h.state()).toSorted()).toEqual(["second-1", "third-1"]);
  const [second, third] = [await h.resource("second"), await h.resource("third")];
  expect([second.dependencies, second.propertyDependencies, second.deletedWith]).toEqual([
    undefined,
    { value: [] },
    undefined,
  ]);
  expect([third.inputs?.value, third.outputs?.echo]).toEqual([9, 9]);
  const next = await h.run(three);
  expect(next.steps.toSorted()).toEqual(["create first", "same second", "update third"]);
});

it("changes nothing in the state when nothing has changed", async () => {
  await using h = await startHarness();
  await h.up(three);
  const before = JSON.stringify(await h.resources());
  expect((await h.refresh()).changes).toEqual({ same: 4 });
  expect(JSON.stringify(await h.resources())).toBe(before);
});

it("previews a refresh without writing", async () => {
  await using h = await startHarness();
  await h.up(three);
  drift(h, "third-1", 9);
  const before = h.checkpoint();
  expect((await h.stack.previewRefresh()).changeSummary).toEqual({ same: 3, update: 1 });
  expect(h.checkpoint()).toBe(before);
});

it("refreshes only targets", async () => {
  await using h = await startHarness();
  await h.up(three);
  drift(h, "second-1", 8);
  drift(h, "third-1", 9);
  h.provider.clear();
  expect((await h.refresh({ target: [thingUrn("third")] })).changes).toEqual({ update: 1, same: 1 });
  expect(h.provider.log("Read")).toEqual(["Read third"]);
  expect((await h.resource("second")).inputs?.value).toBe(1);
  expect((await h.resource("third")).inputs?.value).toBe(9);
});

it("fails with expectNoChanges when there is drift, and keeps what it found", async () => {
  await using h = await startHarness();
  await h.up(three);
  expect((await h.refresh({ expectNoChanges: true })).failure).toBe("");
  drift(h, "third-1", 9);
  expect((await h.refresh({ expectNoChanges: true })).failure).toBe("no changes were expected but changes occurred");
  expect((await h.resource("third")).inputs?.value).toBe(9);
});

it("keeps a resource whose read fails, and says why", async () => {
  await using h = await startHarness();
  await h.up(three);
  h.provider.mishap = (operation, name) =>
    operation === "Read" && name === "third" ? { kind: "error", message: "not allowed" } : undefined;
  const { errors, failure } = await h.refresh();
  expect([errors, failure]).toEqual([["not allowed"], "refresh failed"]);
  expect((await h.state()).toSorted()).toEqual(["first-1", "second-1", "third-1"]);
});

it("notes a resource that reads as not ready", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { value: 1 }));
  h.provider.mishap = (operation) =>
    operation === "Read" ? { kind: "partial", message: "still starting" } : undefined;
  const { failure } = await h.refresh();
  expect(failure).toBe(""); // a resource that is not ready is a finding, not a failure
  expect((await h.resource("a")).initErrors).toEqual(["still starting"]);
});

it("reads with the old inputs and outputs, and leaves components and providers alone", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const group = new Group("app");
    new Thing("a", { value: 1 }, { parent: group });
  });
  h.provider.clear();
  await h.refresh();
  expect(h.provider.log("Read")).toEqual(["Read a"]);
  expect(h.provider.callsOf("Read", "a")[0]?.inputs).toMatchObject({ value: 1 });
});

it("up --refresh counts the update only, and sees what the refresh found", async () => {
  await using h = await startHarness();
  await h.up(three);
  h.provider.cloud.delete("first-1");
  drift(h, "third-1", 9);
  const { changes } = await h.run(three, { refresh: true });
  expect(changes).toEqual({ create: 1, same: 2, update: 1 });
  expect((await h.state()).toSorted()).toEqual(["first-2", "second-1", "third-1"]);
});

it("destroy --refresh deletes only what is still there", async () => {
  await using h = await startHarness();
  await h.up(three);
  h.provider.cloud.delete("third-1");
  h.provider.clear();
  await h.destroy({ refresh: true });
  expect(h.provider.log("Delete")).toEqual(
    ["Delete second", "Delete first"].filter((line) => line !== "Delete second"),
  );
  expect(await h.state()).toEqual([]);
});

it("does not read again what waits for its replacement, so that the next up still knows it", async () => {
  await using h = await startHarness();
  const program = (forced: number, createError?: string) => async () => {
    const opts = { deleteBeforeReplace: true };
    const parent = new Thing("parent", { forced, ...(createError ? { createError } : {}) }, opts);
    new Thing("child", { value: 1 }, { parent });
  };
  await h.up(program(1));
  await h.run(program(2, "no quota"));
  h.provider.clear();
  expect((await h.refresh()).changes).toEqual({ same: 3 });
  expect(h.provider.log("Read")).toEqual(["Read child"]);
  expect(await h.state()).toEqual(["parent-1 [pendingReplacement]", "child-1"]);
  expect((await h.run(program(2))).steps).toEqual(["replace parent", "create-replacement parent", "same child"]);
});

it("keeps the child of a resource that is gone, without its parent", async () => {
  await using h = await startHarness();
  const program = async () => {
    const parent = new Thing("parent", { value: 1 });
    new Thing("child", { value: 1 }, { parent });
  };
  await h.up(program);
  h.provider.cloud.delete("parent-1");
  await h.refresh();
  expect(await h.state()).toEqual(["child-1"]);
  expect((await h.resource("child")).parent).toBeUndefined();
  expect((await h.run()).steps).toEqual(["create parent", "same child"]);
});
