import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { NAMES, type NameRule } from "./core/naming.ts";
import { type AnyTransform, makeEverything } from "./testing/everything.ts";
import { type Recorded, type Recording, rawResources, record, testContext } from "./testing/index.ts";

const GOLDEN = join(import.meta.dirname, "fixtures/everything.txt");
const production = () => record(() => makeEverything(testContext("production")));

/**
 * What people's state holds on to: URN, and the physical name where it is made up. A difference here renames or replaces somebody's
 * resource: give the child an alias, or say in CHANGELOG.md how to move. `UPDATE_GOLDEN=1` writes the file anew.
 */
it("URNs, types and physical names are the ones in fixtures/everything.txt", async () => {
  const { resources } = await production();
  const text = `${resources.map(lineOf).sort().join("\n")}\n`;
  if (process.env.UPDATE_GOLDEN) writeFileSync(GOLDEN, text);
  expect(text).toBe(readFileSync(GOLDEN, "utf8"));
});

function lineOf({ urn, type, inputs }: Recorded): string {
  const rule = (Object.values(NAMES) as readonly NameRule[]).find((each) => each.type === type);
  const name = rule ? ` = ${inputs[rule.input]}` : "";
  return `${urn.replace("urn:pulumi:dev::test::", "")}${name}`;
}

it("every raw child can be transformed by its slot, and the transform has the last word", async () => {
  const before = await production();
  // a right of a link is a child of its consumer's component `to-<key>`, whose arguments are the link
  const direct = before.resources.filter(({ custom, parent }) => custom && componentOf(before, parent) !== "Access");
  const transforms: Record<string, Record<string, AnyTransform>> = {};
  for (const { name, parent = "" } of direct) {
    transforms[parent] = { ...transforms[parent], [name.slice(parent.length + 1)]: moved };
  }
  // a component within a component takes its transforms through the slot that it stands in
  for (const { name, custom, parent } of before.resources) {
    const inner = transforms[name];
    if (custom || parent === undefined || inner === undefined) continue;
    const slot = name.slice(parent.length + 1);
    transforms[parent] = { ...transforms[parent], [slot]: (args) => ({ ...args, transform: inner }) };
  }
  const after = await record(() => makeEverything(testContext("production"), transforms));
  const changed = after.resources.filter(({ inputs }) => Object.values(inputs).includes(MOVED));
  expect(changed.map(({ name }) => name).sort()).toEqual(direct.map(({ name }) => name).sort());
  expect(direct.length).toBeGreaterThan(200);
});

const MOVED = "moved";
/** One of these is an input of every class. */
const INPUTS = ["resourceGroupName", "resourceUri", "scope", "displayName", "identifierUri", "clientId"];

/** Changes one input to a value that nothing else gives. */
function moved<Args extends object>(args: Args): Args {
  const input = INPUTS.find((each) => each in args) ?? "none";
  return { ...args, [input]: MOVED };
}

function componentOf(made: Recording<unknown>, name: string | undefined): string | undefined {
  return made.resources
    .find((each) => !each.custom && each.name === name)
    ?.type.split(":")
    .at(-1);
}

it.each(["db", "web", "vault", "files", "relay", "functions", "door"])(
  "%s: a slot that does not exist is refused",
  async (name) => {
    const transforms = { [name]: { nonsense: moved } };
    const made = record(() => makeEverything(testContext("dev"), transforms));
    await expect(made).rejects.toMatchObject({ code: "TRANSFORM_UNKNOWN", details: { slot: "nonsense" } });
  },
);

it("two deployments, recorded one after the other, share nothing: each is as if it were alone", async () => {
  const contexts = () => [
    testContext("production"),
    testContext("dev", { app: "other", seed: "app-2", location: "westeurope", tags: { owner: "somebody" } }),
  ];
  const alone = [];
  for (const context of contexts()) alone.push(rawResources(await record(() => makeEverything(context))));
  // the other way round, so that neither can have inherited from the one before
  const reversed = [];
  for (const context of contexts().reverse()) reversed.push(rawResources(await record(() => makeEverything(context))));
  expect(reversed.reverse()).toEqual(alone);
  const [first = {}, second = {}] = alone;
  const text = JSON.stringify(second);
  expect([text.includes("clinic"), text.includes("app-1"), text.includes("eastus")]).toEqual([false, false, false]);
  expect(Object.keys(first).length).toBeGreaterThan(Object.keys(second).length); // production makes more
});
