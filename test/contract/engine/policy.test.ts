import * as pulumi from "@pulumi/pulumi";
import { afterAll, expect, it } from "vitest";
import { bodiesOf, packsOf, violationsOf } from "../../../emulator/engine/testing/policies/observed.ts";
import { PackShelf, RULES, TYPED } from "../../../emulator/engine/testing/policies/packs.ts";
import { type Harness, type Run, startHarness, thingUrn } from "../../../emulator/engine/testing/stackHarness.ts";
import { Group, Thing } from "../../../emulator/engine/testing/thing.ts";

const ROOT = "urn:pulumi:dev::proj::pulumi:pulumi:Stack::proj-dev";
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

it("tells an advisory violation and goes on", async () => {
  await using h = await startHarness();
  const run = await h.run(thing({ value: 101 }), rules);
  expect([run.failure, run.changes]).toEqual(["", { create: 2 }]);
  expect(bodiesOf(run, "policyEvent")).toEqual([
    {
      resourceUrn: thingUrn("a"),
      message: "Values are small.\n101 is large\n",
      color: "never",
      policyName: "small",
      policyPackName: "rules",
      policyPackVersion: "2.1.0", // PulumiPolicy.yaml's, before that of package.json
      policyPackVersionTag: "2.1.0",
      enforcementLevel: "advisory",
      severity: "low",
    },
  ]);
  expect(packsOf(run)).toEqual({ [`rules|local|${shortened(RULES)}`]: "2.1.0" });
  const kinds = run.events.map((event) => Object.keys(event).find((key) => key.endsWith("Event")));
  expect(kinds.slice(0, 2)).toEqual(["policyLoadEvent", "preludeEvent"]);
  const ofThing = (body: unknown) => (body as { resourceUrn?: string }).resourceUrn === thingUrn("a");
  const pack = { policyPackName: "rules", policyPackVersion: "2.1.0", policyPackVersionTag: "2.1.0" };
  expect(bodiesOf(run, "policyAnalyzeSummaryEvent").filter(ofThing)).toEqual([
    {
      resourceUrn: thingUrn("a"),
      ...pack,
      passed: ["allowed", "limited", "mishaps", "tagged", "told"],
      failed: ["small"],
    },
  ]);
  expect(bodiesOf(run, "policyAnalyzeStackSummaryEvent")).toEqual([{ ...pack, passed: ["few", "linked"] }]);
});

/** As summaries show a long path. */
function shortened(path: string): string {
  const parts = path.split("/");
  return path.length > 75 ? [...parts.slice(0, 2), "...", ...parts.slice(-2)].join("/") : path;
}

it("stops at a mandatory violation before anything of the resource is made", async () => {
  await using h = await startHarness();
  const program = async () => {
    const first = new Thing("first", { value: 1 });
    new Thing("second", { value: first.echo, forbidden: true });
  };
  const run = await h.run(program, rules);
  expect([run.failure, run.errors, violationsOf(run)]).toEqual([
    "update failed",
    [],
    ["mandatory rules/allowed on second: Nothing is forbidden.|second is forbidden"],
  ]);
  expect(h.provider.log("Create")).toEqual(["Create first"]);
  expect(await namesOf(h)).toEqual(["first"]);
  const [last] = await h.stack.history();
  expect(last?.result).toBe("failed");
});

it("shows all mandatory violations in a preview, and fails it", async () => {
  await using h = await startHarness();
  const program = async () => {
    new Thing("a", { forbidden: true });
    new Thing("b", { forbidden: true });
  };
  const run = await h.preview(program, rules);
  expect([run.failure, run.steps]).toEqual(["preview failed", ["create a", "create b"]]);
  expect(violationsOf(run)).toEqual([
    "mandatory rules/allowed on a: Nothing is forbidden.|a is forbidden",
    "mandatory rules/allowed on b: Nothing is forbidden.|b is forbidden",
  ]);
});

