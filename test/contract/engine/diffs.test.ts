import { expect, it } from "vitest";
import { startHarness, thingUrn } from "../../../emulator/engine/testing/stackHarness.ts";
import { Group, Thing } from "../../../emulator/engine/testing/thing.ts";

const same = { same: 2 };
const update = { same: 1, update: 1 };
const replace = { replace: 1, same: 1 };

it("12 ignoreChanges, nested and *: same, and the old values stay in the state", async () => {
  await using h = await startHarness();
  const program = (count: number) => async () =>
    void new Thing(
      "a",
      {
        plain: count,
        deep: { inner: count, kept: "x" },
        list: [{ n: count }, { n: count }],
        tags: { "a.b": `${count}` },
      },
      { ignoreChanges: ["plain", "deep.inner", "list[*].n", 'tags["a.b"]'] },
    );
  await h.up(program(1));
  h.provider.clear();
  expect(await h.up(program(2))).toEqual(same);
  expect((await h.resource("a")).inputs).toMatchObject({
    plain: 1,
    deep: { inner: 1, kept: "x" },
    list: [{ n: 1 }, { n: 1 }],
    tags: { "a.b": "1" },
  });
  const [check] = h.provider.callsOf("Check", "a");
  expect([check?.inputs.plain, check?.olds.plain]).toEqual([1, 1]);
  expect(h.provider.callsOf("Diff", "a")[0]?.ignoreChanges).toEqual([
    "plain",
    "deep.inner",
    "list[*].n",
    'tags["a.b"]',
  ]);
});

it("ignoreChanges: a property that is new or gone in the program stays as it was", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { kept: 1 }));
  expect(await h.up(async () => void new Thing("a", {}, { ignoreChanges: ["kept"] }))).toEqual(same);
  expect(await h.up(async () => void new Thing("a", { kept: 1, fresh: 2 }, { ignoreChanges: ["fresh"] }))).toEqual(
    same,
  );
  expect((await h.resource("a")).inputs).toMatchObject({ kept: 1 });
  expect(await h.up(async () => void new Thing("a", { kept: 9 }, { ignoreChanges: ["*"] }))).toEqual(same);
});

it("ignoreChanges applies to nothing when the resource is made", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { value: 1 }, { ignoreChanges: ["value", "absent.deep[0]"] }));
  expect((await h.resource("a")).inputs?.value).toBe(1);
});

it("ignoreChanges fails when the element that would hold the old value is gone", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { list: [{ n: 1 }, { n: 2 }] }));
  const { errors } = await h.run(
    async () => void new Thing("a", { list: [{ n: 1 }] }, { ignoreChanges: ["list[1].n"] }),
  );
  expect(errors).toEqual([
    'cannot ignore changes to the following properties because one or more elements of the path are missing: "list[1].n"',
  ]);
});

it("asks Check with new inputs and old ones, and Diff with id, old inputs, and checked inputs", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { value: 1 }));
  const [first] = h.provider.callsOf("Check", "a");
  expect([first?.inputs, first?.olds]).toEqual([{ value: 1 }, {}]);
  h.provider.clear();
  await h.up(async () => void new Thing("a", { value: 2 }));
  const { physicalName } = (await h.resource("a")).inputs ?? {};
  const [check] = h.provider.callsOf("Check", "a");
  expect([check?.inputs, check?.olds]).toEqual([{ value: 2 }, { value: 1, physicalName }]);
  expect(h.provider.callsOf("Diff", "a")).toMatchObject([
    { id: "a-1", inputs: { value: 2, physicalName }, olds: { value: 1, physicalName } },
  ]);
  expect(h.provider.callsOf("Update", "a")).toMatchObject([
    { id: "a-1", inputs: { value: 2, physicalName }, olds: { value: 1, physicalName } },
  ]);
});

it("compares inputs itself when the provider does not know whether there are changes", async () => {
  await using h = await startHarness();
  const program = (value: number) => async () => void new Thing("a", { value, diffUnknown: true });
  await h.up(program(1));
  expect(await h.up(program(1))).toEqual(same);
  expect(await h.up(program(2))).toEqual(update);
});

it.each([
  { title: "a key", replaceOnChanges: ["value"], outcome: replace },
  { title: "every key", replaceOnChanges: ["*"], outcome: replace },
  { title: "another key", replaceOnChanges: ["tree"], outcome: update },
])("replaceOnChanges with $title, where the diff names keys: $outcome", async ({ replaceOnChanges, outcome }) => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { value: 1, tree: { leaf: 1 } }));
  expect(await h.up(async () => void new Thing("a", { value: 2, tree: { leaf: 1 } }, { replaceOnChanges }))).toEqual(
    outcome,
  );
});

