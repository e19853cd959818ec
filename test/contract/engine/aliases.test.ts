import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { startHarness, thingUrn } from "../../../emulator/engine/testing/stackHarness.ts";
import { Group, Thing } from "../../../emulator/engine/testing/thing.ts";

it("10 follows a rename by alias: same, and references are rewritten", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const old = new Thing("old", { value: 1 });
    new Thing("user", { value: old.echo }, { deletedWith: old, dependsOn: [old] });
  });
  const { steps } = await h.run(async () => {
    const fresh = new Thing("fresh", { value: 1 }, { aliases: [{ name: "old" }] });
    new Thing("user", { value: fresh.echo }, { deletedWith: fresh, dependsOn: [fresh] });
  });
  expect(steps).toEqual(["same fresh", "same user"]);
  const user = await h.resource("user");
  expect([user.dependencies, user.deletedWith, user.propertyDependencies?.value]).toEqual([
    [thingUrn("fresh")],
    thingUrn("fresh"),
    [thingUrn("fresh")],
  ]);
  expect(await h.up()).toEqual({ same: 3 });
});

it("rewrites references in resources that the program no longer mentions, so that they are deleted first", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const old = new Thing("old", { value: 1 });
    new Thing("user", { value: old.echo });
  });
  const { steps } = await h.run(async () => void new Thing("fresh", { value: 1 }, { aliases: [{ name: "old" }] }));
  expect(steps).toEqual(["same fresh", "delete user"]);
  expect(await h.state()).toEqual(["fresh=old-1"]);
});

it.each([
  { kind: "a type", type: "test:index:Gadget", alias: { type: "test:index:Thing" } },
  { kind: "a name", name: "b", alias: { name: "a" } },
  { kind: "a full URN", name: "b", alias: "urn:pulumi:dev::proj::test:index:Thing::a" },
  { kind: "a name and a type", name: "b", type: "test:index:Gadget", alias: { name: "a", type: "test:index:Thing" } },
] as const)("follows $kind", async ({ alias, ...now }) => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { value: 1 }));
  const { name, type } = { name: "a", type: "test:index:Thing", ...now };
  const { steps } = await h.run(async () => void new Thing(name, { value: 1 }, { aliases: [alias] }, type));
  expect(steps).toEqual([`same ${name}`]);
  expect((await h.resource(name)).urn).toBe(`urn:pulumi:dev::proj::${type}::${name}`);
});

it("follows a resource that moves into a component, out of it, and from one to another", async () => {
  await using h = await startHarness();
  const inside =
    (name: string, aliases: (pulumi.Alias | string)[], before?: (group: Group) => pulumi.Alias) => async () => {
      const group = new Group(name, {}, `test:index:${name}`);
      new Thing("a", { value: 1 }, { parent: group, aliases: before ? [before(group)] : aliases });
    };
  await h.up(async () => void new Thing("a", { value: 1 }));
  expect((await h.run(inside("One", [{ parent: pulumi.rootStackResource }]))).steps).toEqual(["create One", "same a"]);
  const urnOfOne = "urn:pulumi:dev::proj::test:index:One::One";
  const moved = await h.run(inside("Two", [{ parent: urnOfOne }]));
  expect(moved.steps).toEqual(["create Two", "same a", "delete One"]);
  const out = await h.run(
    async () =>
      void new Thing("a", { value: 1 }, { aliases: [{ parent: "urn:pulumi:dev::proj::test:index:Two::Two" }] }),
  );
  expect(out.steps).toEqual(["same a", "delete Two"]);
  expect((await h.resource("a")).urn).toBe(thingUrn("a"));
});

it("follows noParent", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { value: 1 }));
  const { steps } = await h.run(async () => {
    const group = new Group("app");
    new Thing("a", { value: 1 }, { parent: group, aliases: [{ parent: undefined as never }] });
  });
  expect(steps).toEqual(["create app", "same a"]);
});

