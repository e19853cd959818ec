import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { afterAll, expect, it } from "vitest";
import { PackShelf, RULES, TYPED } from "../../../emulator/engine/testing/policies/packs.ts";
import { type Harness, startHarness, thingUrn } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

const rules = { policyPacks: [RULES] };
const shelf = new PackShelf();
afterAll(() => shelf[Symbol.dispose]());

/** One resource with these inputs. */
function thing(inputs: pulumi.Inputs, name = "a"): () => Promise<void> {
  return async () => void new Thing(name, inputs);
}

/** Names of the resources in the state. */
async function namesOf(h: Harness): Promise<readonly string[]> {
  return (await h.resources()).map(({ urn }) => urn.split("::").at(-1) ?? "");
}

const ADVICE = (path: string) => `\nThe policy pack is in ${path}: correct it, or leave out --policy-pack ${path}.`;

it.each([
  ["a missing value", {}, "owned: owner is required"],
  ["a wrong type", { owned: { owner: 3 } }, "owned: owner: must be string"],
  [
    "an unknown value inside",
    { owned: { owner: "me", kinds: ["a", "c"] } },
    "owned: kinds.1: must be equal to one of the allowed values: a, b",
  ],
  ["an unknown policy", { owned: { owner: "me" }, owed: { owner: "me" } }, "owed: the pack has no such policy"],
])("refuses config with %s, by name", async (_, config, error) => {
  await using h = await startHarness();
  const run = await h.run(thing({}), { policyPacks: [TYPED], policyPackConfigs: [shelf.config(config)] });
  expect([run.failure, run.errors]).toEqual([
    "update failed",
    [`validating policy config: typed 0.3.0  ${error}`, "validating policy config"],
  ]);
  expect(h.provider.calls).toEqual([]);
});

it("names the pack when a policy throws; the state is kept", async () => {
  await using h = await startHarness();
  await h.run(thing({ value: 1 }, "old"));
  const run = await h.run(thing({ mishap: "throw" }), rules);
  expect([run.failure, run.errors.length, await namesOf(h)]).toEqual(["update failed", 1, ["old"]]);
  const text = run.errors[0] ?? "";
  expect(text).toContain(
    "failed to run policy: Error validating resource with policy 'mishaps' from policy pack 'rules@v1.0.0':\nError: the policy is wrong\n",
  );
  expect(text.endsWith(ADVICE(RULES))).toBe(true);
  expect(h.provider.log("Create")).toEqual(["Create old"]);
});

it.each([
  ["ends", "exit", "the policy pack's process has ended"],
  [
    "hangs",
    "hang",
    "the policy pack did not answer in time (DEVFACTORY_POLICY_TIMEOUT_SECONDS sets how many seconds the engine waits)",
  ],
])("names the pack when it %s in the middle", async (_, mishap, reason) => {
  const limit: Record<string, string> = mishap === "hang" ? { DEVFACTORY_POLICY_TIMEOUT_SECONDS: "8" } : {};
  await using h = await startHarness({ env: limit });
  const run = await h.run(thing({ mishap }), rules);
  expect([run.failure, run.errors, await h.state()]).toEqual([
    "update failed",
    [`failed to run policy: ${reason}${ADVICE(RULES)}`],
    [],
  ]);
});

it("does not wait for a hanging policy when it is interrupted", async () => {
  await using h = await startHarness();
  const stop = new AbortController();
  const update = h.up(thing({ mishap: "hang" }), {
    ...rules,
    signal: stop.signal,
    onEvent: (event) => {
      const body = event as unknown as { policyRemediateSummaryEvent?: { resourceUrn: string } };
      if (body.policyRemediateSummaryEvent?.resourceUrn === thingUrn("a")) setTimeout(() => stop.abort(), 100);
    },
  });
  await expect(update).rejects.toThrow("error: update canceled");
  expect(await h.state()).toEqual([]);
});

it.each([
  ["throws", "throw new Error('broken pack')", "it ended (0) before it listened\n", "Error: broken pack"],
  ["makes no pack", "", "it ended (0) before it listened", ""],
  ["prints too early", "console.log('hello')", "it wrote a non-numeric port to stdout ('hello')", ""],
  ["hangs", "setInterval(() => 0, 1000)", "it did not listen within 2 s", ""],
  [
    "has no good level",
    "new (require('@pulumi/policy').PolicyPack)('p', { policies: [{ name: 'x', enforcementLevel: 'firm', validateStack() {} }] })",
    "Error: Unknown enforcement level type 'firm'",
    "",
  ],
])("names a pack that does not start because it %s", async (_, code, reason, detail) => {
  const limit: Record<string, string> = reason.includes("2 s") ? { DEVFACTORY_POLICY_TIMEOUT_SECONDS: "2" } : {};
  await using h = await startHarness({ env: limit });
  const pack = shelf.pack(code, "runtime: { name: nodejs, options: { typescript: false } }\n");
  const run = await h.run(thing({}), { policyPacks: [pack] });
  expect([run.failure, run.errors.length, h.provider.calls]).toEqual(["update failed", 1, []]);
  const text = run.errors[0] ?? "";
  expect(text.startsWith(`policy pack "${pack}" failed to start: ${reason}`)).toBe(true);
  expect(text).toContain(detail);
  expect(text.endsWith(ADVICE(pack))).toBe(true);
});

