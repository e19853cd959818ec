import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { record } from "../../components/testing/index.ts";
import { moduleOf } from "./examples.ts";
import { readCatalogue } from "./read.ts";
import { SURROUNDING_NAMES, Surroundings } from "./surroundings.ts";

const CHECKOUT = resolve(import.meta.dirname, "../..");
const { components } = readCatalogue(CHECKOUT);
const NAMES = { classes: components.map(({ name }) => name), surroundings: SURROUNDING_NAMES };
const FROM = { components: "../../components/index.ts", surroundings: "../../scripts/catalogue/surroundings.ts" };
const examples = components.flatMap(({ name, examples: all }) =>
  all.map(({ title, code }, index) => ({ name, title, file: `${name}-${index}.ts`, code })),
);

let folder: string;

beforeAll(() => {
  mkdirSync(join(CHECKOUT, ".devfactory"), { recursive: true });
  folder = mkdtempSync(join(CHECKOUT, ".devfactory/examples-"));
  for (const { file, code } of examples) writeFileSync(join(folder, file), moduleOf(code, NAMES, FROM));
});

afterAll(() => rmSync(folder, { recursive: true }));

it("every component has a ladder of two to five examples, each with a title of its own", () => {
  const ladders = components.map(({ name, examples: all }) => [
    name,
    all.length,
    new Set(all.map(({ title }) => title)).size,
  ]);
  expect(ladders.filter(([, rungs = 0]) => Number(rungs) < 2 || Number(rungs) > 5)).toEqual([]);
  expect(ladders.filter(([, rungs, titles]) => rungs !== titles)).toEqual([]);
  expect(components).toHaveLength(28);
});

it.each(["privateEndpoints", "domain", "trigger", "scale", "databases"])("who has %s shows it on a rung", (option) => {
  const having = components.filter((each) => each.arguments.some(({ name }) => name === option));
  const silent = having.filter((each) => !each.examples.some(({ code }) => code.includes(option)));
  expect(silent.map(({ name }) => name)).toEqual([]);
});

it("who can be linked to shows a link of its own", () => {
  const shows = (access: string) => `link("${access}")`;
  const silent = components
    .filter(({ grants }) => grants.length > 0)
    .filter(
      (each) => !each.grants.some(({ access }) => each.examples.some(({ code }) => code.includes(shows(access)))),
    );
  expect(silent.map(({ name }) => name)).toEqual([]);
});

it("all examples have the right types", () => {
  const config = { extends: "../../tsconfig.json", include: ["*.ts"], exclude: [] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const { status, stdout } = spawnSync(join(CHECKOUT, "node_modules/tsc7/bin/tsc"), ["-p", folder], {
    encoding: "utf8",
  });
  expect(stdout).toBe("");
  expect(status).toBe(0);
}, 180_000);

it.each(examples)("$name, $title: the example makes its component", async ({ name, file }) => {
  const { run } = (await import(join(folder, file))) as { run(surroundings: Surroundings): void };
  const { resources } = await record(() => run(new Surroundings()));
  const types = resources.filter((each) => !each.custom).map((each) => each.type);
  expect(types).toContain(`devfactory:azure:${name}`);
  expect(resources.filter((each) => each.custom).length).toBeGreaterThan(0);
});
