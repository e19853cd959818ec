import { expect, it } from "vitest";
import { startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

const urn = (name: string) => `urn:pulumi:dev::proj::test:index:Thing::${name}`;

it("changes only the target; the other stays as it was, unasked", async () => {
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

it("refuses a target that needs something new which is none, and one that nobody knows", async () => {
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

it("destroys a target only with its dependents", async () => {
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
