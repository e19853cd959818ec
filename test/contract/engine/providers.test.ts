import type * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import type { ResourceState } from "../../../emulator/engine/deploy/state.ts";
import { type Harness, startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Group, TestPackage, Thing } from "../../../emulator/engine/testing/thing.ts";

/** The provider resources of the state: name and inputs. */
async function providersOf(h: Harness): Promise<readonly unknown[]> {
  const { deployment } = await h.stack.exportStack();
  const all: readonly ResourceState[] = deployment.resources ?? [];
  return all
    .filter((state) => state.type.startsWith("pulumi:providers:"))
    .map((state) => [state.urn.split("::").slice(2).join(" "), state.inputs ?? {}]);
}

// Ours keeps the dash of a pre-release: monitor/defaultProviders.ts #register.
it("makes one default provider per package and version, with the version as its input and no parent", async () => {
  await using h = await startHarness();
  const program = async () => {
    new Thing("a", { value: 1 });
    new Thing("b", { value: 2 });
    new Thing("c", { value: 3 }, { version: "3.28.0" });
    new Thing("d", { value: 4 }, { version: "v3.28.0" });
    new Thing("e", { value: 5 }, { version: "3.29.0-beta.1" });
  };
  expect(await h.up(program)).toEqual({ create: 6 });
  expect((await providersOf(h)).toSorted()).toEqual([
    ["pulumi:providers:test default", {}],
    ["pulumi:providers:test default_3_28_0", { version: "3.28.0" }],
    ["pulumi:providers:test default_3_29_0_beta_1", { version: "3.29.0-beta.1" }],
  ]);
  expect(h.provider.log("Configure").toSorted()).toEqual([
    "Configure default",
    "Configure default_3_28_0",
    "Configure default_3_29_0_beta_1",
  ]);
});

it("hands the stack's config of a package's namespace to its default provider, secrets as secrets", async () => {
  await using h = await startHarness();
  await h.stack.setConfig("test:region", { value: "north" });
  await h.stack.setConfig("test:token", { value: "t0-secret", secret: true });
  await h.stack.setConfig("other:region", { value: "south" });
  await h.up(async () => void new Thing("a", { value: 1 }));
  expect(await providersOf(h)).toMatchObject([
    ["pulumi:providers:test default", { region: "north", token: { plaintext: '"t0-secret"' } }],
  ]);
  expect(h.checkpoint()).not.toContain("t0-secret");
});

it("moves resources to a default provider of another version without replacing them", async () => {
  await using h = await startHarness();
  const program = (version: string) => async () => void new Thing("a", { value: 1 }, { version });
  await h.up(program("1.0.0"));
  h.provider.clear();
  const { steps, changes } = await h.run(program("2.0.0"));
  expect(steps).toEqual(["same a"]);
  expect(changes).toEqual({ same: 2 });
  expect(h.provider.log("DiffConfig")).toEqual(["DiffConfig default_2_0_0"]);
  expect((await providersOf(h)).map((entry) => (entry as string[])[0])).toEqual([
    "pulumi:providers:test default_2_0_0",
  ]);
});

it("replaces what moves to another provider when that one's DiffConfig says so, and not otherwise", async () => {
  await using h = await startHarness();
  const program = (name: string, args: pulumi.Inputs) => async () => {
    const provider = new TestPackage(name, args);
    new Thing("a", { value: 1 }, { provider });
  };
  await h.up(program("one", { forced: "x", region: "n" }));
  h.provider.clear();
  const moved = await h.run(program("two", { forced: "x", region: "s" }));
  expect(moved.steps).toEqual(["create two", "same a", "delete one"]);
  const replaced = await h.run(program("three", { forced: "y", region: "s" }));
  expect(replaced.steps).toEqual([
    "create three",
    "create-replacement a",
    "replace a",
    "delete-replaced a",
    "delete two",
  ]);
  const keys = replaced.events.flatMap(({ resourcePreEvent: event }) =>
    String(event?.metadata.op) === "replace" ? (event?.metadata.keys ?? []) : [],
  );
  expect(keys).toEqual(["provider"]);
});

it("does not ask about a provider that was only renamed", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const provider = new TestPackage("old", { forced: "x" });
    new Thing("a", { value: 1 }, { provider });
  });
  h.provider.clear();
  const { steps } = await h.run(async () => {
    const provider = new TestPackage("new", { forced: "x" }, { aliases: [{ name: "old" }] });
    new Thing("a", { value: 1 }, { provider });
  });
  expect(steps).toEqual(["same new", "same a"]);
  expect((await h.resource("a")).provider).toContain("pulumi:providers:test::new::");
});

it("replaces an explicit provider whose configuration demands it, and with it what it serves", async () => {
  await using h = await startHarness();
  const program = (forced: string) => async () => {
    const provider = new TestPackage("p", { forced });
    new Thing("a", { value: 1 }, { provider });
  };
  await h.up(program("x"));
  h.provider.clear();
  const { steps, changes } = await h.run(program("y"));
  expect(steps).toEqual([
    "create-replacement p",
    "replace p",
    "create-replacement a",
    "replace a",
    "delete-replaced a",
    "delete-replaced p",
  ]);
  expect(changes).toEqual({ replace: 2, same: 1 });
  expect(await h.state()).toEqual(["a-2"]);
});

it("updates an explicit provider whose configuration changes, and leaves what it serves", async () => {
  await using h = await startHarness();
  const program = (region: string) => async () => {
    const provider = new TestPackage("p", { region });
    new Thing("a", { value: 1 }, { provider });
  };
  await h.up(program("n"));
  const { steps } = await h.run(program("s"));
  expect(steps).toEqual(["update p", "same a"]);
});

// Ours has the Terraform bridge's words: deploy/problem.ts checkMessage.
it("refuses a configuration that the provider's check refuses", async () => {
  await using h = await startHarness();
  const { errors } = await h.run(async () => {
    const provider = new TestPackage("p", { checkError: "no such region" });
    new Thing("a", { value: 1 }, { provider });
  });
  expect(errors).toEqual([
    "pulumi:providers:test resource 'p': property checkError value {no such region} has a problem: no such region",
  ]);
  expect(h.provider.log("Create")).toEqual([]);
});

it("previews resources without calls while their provider's configuration is unknown", async () => {
  await using h = await startHarness();
  const program = async () => {
    const first = new Thing("first", { value: "n" });
    const provider = new TestPackage("p", { region: first.id });
    new Thing("second", { value: 2 }, { provider });
  };
  const { steps } = await h.preview(program);
  expect(steps).toEqual(["create first", "create p", "create second"]);
  expect(h.provider.calls.filter(({ name }) => name === "second" || name === "p")).toEqual([]);
  expect(await h.up()).toEqual({ create: 4 });
  expect(h.provider.callsOf("Configure", "p")[0]?.inputs.region).toBe("first-1");
});

it("keeps the provider until all that it serves is gone, across components", async () => {
  await using h = await startHarness();
  await h.up(async () => {
    const provider = new TestPackage("p", { region: "n" });
    const group = new Group("app", { providers: [provider] });
    new Thing("a", { value: 1 }, { parent: group });
  });
  const { steps } = await h.run(async () => undefined);
  expect(steps.slice(0, 1)).toEqual(["delete a"]);
  expect(steps.slice(1).toSorted()).toEqual(["delete app", "delete p"]);
});