it("follows another stack's and another project's name", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { value: 1 }));
  const { deployment, version } = await h.stack.exportStack();
  const text = JSON.stringify(deployment).replaceAll("urn:pulumi:dev::proj::", "urn:pulumi:old::legacy::");
  await h.stack.importStack({ version, deployment: JSON.parse(text) }).catch(() => undefined);
  const { steps } = await h.run(
    async () => void new Thing("a", { value: 1 }, { aliases: [{ stack: "old", project: "legacy" }] }),
  );
  expect(steps.filter((step) => step.endsWith(" a"))).toEqual(["same a"]);
  expect((await h.resource("a")).urn).toBe(thingUrn("a"));
});

it("11 follows a component to another type and name: its children stay the same, at any depth", async () => {
  await using h = await startHarness();
  const program = (name: string, type: string, opts?: pulumi.ComponentResourceOptions) => async () => {
    const outer = new Group(name, opts, type);
    const inner = new Group(`${name}-inner`, { parent: outer });
    new Thing(`${name}-inner-db`, { value: 1 }, { parent: inner });
    new Thing("plain", { value: 2 }, { parent: outer });
  };
  await h.up(program("app", "test:index:Group"));
  const { steps } = await h.run(
    program("site", "test:index:Site", { aliases: [{ name: "app", type: "test:index:Group" }] }),
  );
  expect(steps).toEqual(["same site", "same site-inner", "same plain", "same site-inner-db"].toSorted(by(steps)));
  expect(await h.up()).toEqual({ same: 5 });
});

it("multiplies a parent's aliases with the child's own", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const group = new Group("app");
    new Thing("old", { value: 1 }, { parent: group });
  });
  const { steps } = await h.run(async () => {
    const group = new Group("site", { aliases: [{ name: "app", type: "test:index:Group" }] }, "test:index:Site");
    new Thing("new", { value: 1 }, { parent: group, aliases: [{ name: "old" }] });
  });
  expect(steps).toEqual(["same site", "same new"]);
});

// Ours says "More than one resource (…) is using alias": deploy/stepGenerator.ts #findAlias.
it("refuses two resources with the same alias", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("old", { value: 1 }));
  const { errors, failure } = await h.run(async () => {
    new Thing("first", { value: 1 }, { aliases: [{ name: "old" }] });
    new Thing("second", { value: 1 }, { aliases: [{ name: "old" }] });
  });
  expect(errors).toEqual([
    `Duplicate resource alias '${thingUrn("old")}' applied to resource with URN '${thingUrn("second")}' conflicting with resource with URN '${thingUrn("first")}'`,
  ]);
  expect(failure).toBe("update failed");
});

it("prefers a resource's own name over its aliases, and the first alias over the second", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    new Thing("own", { value: 1 });
    new Thing("former", { value: 2 });
    new Thing("earlier", { value: 3 });
  });
  const { steps } = await h.run(async () => {
    new Thing("own", { value: 1 }, { aliases: [{ name: "former" }] });
    new Thing("new", { value: 2 }, { aliases: [{ name: "former" }, { name: "earlier" }] });
  });
  expect(steps).toEqual(["same own", "same new", "delete earlier"]);
  expect(await h.state()).toEqual(["own-1", "new=former-1"]);
});

it("updates and replaces under a new name as under the old one", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("old", { value: 1, forced: 1 }));
  const update = await h.run(
    async () => void new Thing("mid", { value: 2, forced: 1 }, { aliases: [{ name: "old" }] }),
  );
  expect(update.steps).toEqual(["update mid"]);
  const replace = await h.run(
    async () => void new Thing("new", { value: 2, forced: 2 }, { aliases: [{ name: "mid" }] }),
  );
  expect(replace.steps).toEqual(["create-replacement new", "replace new", "delete-replaced mid"]);
  expect(await h.state()).toEqual(["new-1"]);
});

/** Siblings begin in any order: the one that happened. */
function by(steps: readonly string[]): (left: string, right: string) => number {
  return (left, right) => steps.indexOf(left) - steps.indexOf(right);
}
