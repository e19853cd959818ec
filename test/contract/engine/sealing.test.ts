import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { startHarness } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const plain = (value: unknown) => ({ [SIGNATURE]: SECRET, plaintext: JSON.stringify(value) });
const wrapped = (value: unknown) => ({ [SIGNATURE]: SECRET, value });

it("16 secret output: masked in the output, `secret: true`, sealed in the state", async () => {
  await using h = await startHarness();
  h.program = async () => ({
    open: 1,
    hidden: pulumi.secret("hush-hush"),
    nested: { deep: pulumi.secret("very-deep") },
  });
  const { stdout, outputs } = await h.stack.up();
  expect(outputs).toEqual({
    open: { value: 1, secret: false },
    hidden: { value: "hush-hush", secret: true },
    nested: { value: { deep: "very-deep" }, secret: false }, // the SDK looks at the outermost value only
  });
  expect(stdout + h.checkpoint()).not.toMatch(/hush-hush|very-deep/);
  expect(stdout).toContain("[secret]");
  expect(h.checkpoint().match(/"ciphertext": ?"v1:[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+"/g)).toHaveLength(2);
});

it("sends secrets in envelopes to a provider that accepts them, and keeps the marks that it gives back", async () => {
  await using h = await startHarness();
  await h.up(async () => void new Thing("a", { value: pulumi.secret("v"), hidden: "h" }));
  expect(h.provider.callsOf("Create", "a")[0]?.inputs.value).toEqual(wrapped("v"));
  const { outputs } = await h.resource("a");
  expect([outputs?.value, outputs?.echo, outputs?.revealed, outputs?.hidden]).toEqual([
    plain("v"),
    plain("v"),
    plain("h"),
    "h",
  ]);
  expect(await h.up()).toEqual({ same: 2 });
});

it("sends open values to a provider that does not, and wraps outputs named like secret inputs, nested too", async () => {
  await using h = await startHarness({ acceptSecrets: false });
  await h.up(
    async () =>
      void new Thing("a", {
        value: pulumi.secret("v"),
        box: { key: pulumi.secret("k"), open: 1 },
        list: [pulumi.secret(1), 2],
      }),
  );
  expect(h.provider.callsOf("Create", "a")[0]?.inputs).toMatchObject({
    value: "v",
    box: { key: "k", open: 1 },
    list: [1, 2],
  });
  const { outputs } = await h.resource("a");
  expect([outputs?.value, outputs?.box, outputs?.list]).toEqual([
    plain("v"),
    { key: plain("k"), open: 1 },
    [plain(1), 2],
  ]);
  expect(outputs?.echo).toBe("v"); // another name: the mark is lost, as in the real engine
  expect(await h.up()).toEqual({ same: 2 });
});

it("a secret inside a secret is sealed once, with the outer one", async () => {
  await using h = await startHarness();
  await h.up(async () => ({ both: pulumi.secret({ inner: pulumi.secret("x"), list: [1] }) }));
  const { deployment } = await h.stack.exportStack();
  expect(deployment.resources[0].outputs).toEqual({ both: plain({ inner: "x", list: [1] }) });
});

it("wraps additional secret outputs after create, update, same, and refresh", async () => {
  await using h = await startHarness();
  const program = (value: string) => async () => ({
    echo: new Thing("a", { value }, { additionalSecretOutputs: ["echo", "id"] }).echo,
  });
  h.program = program("one");
  expect((await h.stack.up()).outputs.echo).toEqual({ value: "one", secret: true });
  h.program = program("two");
  expect((await h.stack.up()).outputs.echo).toEqual({ value: "two", secret: true });
  expect((await h.stack.up()).outputs.echo).toEqual({ value: "two", secret: true });
  expect((await h.resource("a")).id).toBe("a-1");
});

