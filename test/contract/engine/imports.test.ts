import { expect, it } from "vitest";
import { type Harness, startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

/** Puts something into the cloud that no program made. */
function makeByHand(h: Harness, id: string, value: number, more: Readonly<Record<string, number>> = {}): void {
  const inputs = { value, physicalName: `name-of-${id}`, ...more };
  h.provider.cloud.set(id, { inputs, outputs: { ...inputs, echo: value } });
}

const imported =
  (value: number, id = "hand", more = {}) =>
  async () =>
    void new Thing("a", { value, ...more }, { import: id });

it("21 import option: adopted, then same, then an update like any other, also without the option", async () => {
  await using h = await startHarness();
  makeByHand(h, "hand", 5);
  const first = await h.run(imported(5));
  expect([first.steps, first.changes]).toEqual([["import a"], { create: 1, import: 1 }]);
  expect(await h.resource("a")).toMatchObject({ id: "hand", importID: "hand", outputs: { echo: 5 } });
  expect((await h.run(imported(5))).steps).toEqual(["same a"]);
  expect((await h.run(imported(6))).steps).toEqual(["update a"]);
  expect((await h.run(async () => void new Thing("a", { value: 6 }))).steps).toEqual(["same a"]);
  expect(h.provider.log("Create", "Delete")).toEqual([]);
});

it("updates what it imports where the program wants it otherwise", async () => {
  await using h = await startHarness();
  makeByHand(h, "hand", 5);
  const { steps, changes } = await h.run(imported(6));
  expect([steps, changes]).toEqual([["import a", "update a"], { create: 1, import: 1, update: 1 }]);
  expect(h.provider.cloud.get("hand")?.inputs).toMatchObject({ value: 6, physicalName: "name-of-hand" });
  expect(await h.up()).toEqual({ same: 2 });
});

it("does not import what is not there", async () => {
  await using h = await startHarness();
  const { errors, failure } = await h.run(imported(5, "nowhere"));
  expect([errors, failure]).toEqual([["resource 'nowhere' does not exist"], "update failed"]);
  expect(await h.state()).toEqual([]);
});

it("does not import what would have to be replaced", async () => {
  await using h = await startHarness();
  makeByHand(h, "hand", 5, { forced: 1 });
  const { failure } = await h.run(imported(5, "hand", { forced: 2 }));
  expect(failure).toBe("update failed");
  expect(h.provider.log("Create", "Update", "Delete")).toEqual([]);
});

it("replaces what it has by what another id names, and deletes the old one", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { value: 5 }));
  makeByHand(h, "hand", 5);
  const { steps } = await h.run(imported(5));
  expect(steps).toEqual(["import-replacement a", "replace a", "delete-replaced a"]);
  expect(await h.state()).toEqual(["a=hand"]);
  expect([...h.provider.cloud.keys()]).toEqual(["hand"]);
});

it("refuses to replace a resource that still has the import option", async () => {
  await using h = await startHarness();
  makeByHand(h, "hand", 5, { forced: 1 });
  await h.up(imported(5, "hand", { forced: 1 }));
  const { errors } = await h.run(imported(5, "hand", { forced: 2 }));
  expect(errors).toEqual([
    "previously-imported resources that still specify an ID may not be replaced; please remove the `import` declaration from your program",
  ]);
  expect(await h.state()).toEqual(["a=hand"]);
  const { steps } = await h.run(async () => void new Thing("a", { value: 5, forced: 2 }));
  expect(steps).toEqual(["create-replacement a", "replace a", "delete-replaced a"]);
});

it("previews an import without writing", async () => {
  await using h = await startHarness();
  makeByHand(h, "hand", 5);
  const { steps, changes } = await h.preview(imported(5));
  expect([steps, changes]).toEqual([["import a"], { create: 1, import: 1 }]);
  expect((await h.stack.exportStack()).deployment.resources).toBeUndefined();
});

it("takes over by import what it only read", async () => {
  await using h = await startHarness();
  makeByHand(h, "hand", 5);
  await h.up(async () => void Thing.find("a", "hand"));
  const { steps } = await h.run(imported(5));
  expect(steps[0]).toMatch(/^import(-replacement)? a$/);
  expect(await h.state()).toEqual(["a=hand"]);
  expect(h.provider.log("Create", "Delete")).toEqual([]);
});

it("22 import file: protected unless told otherwise, resource-import in the history, and then the program finds it same", async () => {
  await using h = await startHarness();
  makeByHand(h, "one", 1);
  makeByHand(h, "two", 2);
  const resources = [
    { type: "test:index:Thing", name: "a", id: "one" },
    { type: "test:index:Thing", name: "b", id: "two" },
  ];
  const { summary } = await h.stack.import({ resources, generateCode: false, message: "adopt" });
  expect([summary.kind, summary.message, summary.resourceChanges]).toEqual([
    "resource-import",
    "adopt",
    { create: 1, import: 2 },
  ]);
  expect((await h.state()).toSorted()).toEqual(["a=one [protect]", "b=two [protect]"]);
  const program = async () => {
    new Thing("a", { value: 1 }, { protect: true });
    new Thing("b", { value: 2 });
  };
  expect((await h.run(program)).steps.toSorted()).toEqual(["same a", "same b"]);
  expect(h.provider.log("Create", "Update", "Delete")).toEqual([]);
});

it("imports nothing of a list when one is missing", async () => {
  await using h = await startHarness();
  makeByHand(h, "one", 1);
  const resources = [
    { type: "test:index:Thing", name: "a", id: "one" },
    { type: "test:index:Thing", name: "b", id: "nowhere" },
  ];
  await expect(h.stack.import({ resources, generateCode: false })).rejects.toThrow("resource 'nowhere' does not exist");
  expect(h.provider.log("Create", "Update", "Delete")).toEqual([]);
});

it("writes the program code for what it imported", async () => {
  await using h = await startHarness();
  makeByHand(h, "one", 1);
  const { generatedCode } = await h.stack.import({ resources: [{ type: "test:index:Thing", name: "a", id: "one" }] });
  expect(generatedCode).toContain(
    'const a = new test.Thing("a", {\n    physicalName: "name-of-one",\n    value: 1,\n}, {',
  );
  expect(generatedCode).toContain("    protect: true,\n});");
});
