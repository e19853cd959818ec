import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { startHarness, thingUrn } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

it("gives the program no id and unknown outputs for what is not there yet", async () => {
  await using h = await startHarness();
  const ids: unknown[] = [];
  h.program = async () => {
    const first = new Thing("first", { value: 1 });
    first.id.apply((id) => ids.push(id));
    new Thing("second", { key: first.id, text: pulumi.interpolate`<${first.id}>`, known: first.echo });
  };
  const { changes } = await h.preview();
  expect(changes).toEqual({ create: 3 });
  expect(ids).toEqual([]);
  expect(h.provider.callsOf("Create", "second")).toMatchObject([
    { preview: true, inputs: { key: UNKNOWN, text: UNKNOWN } },
  ]);
  expect((await h.stack.exportStack()).deployment.resources).toBeUndefined();
});

it("keeps known outputs of what stays, and of an update as its provider tells them", async () => {
  await using h = await startHarness();
  const program = (value: number) => async () => {
    const stays = new Thing("stays", { value: 1 });
    const changes = new Thing("changes", { value });
    new Thing("user", { key: stays.id, one: stays.echo, two: changes.echo });
  };
  await h.up(program(1));
  h.provider.clear();
  const { steps } = await h.preview(program(2));
  expect(steps).toEqual(["same stays", "update changes", "update user"]);
  expect(h.provider.callsOf("Diff", "user")[0]?.inputs).toMatchObject({ key: "stays-1", one: 1, two: 2 });
  expect(h.provider.callsOf("Update", "changes")).toMatchObject([{ preview: true }]);
});

it("previews a replacement by a create in preview, and what depends on it", async () => {
  await using h = await startHarness();
  const program = (forced: number) => async () => {
    const base = new Thing("base", { forced });
    new Thing("user", { value: base.id });
  };
  await h.up(program(1));
  h.provider.clear();
  const { steps, changes } = await h.preview(program(2));
  expect(steps).toEqual(["create-replacement base", "replace base", "update user", "delete-replaced base"]);
  expect(changes).toEqual({ replace: 1, same: 1, update: 1 });
  expect(h.provider.callsOf("Create", "base")).toMatchObject([{ preview: true }]);
  expect(h.provider.callsOf("Diff", "user")[0]?.inputs.value).toBe(UNKNOWN);
  expect(h.provider.log("Delete")).toEqual([]);
  expect((await h.state()).toSorted()).toEqual(["base-1", "user-1"]);
});

it("writes nothing: neither state nor history nor lock nor backup", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { value: 1 }));
  const before = h.checkpoint();
  await h.preview(async () => void new Thing("b", { value: 1 }));
  expect(h.checkpoint()).toBe(before);
  expect(await h.stack.history()).toHaveLength(1);
});

it("counts what an update would, deletes and previews of destroy too", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    new Thing("stays", { value: 1 });
    new Thing("goes", { value: 1 });
  });
  expect((await h.preview(async () => void new Thing("stays", { value: 1 }))).changes).toEqual({ delete: 1, same: 2 });
  expect((await h.stack.previewDestroy()).changeSummary).toEqual({ delete: 3 });
  expect((await h.state()).toSorted()).toEqual(["goes-1", "stays-1"]);
});

it("names every protected resource that would have to go, and still shows the rest", async () => {
  await using h = await startHarness();
  const program = (forced: number) => async () => {
    new Thing("one", { forced }, { protect: true });
    new Thing("two", { forced }, { protect: true });
    new Thing("free", { value: forced });
  };
  await h.up(program(1));
  const { steps, errors, failure } = await h.preview(program(2));
  const refused = (name: string) =>
    `unable to replace resource "${thingUrn(name)}"\nas it is currently marked for protection. To unprotect the resource, ` +
    "remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`";
  expect(errors).toEqual([refused("one"), refused("two")]);
  expect(failure).toBe("preview failed");
  expect(steps).toContain("update free");
});

it("warns in a preview that an imported resource may not be replaced, and goes on", async () => {
  await using h = await startHarness();
  const inputs = { forced: 1, physicalName: "p" };
  h.provider.cloud.set("hand", { inputs, outputs: inputs });
  const program = (forced: number) => async () => void new Thing("a", { forced }, { import: "hand" });
  await h.up(program(1));
  const { steps, warnings, failure } = await h.preview(program(2));
  expect(failure).toBe("");
  expect(warnings).toEqual([
    "previously-imported resources that still specify an ID may not be replaced; please remove the `import` declaration from your program",
  ]);
  expect(steps).toEqual(["create-replacement a", "replace a", "delete-replaced a"]);
});

it("shows unknown stack outputs as unknown", async () => {
  await using h = await startHarness();
  h.program = async () => ({ id: new Thing("a", { value: 1 }).id });
  const { events } = await h.preview();
  const root = events
    .flatMap(({ resOutputsEvent: event }) => event?.metadata ?? [])
    .find(({ type }) => type === "pulumi:pulumi:Stack");
  expect(root?.new?.outputs).toEqual({ id: UNKNOWN });
});
