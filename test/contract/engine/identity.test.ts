import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Group, Thing } from "../../../emulator/engine/testing/thing.ts";

it("follows a rename by alias, and rewrites references", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const old = new Thing("old", { value: 1 });
    new Thing("user", { value: old.echo });
  });
  const renamed = async () => {
    const fresh = new Thing("fresh", { value: 1 }, { aliases: [{ name: "old" }] });
    new Thing("user", { value: fresh.echo });
  };
  expect(await h.up(renamed)).toEqual({ same: 3 });
  const [fresh, user] = await h.resources();
  expect(fresh?.urn).toBe("urn:pulumi:dev::proj::test:index:Thing::fresh");
  expect(user?.dependencies).toEqual([fresh?.urn]);
});

it("follows a component to another type and name: its children stay the same", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const group = new Group("app");
    new Thing("app-db", { value: 1 }, { parent: group });
  });
  const moved = async () => {
    const group = new Group("site", { aliases: [{ name: "app", type: "test:index:Group" }] }, "test:index:Site");
    new Thing("site-db", { value: 1 }, { parent: group });
  };
  expect(await h.up(moved)).toEqual({ same: 3 });
  expect((await h.resources()).map((state) => state.urn)).toEqual([
    "urn:pulumi:dev::proj::test:index:Site::site",
    "urn:pulumi:dev::proj::test:index:Site$test:index:Thing::site-db",
  ]);
});

it("ignores changes at nested paths and under every element", async () => {
  await using h = await startHarness();
  const program = (count: number) => async () =>
    void new Thing(
      "a",
      {
        plain: count,
        deep: { inner: count, kept: "x" },
        list: [{ n: count }, { n: count }],
        tags: { one: `${count}` },
      },
      { ignoreChanges: ["plain", "deep.inner", "list[*].n", 'tags["one"]'] },
    );
  await h.up(program(1));
  expect(await h.up(program(2))).toEqual({ same: 2 });
  expect((await h.resources())[0]?.inputs?.deep).toEqual({ inner: 1, kept: "x" });
});

it("lets transforms change properties and options, the resource's own first, then the stack's", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    pulumi.runtime.registerResourceTransform(({ custom, props, opts }) =>
      custom
        ? { props: { ...props, tags: { ...props.tags, stack: "yes" } }, opts: { ...opts, protect: true } }
        : undefined,
    );
    const group = new Group("app", {
      transforms: [({ props, opts }) => ({ props: { ...props, order: "parent" }, opts })],
    });
    new Thing(
      "a",
      { tags: { own: "1" } },
      { parent: group, transforms: [({ props, opts }) => ({ props: { ...props, order: "own" }, opts })] },
    );
  });
  const [, thing] = await h.resources();
  expect(thing?.inputs).toMatchObject({ tags: { own: "1", stack: "yes" }, order: "parent" });
  expect(thing?.protect).toBe(true);
});

it("uses an explicit provider and its configuration, and a component's providers for its children", async () => {
  await using h = await startHarness();
  class TestPackage extends pulumi.ProviderResource {
    constructor(name: string, args: pulumi.Inputs) {
      super("test", name, args);
    }
  }
  const program = async () => {
    const provider = new TestPackage("special", { region: "north", token: pulumi.secret("t") });
    const group = new Group("app", { providers: [provider] });
    new Thing("child", { value: 1 }, { parent: group });
    new Thing("direct", { value: 2 }, { provider });
  };
  expect(await h.up(program)).toEqual({ create: 5 });
  expect(h.provider.calls.find((call) => call.method === "Configure")?.inputs).toMatchObject({ region: "north" });
  const providers = new Set((await h.resources()).filter((state) => state.custom).map((state) => state.provider));
  expect([...providers]).toHaveLength(1);
  expect([...providers][0]).toMatch(/^urn:pulumi:dev::proj::pulumi:providers:test::special::[0-9a-f-]{36}$/);
  expect(await h.up()).toEqual({ same: 5 });
});

it("hands the stack's config of a package's namespace to its default provider", async () => {
  await using h = await startHarness();
  await h.stack.setConfig("test:region", { value: "north" });
  await h.stack.setConfig("test:token", { value: "t0", secret: true });
  await h.up(async () => void new Thing("a", { value: 1 }));
  const configured = h.provider.calls.find((call) => call.method === "Configure");
  expect(configured?.inputs).toMatchObject({ region: "north", token: { value: "t0" } });
  expect(h.checkpoint()).not.toContain('t0"');
});
