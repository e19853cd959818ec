import { expect, it } from "vitest";
import { startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Group, TestPackage, Thing } from "../../../emulator/engine/testing/thing.ts";

it("hands protect down to children that do not say otherwise", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const group = new Group("app", { protect: true });
    new Thing("guarded", { value: 1 }, { parent: group });
    new Thing("open", { value: 2 }, { parent: group, protect: false });
  });
  expect(await h.state()).toEqual(["app [protect]", "guarded-1 [protect]", "open-1"]);
});

it("hands retainOnDelete down to children that do not say otherwise", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const group = new Group("app", { retainOnDelete: true });
    new Thing("kept", { value: 1 }, { parent: group });
    new Thing("gone", { value: 2 }, { parent: group, retainOnDelete: false });
  });
  expect(await h.state()).toEqual(["app [retainOnDelete]", "kept-1 [retainOnDelete]", "gone-1"]);
  h.provider.clear();
  expect((await h.destroy()).changes).toEqual({ delete: 4 });
  expect(h.provider.log("Delete")).toEqual(["Delete gone"]);
});

it("hands deletedWith down to children", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const owner = new Thing("owner", { value: 0 });
    const group = new Group("app", { deletedWith: owner });
    new Thing("child", { value: 1 }, { parent: group });
  });
  const owner = await h.resource("owner");
  expect((await h.resource("child")).deletedWith).toBe(owner.urn);
  h.provider.clear();
  expect((await h.destroy()).changes).toEqual({ delete: 4 });
  expect(h.provider.log("Delete")).toEqual(["Delete owner"]);
});

it("hands a provider down to children of the same package, and a component's providers map further down", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const north = new TestPackage("north", { region: "n" });
    const south = new TestPackage("south", { region: "s" });
    const outer = new Group("outer", { providers: { test: north } });
    const inner = new Group("inner", { parent: outer });
    const thing = new Thing("by-map", { value: 1 }, { parent: inner });
    new Thing("by-parent", { value: 2 }, { parent: thing });
    new Thing("by-own", { value: 3 }, { parent: inner, provider: south });
    new Thing("by-default", { value: 4 });
  });
  const used = (await h.resources())
    .filter((state) => state.custom)
    .map((state) => [state.urn.split("::").at(-1), state.provider?.split("::").at(-2)]);
  expect(used.toSorted()).toEqual([
    ["by-default", "default"],
    ["by-map", "north"],
    ["by-own", "south"],
    ["by-parent", "north"],
  ]);
});

it("keeps the options of a resource in its state", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const owner = new Thing("owner", { value: 0 });
    new Thing(
      "a",
      { value: 1 },
      {
        protect: false,
        ignoreChanges: ["x.y"],
        replaceOnChanges: ["z"],
        additionalSecretOutputs: ["echo"],
        customTimeouts: { create: "1m30s", update: "2h", delete: "45s" },
        deletedWith: owner,
        replaceWith: [owner],
        replacementTrigger: "t1",
      },
    );
  });
  const owner = await h.resource("owner");
  expect(await h.resource("a")).toMatchObject({
    ignoreChanges: ["x.y"],
    replaceOnChanges: ["z"],
    additionalSecretOutputs: ["echo"],
    customTimeouts: { create: 90, update: 7200, delete: 45 },
    deletedWith: owner.urn,
    replaceWith: [owner.urn],
    replacementTrigger: "t1",
  });
});

it("tells the provider the custom timeouts, in seconds", async () => {
  await using h = await startHarness();
  const program = (value: number) => async () =>
    void new Thing("a", { value }, { customTimeouts: { create: "1m30s", update: "2h", delete: "45s" } });
  await h.up(program(1));
  await h.up(program(2));
  await h.destroy();
  const seconds = (["Create", "Update", "Delete"] as const).map(
    (method) => h.provider.callsOf(method, "a")[0]?.timeoutSeconds,
  );
  expect(seconds).toEqual([90, 7200, 45]);
});

it("notes where in the program a resource was made", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { value: 1 }));
  expect((await h.resource("a")).sourcePosition).toMatch(/^project:\/\/\/.*|^file:\/\/\/.*$/);
});
