import { expect, it } from "vitest";
import { startHarness, thingUrn } from "../../../emulator/engine/testing/stackHarness.ts";
import { Group, Thing } from "../../../emulator/engine/testing/thing.ts";

it("puts the types of all parents into the URN, but not the stack's", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const outer = new Group("outer");
    const inner = new Group("inner", { parent: outer }, "test:index:Inner");
    const thing = new Thing("deep", { value: 1 }, { parent: inner });
    new Thing("deeper", { value: 2 }, { parent: thing });
  });
  expect((await h.resources()).map((state) => state.urn)).toEqual([
    "urn:pulumi:dev::proj::test:index:Group::outer",
    "urn:pulumi:dev::proj::test:index:Group$test:index:Inner::inner",
    "urn:pulumi:dev::proj::test:index:Group$test:index:Inner$test:index:Thing::deep",
    "urn:pulumi:dev::proj::test:index:Group$test:index:Inner$test:index:Thing$test:index:Thing::deeper",
  ]);
});

it.each(["with::colons", "a/b/c", "ünïcødé-文字-🚀", "spaces and $dollars", "trailing::"])(
  "keeps the name %j through create, same, update, and delete",
  async (name) => {
    await using h = await startHarness();
    const program = (value: number) => async () => ({ id: new Thing(name, { value }).id });
    expect(await h.up(program(1))).toEqual({ create: 2 });
    expect((await h.resources()).map((state) => state.urn)).toEqual([thingUrn(name)]);
    expect(await h.up(program(1))).toEqual({ same: 2 });
    expect(await h.up(program(2))).toEqual({ same: 1, update: 1 });
    expect((await h.destroy()).steps).toEqual([`delete ${name}`]);
  },
);

it("lets the same name stand for different types and under different parents", async () => {
  await using h = await startHarness();
  const program = async () => {
    const left = new Group("left");
    const right = new Group("right", {}, "test:index:Other");
    new Thing("x", { value: 1 }, { parent: left });
    new Thing("x", { value: 2 }, { parent: right });
    new Thing("x", { value: 3 }, {}, "test:index:Gadget");
    new Thing("x", { value: 4 });
  };
  expect(await h.up(program)).toEqual({ create: 7 });
  expect(await h.up()).toEqual({ same: 7 });
});

it("31 refuses the same URN twice, and says which", async () => {
  await using h = await startHarness();
  const { errors, failure } = await h.run(async () => {
    new Thing("twin");
    new Thing("twin");
  });
  expect(errors).toEqual([`Duplicate resource URN '${thingUrn("twin")}'; try giving it a unique name`]);
  expect(failure).toBe("update failed");
});

it("gives a resource a new physical name in each preview, and another in the update", async () => {
  await using h = await startHarness();
  h.program = async () => void new Thing("a", { value: 1 });
  await h.preview();
  await h.preview();
  await h.up();
  const names = h.provider.calls.filter(({ method }) => method === "Create").map(({ inputs }) => inputs.physicalName);
  expect(new Set(names).size).toBe(3);
  expect((await h.resource("a")).outputs?.physicalName).toBe(names[2]);
  await h.up();
  expect((await h.resource("a")).outputs?.physicalName).toBe(names[2]);
});