it("gives the provider what a remediation made, secrets still secret", async () => {
  await using h = await startHarness();
  const inputs = { untagged: true, physicalName: "p", password: pulumi.secret("s3cr3t") };
  const run = await h.run(thing(inputs), rules);
  expect(run.changes).toEqual({ create: 2 });
  const [created] = h.provider.calls.filter(({ method, preview }) => method === "Create" && !preview);
  expect([created?.inputs.tag, created?.inputs.untagged]).toEqual(["by policy", true]);
  expect((await h.resource("a")).inputs?.tag).toBe("by policy");
  expect(h.checkpoint()).not.toContain("s3cr3t");
  const before = { untagged: true, physicalName: "p", password: "[secret]" };
  expect(bodiesOf(run, "policyRemediationEvent")).toEqual([
    {
      resourceUrn: thingUrn("a"),
      color: "never",
      policyName: "tagged",
      policyPackName: "rules",
      policyPackVersion: "2.1.0",
      policyPackVersionTag: "2.1.0",
      before,
      after: { ...before, tag: "by policy" },
    },
  ]);
  const again = await h.run(undefined, rules);
  expect([again.changes, h.provider.log("Create", "Update")]).toEqual([{ same: 2 }, ["Create a"]]);
});

it("writes a secret in clear when a remediation copies the inputs, as the policy SDK's proxy has it", async () => {
  await using h = await startHarness();
  await h.run(thing({ untagged: "copied", password: pulumi.secret("s3cr3t") }), rules);
  expect((await h.resource("a")).inputs).toMatchObject({ tag: "by policy", password: "s3cr3t" });
});

it("loses a remediation in a replacement, as the real engine does: the program's own inputs are checked anew", async () => {
  await using h = await startHarness();
  await h.run(thing({ untagged: true, forced: 1 }), rules);
  await h.run(thing({ untagged: true, forced: 2 }), rules);
  const created = h.provider.calls.filter(({ method, preview }) => method === "Create" && !preview);
  expect(created.map(({ inputs }) => inputs.tag)).toEqual(["by policy", undefined]);
});

it("takes a violation that a remediation left as mandatory", async () => {
  await using h = await startHarness();
  const run = await h.run(thing({ untaggable: true }), rules);
  expect([run.failure, violationsOf(run)]).toEqual([
    "update failed",
    ["mandatory rules/tagged on a: Everything has a tag.|it cannot have one"],
  ]);
});

it("lets policies judge the whole stack at the end, by its outputs", async () => {
  await using h = await startHarness();
  const three = async () => {
    for (const value of [1, 2, 3]) new Thing(`t${value}`, { value });
  };
  const run = await h.run(three, rules);
  expect([run.failure, run.changes, violationsOf(run)]).toEqual([
    "update failed",
    { create: 4 }, // it is all there, and stays
    ["mandatory rules/few on proj-dev: There are few things.|there are 1, 2, 3"],
  ]);
  expect(bodiesOf(run, "policyEvent")).toMatchObject([{ resourceUrn: ROOT }]);
  expect(await h.state()).toHaveLength(3);
  const named = await h.run(thing({ marked: true }), rules);
  expect(violationsOf(named)).toEqual(["mandatory rules/few on a: There are few things.|it is marked"]);
});

it("configures policies: defaults, a file per pack, levels", async () => {
  await using h = await startHarness();
  const program = thing({ amount: 20, value: 101, forbidden: true });
  const config = { limited: { limit: 10, enforcementLevel: "mandatory" }, small: "disabled", allowed: "advisory" };
  const run = await h.preview(program, { ...rules, policyPackConfigs: [shelf.config(config)] });
  expect(violationsOf(run)).toEqual([
    "advisory rules/allowed on a: Nothing is forbidden.|a is forbidden",
    "mandatory rules/limited on a: Things stay within the limit.|20 is over 10",
  ]);
  const all = await h.preview(program, {
    ...rules,
    policyPackConfigs: [shelf.config({ all: "disabled", small: "advisory" })],
  });
  expect([all.failure, violationsOf(all)]).toEqual(["", ["advisory rules/small on a: Values are small.|101 is large"]]);
});

