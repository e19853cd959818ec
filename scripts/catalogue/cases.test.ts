import { join, resolve } from "node:path";
import { afterAll, expect, it } from "vitest";
import { type Recorded, record } from "../../components/testing/index.ts";
import { ExampleFolder } from "./examples.ts";
import { readCatalogue } from "./read.ts";
import type { Component } from "./schema.ts";
import { Surroundings } from "./surroundings.ts";

const CHECKOUT = resolve(import.meta.dirname, "../..");
const { components } = readCatalogue(CHECKOUT);
const folder = new ExampleFolder(CHECKOUT, components);

afterAll(() => folder[Symbol.dispose]());

/**
 * What each rung of a component's ladder registers, to the last input: the first in dev (its defaults) and in production, the others,
 * with their options, in dev. A change of a default, a name or a slot is seen in `components/fixtures/cases/`, which `vitest -u` writes.
 */
it.each(components)("$name: defaults, production and every option of its examples, exactly", async ({ name }) => {
  const rungs = folder.examples.filter((each) => each.name === name);
  const cases = rungs.flatMap((rung, index) => [
    { ...rung, profile: "dev" as const },
    ...(index === 0 ? [{ ...rung, profile: "production" as const }] : []),
  ]);
  const told: string[] = [];
  for (const { title, file, profile } of cases) {
    const run = await folder.load(file);
    const { resources } = await record(() => run(new Surroundings(profile)));
    const own = treeOf(resources, name);
    expect(own.length).toBeGreaterThan(1);
    told.push(`# ${profile}: ${title}\n\n${own.map(text).join("\n")}`);
  }
  await expect(`${told.join("\n\n")}\n`).toMatchFileSnapshot(
    join(CHECKOUT, "components/fixtures/cases", `${name}.txt`),
  );
});

/** The components of one class, and all below them. */
function treeOf(resources: readonly Recorded[], name: Component["name"]): readonly Recorded[] {
  const within = new Set<string>();
  return resources
    .filter((each) => {
      const belongs = each.type === `devfactory:azure:${name}` || within.has(each.parent ?? "");
      if (belongs) within.add(each.name);
      return belongs;
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Type, name, parent, what it waits for, and its inputs; a component's own inputs are its arguments. */
function text({ type, name, parent, custom, dependsOn, inputs }: Recorded): string {
  const head = [
    `${type.replace("azure-native:", "")} ${name}`,
    ...(parent ? [`in ${parent}`] : []),
    ...(dependsOn.length > 0 ? [`after ${dependsOn.join(", ")}`] : []),
  ].join(" ");
  return custom ? `${head}\n  ${JSON.stringify(sorted(inputs))}` : head;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}
