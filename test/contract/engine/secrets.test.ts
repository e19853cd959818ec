import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

it("masks a secret output, marks it, and seals it in the state", async () => {
  await using h = await startHarness();
  h.program = async () => {
    const thing = new Thing("a", { value: pulumi.secret("hush-hush") });
    return { open: 1, hidden: thing.echo, nested: { deep: pulumi.secret("very-deep") } };
  };
  const { stdout, outputs } = await h.stack.up();
  expect(outputs.open).toEqual({ value: 1, secret: false });
  expect(outputs.hidden).toEqual({ value: "hush-hush", secret: true });
  expect(stdout).toContain("hidden: [secret]");
  expect(stdout + h.checkpoint()).not.toMatch(/hush-hush|very-deep/);
  expect(h.checkpoint()).toMatch(/"ciphertext": "v1:/);
});

it("wraps what a provider without secrets gives back for secret inputs", async () => {
  await using h = await startHarness({ acceptSecrets: false });
  await h.up(async () => ({ hidden: new Thing("a", { value: 1, box: { key: pulumi.secret("k1") } }) }));
  expect(h.provider.calls.find((call) => call.method === "Create")?.inputs.box).toEqual({ key: "k1" });
  expect(h.checkpoint()).not.toContain('"k1"');
  expect(await h.up()).toEqual({ same: 2 });
});

it("wraps additional secret outputs", async () => {
  await using h = await startHarness();
  h.program = async () => ({ echo: new Thing("a", { value: "plain" }, { additionalSecretOutputs: ["echo"] }).echo });
  expect((await h.stack.up()).outputs.echo).toEqual({ value: "plain", secret: true });
});

it("refuses a wrong passphrase", async () => {
  await using h = await startHarness();
  await h.up(async () => ({ hidden: pulumi.secret("x") }));
  h.stack.workspace.envVars.PULUMI_CONFIG_PASSPHRASE = "wrong";
  await expect(h.up()).rejects.toThrow("error: incorrect passphrase");
});

it("reads another stack's outputs; its secrets stay secret", async () => {
  await using h = await startHarness();
  const other = await h.another("base", "dev", async () => ({ plain: "p", hidden: pulumi.secret("s3cr3t") }));
  await other.up();
  h.program = async () => {
    const reference = new pulumi.StackReference("organization/base/dev");
    return { plain: reference.getOutput("plain"), hidden: reference.getOutput("hidden") };
  };
  const { outputs } = await h.stack.up();
  expect(outputs).toEqual({ plain: { value: "p", secret: false }, hidden: { value: "s3cr3t", secret: true } });
  expect(h.checkpoint()).not.toContain("s3cr3t");
  h.program = async () => ({ missing: new pulumi.StackReference("organization/base/nope").getOutput("x") });
  await expect(h.up()).rejects.toThrow('unknown stack "organization/base/nope"');
});

it("exports with open secrets and imports again: the same bytes, and nothing to do", async () => {
  await using h = await startHarness();
  const program = async () => ({ echo: new Thing("a", { value: pulumi.secret("hush") }).echo });
  await h.up(program);
  const before = h.checkpoint();
  const exported = await h.stack.exportStack();
  expect(JSON.stringify(exported)).toContain('"plaintext":"\\"hush\\""');
  await h.stack.importStack(exported);
  expect(h.checkpoint()).toBe(before);
  expect((await h.stack.preview()).changeSummary).toEqual({ same: 2 });
});

it("keeps config: plain, secret, paths, lists, objects, JSON", async () => {
  await using h = await startHarness();
  const { stack } = h;
  await stack.setConfig("plain", { value: "1" });
  await stack.setConfig("ns:secret", { value: "-s", secret: true });
  await stack.setConfig("tree.flag", { value: "true" }, true);
  await stack.setConfig("tree.list[0]", { value: "7" }, true);
  await stack.setConfig("tree.hidden", { value: "h", secret: true }, true);
  expect(await stack.getConfig("plain")).toEqual({ value: "1", secret: false });
  expect(await stack.getConfig("tree.list[0]", true)).toEqual({ value: "7", secret: false });
  expect(await stack.getAllConfig()).toEqual({
    "proj:plain": { value: "1", secret: false },
    "ns:secret": { value: "-s", secret: true },
    "proj:tree": {
      value: '{"flag":true,"hidden":"h","list":[7]}',
      objectValue: { flag: true, hidden: "h", list: [7] },
      secret: true,
    },
  });
  await stack.setAllConfig({ a: { value: "x=y" }, b: { value: "z", secret: true } });
  await stack.setAllConfigJson(
    '{"proj:c":{"value":"w","secret":false},"proj:o":{"objectValue":{"k":[1]},"secret":false}}',
  );
  expect((await stack.getConfig("a")).value).toBe("x=y");
  expect((await stack.getConfig("b")).secret).toBe(true);
  expect((await stack.getConfig("o")).value).toBe('{"k":[1]}');
  await stack.removeConfig("tree.list[0]", true);
  await stack.removeAllConfig(["a", "b", "c", "o", "ns:secret"]);
  expect(Object.keys(await stack.getAllConfig())).toEqual(["proj:plain", "proj:tree"]);
  await expect(stack.getConfig("gone")).rejects.toThrow("configuration key 'gone' not found for stack 'dev'");
  await h.up(async () => ({
    plain: new pulumi.Config().require("plain"),
    tree: new pulumi.Config().requireSecretObject("tree"),
  }));
  expect((await stack.outputs()).tree).toEqual({ value: { flag: true, hidden: "h", list: [] }, secret: true });
  await stack.removeConfig("plain");
  expect((await stack.refreshConfig())["proj:plain"]).toEqual({ value: "1", secret: false });
});