it.each([
  { path: "tree", outcome: replace },
  { path: "tree.leaf", outcome: replace },
  { path: "tree.*", outcome: replace },
  { path: "tree.other", outcome: update },
  { path: "list[*].n", outcome: replace },
  { path: "list[1].n", outcome: replace },
  { path: "list[0].n", outcome: update },
])("replaceOnChanges with $path, where the diff names paths: $outcome", async ({ path, outcome }) => {
  await using h = await startHarness();
  const program = (leaf: number, replaceOnChanges: string[]) => async () =>
    void new Thing(
      "a",
      { detailed: true, tree: { leaf, other: 0 }, list: [{ n: 0 }, { n: leaf }] },
      { replaceOnChanges },
    );
  await h.up(program(1, []));
  expect(await h.up(program(2, [path]))).toEqual(outcome);
});

// Ours lets a longer pattern match what stands above it: deploy/diff.ts judge (coversPath(parts, pattern)).
it.each([false, true])(
  "replaceOnChanges with a nested path does not match a diff that names only what is above (by path: %s)",
  async (detailed) => {
    await using h = await startHarness();
    const program = (leaf: number) => async () =>
      void new Thing(
        "a",
        { tree: { leaf }, ...(detailed ? { detailed } : {}) },
        { replaceOnChanges: ["tree.leaf.deeper"] },
      );
    await h.up(program(1));
    expect(await h.up(program(2))).toEqual(update);
  },
);

it("replaceOnChanges with #initerror replaces what did not become ready", async () => {
  await using h = await startHarness();
  const program = (partial: string | undefined, replaceOnChanges: string[]) => async () =>
    void new Thing("a", { value: 1, ...(partial ? { partial } : {}) }, { replaceOnChanges });
  await h.run(program("never ready", ["#initerror"]));
  expect(await h.state()).toEqual(["a-1 [initErrors]"]);
  expect(await h.up(program(undefined, ["#initerror"]))).toEqual(replace);
  expect(await h.state()).toEqual(["a-2"]);
});

it("replaces on request, and blames the id", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { value: 1 }));
  h.provider.clear();
  const { steps, events } = await h.run(undefined, { replace: [thingUrn("a")] });
  expect(steps).toEqual(["create-replacement a", "replace a", "delete-replaced a"]);
  const keys = events.flatMap(({ resourcePreEvent: event }) =>
    String(event?.metadata.op) === "replace" ? (event?.metadata.keys ?? []) : [],
  );
  expect(keys).toEqual(["id"]);
  expect(h.provider.log("Diff")).toEqual([]);
});

it("replaces when the trigger changes, not when it is new or gone", async () => {
  await using h = await startHarness();
  const program = (replacementTrigger?: unknown) => async () =>
    void new Thing("a", { value: 1 }, replacementTrigger === undefined ? {} : { replacementTrigger });
  await h.up(program());
  expect(await h.up(program("one"))).toEqual(same);
  expect(await h.up(program("two"))).toEqual(replace);
  expect(await h.up(program({ deep: [1] }))).toEqual(replace);
  expect(await h.up(program({ deep: [1] }))).toEqual(same);
});

it("updates a component whose inputs change, and keeps its children", async () => {
  await using h = await startHarness();
  class Sized extends Group {}
  const program = (size: number) => async () => {
    const group = new Sized("app");
    new Thing("a", { value: size }, { parent: group, ignoreChanges: ["value"] });
  };
  await h.up(program(1));
  expect(await h.up(program(2))).toEqual({ same: 3 });
});

it("says what changed, property by property, with the kinds of a detailed diff", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { detailed: true, forced: 1, gone: 1, tree: { leaf: 1 } }));
  h.program = async () => void new Thing("a", { detailed: true, forced: 2, fresh: 1, tree: { leaf: 2 } });
  const { events } = await h.preview();
  const step = events
    .flatMap(({ resourcePreEvent: event }) => event?.metadata ?? [])
    .find(({ op }) => String(op) === "replace");
  expect(step?.detailedDiff).toEqual({
    forced: { diffKind: "update-replace", inputDiff: true },
    fresh: { diffKind: "add", inputDiff: true },
    gone: { diffKind: "delete", inputDiff: true },
    "tree.leaf": { diffKind: "update", inputDiff: true },
  });
  expect(step?.keys).toEqual(["forced"]);
});