it("runs two packs, each with its config", async () => {
  await using h = await startHarness();
  const options = {
    policyPacks: [RULES, TYPED],
    policyPackConfigs: [shelf.config(""), shelf.config({ owned: { owner: "me" } })],
  };
  const run = await h.run(thing({ value: 101, owner: "you", untagged: true }), options);
  expect([run.failure, violationsOf(run)]).toEqual([
    "update failed",
    [
      "advisory rules/small on a: Values are small.|101 is large",
      "mandatory typed/owned on a: Things belong to their owner.|me owns this",
    ],
  ]);
  expect(Object.values(packsOf(run) as object)).toEqual(["2.1.0", "0.3.0"]);
  const [entry] = await h.stack.history();
  expect(entry?.result).toBe("failed");
});

it("lets policies see unknowns in a preview: they pass by with a warning, or do not notice", async () => {
  await using h = await startHarness();
  const program = async () => {
    const first = new Thing("first", { value: 1 });
    new Thing("a", { value: first.id, forbidden: true });
  };
  const run = await h.preview(program, rules);
  expect(violationsOf(run)).toEqual([
    "advisory rules/small on a: can't run policy 'small' from policy pack 'rules@v1.0.0' during preview: string value at .value can't be known during preview",
    "mandatory rules/allowed on a: Nothing is forbidden.|a is forbidden",
  ]);
});

it("shows policies secrets in clear, and hides those of the config in what they say", async () => {
  await using h = await startHarness();
  await h.stack.setConfig("password", { value: "s3cr3t", secret: true });
  const program = async () => {
    new Thing("a", { tell: "secret", password: new pulumi.Config().requireSecret("password") });
    new Thing("b", { tell: "secret", password: pulumi.secret("other") });
  };
  const run = await h.run(program, rules);
  expect(violationsOf(run)).toEqual([
    "advisory rules/told on a: Tells what it sees.|secret [secret]",
    "advisory rules/told on b: Tells what it sees.|secret other",
  ]);
});

it("tells policies properties, options, provider and stack tags", async () => {
  await using h = await startHarness();
  await h.stack.workspace.setTag("dev", "team", "core");
  const options = {
    protect: true,
    ignoreChanges: ["value"],
    deleteBeforeReplace: true,
    additionalSecretOutputs: ["echo"],
    aliases: [{ name: "old" }],
    customTimeouts: { create: "1m" },
  };
  const program = async () => {
    const first = new Thing("first");
    // A reference to a resource is its id, and what begins with two underscores is the SDKs' own business.
    new Thing("a", { tell: "facts", physicalName: "p", other: first, __own: 1, inner: { __own: 1 } }, options);
  };
  const run = await h.run(program, rules);
  expect(factsIn(run)).toEqual({
    props: { tell: "facts", physicalName: "p", other: (await h.resource("first")).id, inner: {} },
    options: {
      protect: true,
      ignoreChanges: ["value"],
      aliases: [thingUrn("old")],
      additionalSecretOutputs: ["echo"],
      deleteBeforeReplace: true,
      customTimeouts: { createSeconds: 60, updateSeconds: 0, deleteSeconds: 0 },
      parent: ROOT,
    },
    provider: {
      type: "pulumi:providers:test",
      name: "default",
      urn: "urn:pulumi:dev::proj::pulumi:providers:test::default",
      props: {},
    },
    tags: [["team", "core"]],
  });
});

it("tells stack policies what hangs on what", async () => {
  await using h = await startHarness();
  const program = async () => {
    const group = new Group("group");
    const first = new Thing("first", { value: 1 });
    new Thing("a", { value: first.echo, linked: true }, { parent: group });
  };
  expect(factsIn(await h.run(program, rules))).toEqual({
    parent: "group",
    provider: "default",
    dependencies: ["first"],
    byProperty: [["value", ["first"]]],
  });
});

/** What a policy has told as JSON. */
function factsIn(run: Run): unknown {
  return JSON.parse(violationsOf(run)[0]?.split("|")[1] ?? "");
}
