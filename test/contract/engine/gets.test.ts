import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { type Harness, startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

function makeByHand(h: Harness, id: string, value: number): void {
  h.provider.cloud.set(id, { inputs: { value }, outputs: { value, echo: value } });
}

it("19 get existing: read, external, outputs; missing: error", async () => {
  await using h = await startHarness();
  makeByHand(h, "there", 5);
  const { steps, outputs } = await h.run(async () => ({ echo: Thing.find("found", "there").echo }));
  expect([steps, outputs.echo?.value]).toEqual([["read found"], 5]);
  expect(await h.state()).toEqual(["found=there [external]"]);
  const missing = await h.run(async () => void Thing.find("absent", "nowhere"));
  expect(missing.errors).toEqual(["resource 'nowhere' does not exist"]);
  expect(missing.failure).toBe("update failed");
});

// Ours counts every read: deploy/executor.ts #count.
it("counts a read only when it found other outputs than before", async () => {
  await using h = await startHarness();
  makeByHand(h, "there", 5);
  const program = async () => void Thing.find("found", "there");
  expect(await h.up(program)).toEqual({ create: 1 });
  expect(await h.up(program)).toEqual({ same: 1 });
  makeByHand(h, "there", 6);
  expect(await h.up(program)).toEqual({ read: 1, same: 1 });
});

it("reads again on each up, follows another id, and deletes nothing on destroy", async () => {
  await using h = await startHarness();
  makeByHand(h, "one", 1);
  makeByHand(h, "two", 2);
  const program = (id: string) => async () => ({ echo: Thing.find("found", id).echo });
  await h.up(program("one"));
  expect((await h.run(program("one"))).steps).toEqual(["read found"]);
  const { steps, outputs } = await h.run(program("two"));
  expect([steps, outputs.echo?.value]).toEqual([["read found"], 2]);
  expect((await h.destroy()).steps).toEqual(["discard found"]);
  expect([...h.provider.cloud.keys()]).toEqual(["one", "two"]);
  expect(h.provider.log("Delete")).toEqual([]);
});

it("releases, without deleting, what it owned when it reads the same id", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { value: 1 }));
  h.provider.clear();
  const { steps } = await h.run(async () => void Thing.find("a", "a-1"));
  expect(steps).toEqual(["read a"]);
  expect(await h.state()).toEqual(["a-1 [external]"]);
  expect((await h.destroy()).steps).toEqual(["discard a"]);
  expect([...h.provider.cloud.keys()]).toEqual(["a-1"]);
});

it("replaces, and at the end deletes, what it owned when it reads another id", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { value: 1 }));
  makeByHand(h, "other", 2);
  const { steps } = await h.run(async () => void Thing.find("a", "other"));
  expect(steps).toEqual(["read-replacement a", "replace a", "delete-replaced a"]);
  expect(await h.state()).toEqual(["a=other [external]"]);
  expect([...h.provider.cloud.keys()]).toEqual(["other"]);
});

it("creates what it only read, and discards the read one", async () => {
  await using h = await startHarness();
  makeByHand(h, "there", 5);
  await h.up(async () => void Thing.find("a", "there"));
  const { steps } = await h.run(async () => void new Thing("a", { value: 1 }));
  expect(steps).toEqual(["create-replacement a", "replace a", "discard-replaced a"]);
  expect(await h.state()).toEqual(["a-1"]);
  expect([...h.provider.cloud.keys()].toSorted()).toEqual(["a-1", "there"]);
});

it("does not read while the id is unknown in a preview", async () => {
  await using h = await startHarness();
  h.program = async () => {
    const made = new Thing("made", { value: 1 });
    return { echo: Thing.find("found", made.id).echo };
  };
  const { steps } = await h.preview();
  expect(steps).toEqual(["create made", "read found"]);
  expect(h.provider.log("Read")).toEqual([]);
  expect((await h.run()).outputs.echo?.value).toBe(1);
});

it("hands the given properties to the read", async () => {
  await using h = await startHarness();
  makeByHand(h, "there", 5);
  await h.up(async () => void new Thing("found", { region: "north" }, { id: "there" }));
  expect(h.provider.callsOf("Read", "found")).toMatchObject([{ id: "there", inputs: { region: "north" } }]);
});

it("18 invoke with unknown in preview: not called; called in the update", async () => {
  await using h = await startHarness();
  h.program = async () => {
    const thing = new Thing("a", { value: 21 });
    return { doubled: pulumi.runtime.invokeOutput("test:index:double", { value: thing.echo }) };
  };
  await h.preview();
  const inPreview = h.provider.calls.filter(({ method }) => method === "Invoke").length;
  expect(inPreview).toBe(0);
  expect((await h.run()).outputs.doubled?.value).toEqual({ doubled: 42 });
  expect(h.provider.calls.filter(({ method }) => method === "Invoke")).toMatchObject([
    { name: "test:index:double", inputs: { value: 21 }, preview: false },
  ]);
});

it("fails with what a function refuses, and with what breaks it", async () => {
  await using h = await startHarness();
  const call = (token: string) => async () => ({ out: await pulumi.runtime.invoke(token, { value: 1 }) });
  const refused = await h.run(call("test:index:refuse"));
  expect(refused.errors.join("\n")).toContain("Invoke of 'test:index:refuse' failed: out of range (value)");
  const broken = await h.run(call("test:index:throw"));
  expect(broken.errors.join("\n")).toContain("invocation of test:index:throw returned an error: the function broke");
});

it("keeps the secret of a function's argument in what depends on it", async () => {
  await using h = await startHarness();
  const { outputs } = await h.run(async () => ({
    doubled: pulumi.runtime.invokeOutput("test:index:double", { value: pulumi.secret(4) }),
  }));
  expect(outputs.doubled).toEqual({ value: { doubled: 8 }, secret: true });
});

it("calls functions in components with the component's provider", async () => {
  await using h = await startHarness();
  class Doubler extends pulumi.ComponentResource {
    readonly doubled: pulumi.Output<{ doubled: number }>;
    constructor(name: string) {
      super("test:index:Doubler", name, {});
      this.doubled = pulumi.output<{ doubled: number }>(
        pulumi.runtime.invoke("test:index:double", { value: 3 }, { parent: this }),
      );
      this.registerOutputs({ doubled: this.doubled });
    }
  }
  const { outputs } = await h.run(async () => ({ out: new Doubler("d").doubled }));
  expect(outputs.out?.value).toEqual({ doubled: 6 });
  expect((await h.resource("d")).outputs).toEqual({ doubled: { doubled: 6 } });
});

it("answers getResource from the state of this run", async () => {
  await using h = await startHarness();
  const { outputs } = await h.run(async () => {
    const thing = new Thing("a", { value: 7 });
    const urn = await new Promise<string>((resolve) => thing.urn.apply(resolve));
    return { found: pulumi.runtime.invoke("pulumi:pulumi:getResource", { urn }) };
  });
  expect(outputs.found?.value).toMatchObject({ id: "a-1", state: { echo: 7 } });
  const missing = await h.run(async () => {
    await pulumi.runtime.invoke("pulumi:pulumi:getResource", { urn: "urn:pulumi:dev::proj::x:y:Z::nobody" });
  });
  expect(missing.errors.join("\n")).toContain("unknown resource urn:pulumi:dev::proj::x:y:Z::nobody");
});
