import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

it("20 stack reference: outputs of another project's stack; its secrets stay secret and sealed", async () => {
  await using h = await startHarness();
  const other = await h.another("base", "dev", async () => ({ plain: { deep: [1] }, hidden: pulumi.secret("s3cr3t") }));
  await other.up();
  const { steps, outputs } = await h.run(async () => {
    const reference = new pulumi.StackReference("organization/base/dev");
    return {
      plain: reference.getOutput("plain"),
      hidden: reference.getOutput("hidden"),
      none: reference.getOutput("none"),
    };
  });
  expect(steps).toEqual(["read organization/base/dev"]);
  expect(outputs).toEqual({
    plain: { value: { deep: [1] }, secret: false },
    hidden: { value: "s3cr3t", secret: true },
  });
  expect(h.checkpoint()).not.toContain("s3cr3t");
  expect(await h.resource("organization/base/dev")).toMatchObject({
    id: "organization/base/dev",
    external: true,
    inputs: { name: "organization/base/dev" },
    outputs: { name: "organization/base/dev", secretOutputNames: ["hidden"] },
  });
});

it("follows the other stack: new outputs with the next up, none that it lost", async () => {
  await using h = await startHarness();
  let outputs: Record<string, unknown> = { a: 1, b: 1 };
  const other = await h.another("base", "dev", async () => outputs);
  await other.up();
  const program = async () => {
    const reference = new pulumi.StackReference("base", { name: "organization/base/dev" });
    return { a: reference.getOutput("a"), b: reference.getOutput("b") };
  };
  expect(Object.keys((await h.run(program)).outputs)).toEqual(["a", "b"]);
  outputs = { a: 2 };
  await other.up();
  expect((await h.run(program)).outputs).toEqual({ a: { value: 2, secret: false } });
});

it("fails for a stack that is not there, and for a required output that is not there", async () => {
  await using h = await startHarness();
  const missing = await h.run(async () => ({
    out: new pulumi.StackReference("organization/base/nope").getOutput("x"),
  }));
  expect(missing.errors).toEqual(['unknown stack "organization/base/nope"']);
  const other = await h.another("base", "dev", async () => ({ a: 1 }));
  await other.up();
  const required = await h.run(async () => ({
    out: new pulumi.StackReference("organization/base/dev").requireOutput("x"),
  }));
  expect(required.errors.join("\n")).toContain("Required output 'x' does not exist on stack 'organization/base/dev'.");
});

it("reads a stack that exists but was never deployed as one without outputs", async () => {
  await using h = await startHarness();
  await h.another("base", "dev", async () => ({}));
  const { outputs, failure } = await h.run(async () => ({
    out: new pulumi.StackReference("organization/base/dev").getOutput("x"),
  }));
  expect([outputs, failure]).toEqual([{}, ""]);
});

it("knows another stack's outputs in a preview already", async () => {
  await using h = await startHarness();
  const other = await h.another("base", "dev", async () => ({ size: 3 }));
  await other.up();
  await h.preview(async () => {
    const reference = new pulumi.StackReference("organization/base/dev");
    new Thing("a", { value: reference.getOutput("size") });
  });
  expect(h.provider.callsOf("Create", "a")).toMatchObject([{ preview: true, inputs: { value: 3 } }]);
});

it("gives details of an output, and keeps a secret apart there", async () => {
  await using h = await startHarness();
  const other = await h.another("base", "dev", async () => ({ plain: "p", hidden: pulumi.secret("s") }));
  await other.up();
  const { outputs } = await h.run(async () => {
    const reference = new pulumi.StackReference("organization/base/dev");
    const [plain, hidden] = [await reference.getOutputDetails("plain"), await reference.getOutputDetails("hidden")];
    return { plain: plain.value, secretIsApart: hidden.value === undefined && hidden.secretValue === "s" };
  });
  expect([outputs.plain?.value, outputs.secretIsApart?.value]).toEqual(["p", true]);
});

it("answers the built-in functions readStackOutputs and readStackResourceOutputs", async () => {
  await using h = await startHarness();
  const other = await h.another("base", "dev", async () => {
    new Thing("inside", { value: 1 });
    return { a: 1, b: pulumi.secret("s") };
  });
  await other.up();
  const { outputs } = await h.run(async () => ({
    out: pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name: "organization/base/dev" }),
  }));
  expect(outputs.out?.value).toEqual({
    name: "organization/base/dev",
    outputs: { a: 1, b: "s" },
    secretOutputNames: ["b"],
  });
});

// Ours knows readStackOutputs only: plugins/builtin.ts invokeBuiltin.
it("answers readStackResourceOutputs: the outputs of each resource by URN", async () => {
  await using h = await startHarness();
  const other = await h.another("base", "dev", async () => void new Thing("inside", { value: 1 }));
  await other.up();
  const { outputs } = await h.run(async () => ({
    out: pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName: "organization/base/dev" }),
  }));
  expect(outputs.out?.value).toMatchObject({
    name: "organization/base/dev",
    outputs: { "urn:pulumi:dev::base::test:index:Thing::inside": { type: "test:index:Thing", outputs: { echo: 1 } } },
  });
});
