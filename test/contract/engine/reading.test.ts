import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

it("calls a function, but not while its arguments are unknown in a preview", async () => {
  await using h = await startHarness();
  h.program = async () => {
    const thing = new Thing("a", { value: 21 });
    return { doubled: pulumi.runtime.invokeOutput("test:index:double", { value: thing.id.apply(() => 21) }) };
  };
  await h.stack.preview();
  expect(h.provider.calls.filter((call) => call.method === "Invoke")).toEqual([]);
  expect((await h.stack.up()).outputs.doubled?.value).toEqual({ doubled: 42 });
  h.program = async () => ({ plain: await pulumi.runtime.invoke("test:index:double", { value: 2 }) });
  expect((await h.stack.up()).outputs.plain?.value).toEqual({ doubled: 4 });
});

it("reads an existing resource as external, and releases it without deleting", async () => {
  await using h = await startHarness();
  h.provider.cloud.set("there", { inputs: { value: 5 }, outputs: { value: 5, echo: 5 } });
  h.program = async () => ({ echo: Thing.find("found", "there").echo });
  expect((await h.stack.up()).outputs.echo?.value).toBe(5);
  expect(await h.resources()).toMatchObject([{ id: "there", external: true }]);
  h.provider.clear();
  expect(await h.up(async () => undefined)).toEqual({ discard: 1, same: 1 });
  expect(h.provider.log("Delete")).toEqual([]);
  await expect(h.up(async () => void Thing.find("absent", "nowhere"))).rejects.toThrow(
    "resource 'nowhere' does not exist",
  );
});

it("adopts a resource with the import option, then finds it the same", async () => {
  await using h = await startHarness();
  h.provider.cloud.set("made-by-hand", {
    inputs: { value: 5, physicalName: "p" },
    outputs: { value: 5, echo: 5, physicalName: "p" },
  });
  const program = (value: number) => async () => void new Thing("a", { value }, { import: "made-by-hand" });
  expect(await h.up(program(5))).toEqual({ create: 1, import: 1 });
  expect(await h.resources()).toMatchObject([{ id: "made-by-hand", importID: "made-by-hand" }]);
  expect(await h.up()).toEqual({ same: 2 });
  expect(h.provider.log("Create", "Update")).toEqual([]);
  expect(await h.up(program(6))).toEqual({ same: 1, update: 1 });
  await expect(h.up(async () => void new Thing("b", {}, { import: "nowhere" }))).rejects.toThrow(
    "resource 'nowhere' does not exist",
  );
});

it("refreshes drift as an update and what is gone as a delete", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const gone = new Thing("gone", { value: 1 });
    new Thing("drifted", { value: 2 }, { dependsOn: [gone] });
    new Thing("still", { value: 3 });
  });
  h.provider.cloud.delete("id-1");
  const drifted = [...h.provider.cloud].find(([, { inputs }]) => inputs.value === 2);
  if (drifted)
    h.provider.cloud.set(drifted[0], {
      inputs: { ...drifted[1].inputs, value: 9 },
      outputs: { ...drifted[1].outputs, value: 9 },
    });
  for (const [id, { inputs }] of h.provider.cloud) if (inputs.value === 1) h.provider.cloud.delete(id);
  expect((await h.stack.previewRefresh()).changeSummary).toEqual({ delete: 1, same: 2, update: 1 });
  const { summary } = await h.stack.refresh();
  expect(summary.resourceChanges).toEqual({ delete: 1, same: 2, update: 1 });
  expect(summary.kind).toBe("refresh");
  const states = await h.resources();
  expect(states.map((state) => state.inputs?.value).toSorted()).toEqual([3, 9]);
  expect(states.flatMap((state) => state.dependencies ?? [])).toEqual([]);
  expect(await h.up()).toEqual({ create: 1, same: 2, update: 1 });
});

it("refreshes first with up --refresh and counts the update only", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { value: 1 }));
  h.provider.cloud.clear();
  expect(await h.up(undefined, { refresh: true })).toEqual({ create: 1, same: 1 });
});

it("imports from a list, protected unless told otherwise, and the program finds it the same", async () => {
  await using h = await startHarness();
  h.provider.cloud.set("by-hand", {
    inputs: { value: 5, physicalName: "p" },
    outputs: { value: 5, echo: 5, physicalName: "p" },
  });
  const resources = [{ type: "test:index:Thing", name: "a", id: "by-hand" }];
  await expect(h.stack.import({ resources })).rejects.toThrow(
    "this engine writes no program code: pass --generate-code=false",
  );
  const { summary } = await h.stack.import({ resources, generateCode: false, protect: false });
  expect([summary.kind, summary.resourceChanges]).toEqual(["resource-import", { create: 1, import: 1 }]);
  expect(await h.up(async () => void new Thing("a", { value: 5 }))).toEqual({ same: 2 });
  expect(h.provider.log("Create", "Update", "Delete")).toEqual([]);
  const gone = [{ type: "test:index:Thing", name: "b", id: "nowhere" }];
  await expect(h.stack.import({ resources: gone, generateCode: false })).rejects.toThrow(
    "resource 'nowhere' does not exist",
  );
  expect(await h.resources()).toHaveLength(1);
});