it("wraps what an option makes secret on a resource that stays the same", async () => {
  await using h = await startHarness();
  await h.up(async () => ({ echo: new Thing("a", { value: "v" }).echo }));
  expect((await h.stack.outputs()).echo?.secret).toBe(false);
  h.program = async () => ({ echo: new Thing("a", { value: "v" }, { additionalSecretOutputs: ["echo"] }).echo });
  expect(await h.up()).toEqual({ same: 2 });
  expect((await h.stack.outputs()).echo).toEqual({ value: "v", secret: true });
});

it("carries a secret from one resource to the next and into the outputs", async () => {
  await using h = await startHarness();
  const { outputs } = await h.run(async () => {
    const first = new Thing("first", { value: pulumi.secret("s") });
    const second = new Thing("second", { value: pulumi.interpolate`${first.echo}-more` });
    return { echo: second.echo };
  });
  expect(outputs.echo).toEqual({ value: "s-more", secret: true });
});

it("masks secrets in every event", async () => {
  await using h = await startHarness();
  await h.stack.setConfig("password", { value: "conf-s3cret", secret: true });
  await h.stack.setConfig("open", { value: "seen" });
  const program = (value: string) => async () => {
    new Thing("a", { value: pulumi.secret(value), list: [pulumi.secret("in-list-s3cret")], hidden: "prov-s3cret" });
    return { out: pulumi.secret("out-s3cret") };
  };
  const first = await h.run(program("one-s3cret"));
  const second = await h.run(program("two-s3cret"));
  const destroyed = await h.destroy();
  const text = JSON.stringify([first.events, second.events, destroyed.events]).replaceAll('"hidden":"prov-s3cret"', "");
  expect(text.match(/"[^"]*s3cret"/g)).toBeNull();
  expect(first.events[0]?.preludeEvent?.config).toEqual({ "proj:password": "[secret]", "proj:open": "seen" });
});

it("previews a secret unknown as secret", async () => {
  await using h = await startHarness();
  h.program = async () => {
    const first = new Thing("first", { value: pulumi.secret("s") });
    new Thing("second", { value: first.id.apply((id) => id), other: pulumi.secret(first.id) });
  };
  await h.preview();
  const inputs = h.provider.callsOf("Create", "second")[0]?.inputs;
  expect(inputs?.value).toBe("04da6b54-80e4-46f7-96ec-b56ff0331ba9");
  expect(inputs?.other).toEqual(wrapped("04da6b54-80e4-46f7-96ec-b56ff0331ba9"));
});

it("keeps ciphertexts of unchanged secrets from one update to the next", async () => {
  await using h = await startHarness();
  const program = (value: number) => async () => {
    new Thing("a", { value: pulumi.secret("stays") });
    new Thing("b", { value });
  };
  await h.up(program(1));
  const before = h.checkpoint().match(/v1:[^"]+/g) ?? [];
  await h.up(program(2));
  expect(h.checkpoint().match(/v1:[^"]+/g)).toEqual(before);
});

it("17 wrong passphrase: error, for up, outputs with secrets, and config", async () => {
  await using h = await startHarness();
  await h.stack.setConfig("key", { value: "v", secret: true });
  await h.up(async () => ({ hidden: pulumi.secret("x") }));
  h.stack.workspace.envVars.PULUMI_CONFIG_PASSPHRASE = "wrong";
  await expect(h.up()).rejects.toThrow("error: incorrect passphrase");
  await expect(h.stack.outputs()).rejects.toThrow("error: incorrect passphrase");
  await expect(h.stack.getConfig("key")).rejects.toThrow("error: incorrect passphrase");
  await expect(h.stack.exportStack()).rejects.toThrow("error: incorrect passphrase");
});

it("40 export, import, preview: same; the same bytes", async () => {
  await using h = await startHarness();
  await h.up(async () => ({ echo: new Thing("a", { value: pulumi.secret("hush") }).echo }));
  const before = h.checkpoint();
  const exported = await h.stack.exportStack();
  expect(JSON.stringify(exported)).toContain('"plaintext":"\\"hush\\""');
  await h.stack.importStack(exported);
  expect(h.checkpoint()).toBe(before);
  expect((await h.stack.preview()).changeSummary).toEqual({ same: 2 });
});