it("says that a pack's dependencies are not installed", async () => {
  await using h = await startHarness();
  const pack = shelf.pack("", "runtime: nodejs\n", h.folder); // no node_modules above it
  const run = await h.run(thing({}), { policyPacks: [pack] });
  const advice = `it looks like the policy pack's dependencies are not installed; try running npm install or yarn install in "${pack}"`;
  expect(run.errors).toEqual([`policy pack "${pack}" failed to start: ${advice}${ADVICE(pack)}`]);
});

it.each([
  ["no folder", () => ["/nowhere"], [], 'located at "/nowhere": there is no such folder'],
  ["no PulumiPolicy.yaml", () => [shelf.folder], [], "it has no PulumiPolicy.yaml"],
  ["no runtime", () => [shelf.pack("", "version: 1\n")], [], "PulumiPolicy.yaml is missing a 'runtime' attribute"],
  [
    "a foreign runtime",
    () => [shelf.pack("", "runtime: python\n")],
    [],
    "its runtime 'python' is not supported by this engine",
  ],
  ["no config file", () => [RULES], ["/nowhere.json"], "open /nowhere.json: no such file or directory"],
  ["config alone", () => [], ["/x"], '"--policy-pack-config" must be specified with "--policy-pack"'],
  ["too few configs", () => [RULES, TYPED], ["/x"], 'the number of "--policy-pack-config" flags must match'],
] as const)("refuses %s before anything runs", async (_, policyPacks, policyPackConfigs, text) => {
  await using h = await startHarness();
  const options = { policyPacks: [...policyPacks()], policyPackConfigs: [...policyPackConfigs] };
  await expect(h.run(thing({}), options)).rejects.toThrow(text);
  expect([h.provider.calls, await h.stack.history()]).toEqual([[], []]);
});

it.each([
  ["{", "Expected property name or '}' in JSON"],
  ["[]", "a policy pack's config is an object, by policy name"],
  ['{"small": 3}', 'parsing "small": 3 is not a valid value; must be a string or object'],
  ['{"small": "firm"}', 'parsing enforcement level for "small": "firm" is not a valid enforcement level'],
])("refuses the config file %s", async (content, text) => {
  await using h = await startHarness();
  const file = shelf.config(content);
  const run = await h.run(thing({}), { ...rules, policyPackConfigs: [file] });
  expect(run.errors[0]).toContain(`${file}: ${text}`);
});

it("gives a pack the stack's config and names, and passes on what it prints", async () => {
  await using h = await startHarness();
  await h.stack.setConfig("region", { value: "north" });
  const pack = shelf.pack(`
    const pulumi = require("@pulumi/pulumi");
    new (require("@pulumi/policy").PolicyPack)("facts", { policies: [{ name: "told", description: "Told.", validateStack() {
      const { env } = process;
      console.log("printed");
      console.log([pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack(), pulumi.runtime.isDryRun(),
        new pulumi.Config("proj").require("region"), env.PULUMI_STACK, env.PULUMI_DRY_RUN].join(" "));
    } }] });`);
  const run = await h.preview(thing({}), { policyPacks: [pack] });
  const printed = run.events.flatMap(({ diagnosticEvent: event }) => (event?.severity === "info" ? event.message : []));
  expect(printed).toEqual(["printed\n", "organization proj dev true north dev true\n"]);
});

it("leaves no process behind", async () => {
  await using h = await startHarness();
  const pack = shelf.pack(`
    require("fs").writeFileSync("pid", String(process.pid));
    new (require("@pulumi/policy").PolicyPack)("p", { policies: [] });`);
  await h.run(thing({}), { policyPacks: [pack] });
  const pid = Number(readFileSync(join(pack, "pid"), "utf8"));
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

it("does not have the flags where the real CLI has none", async () => {
  await using h = await startHarness();
  for (const command of ["refresh", "destroy"])
    await expect(cli(h, command, "--policy-pack", RULES)).rejects.toThrow("unknown flag: --policy-pack");
});

function cli(h: Harness, ...args: readonly string[]): Promise<unknown> {
  const { pulumiCommand, workDir } = h.stack.workspace;
  const { run } = pulumiCommand as unknown as {
    run(args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<unknown>;
  };
  return run(args, workDir, h.env);
}
