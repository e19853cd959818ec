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
  all.map((text, index) => ({ name, file: `${name}-${index}.ts`, text })),
);

let folder: string;

beforeAll(() => {
  mkdirSync(join(CHECKOUT, ".devfactory"), { recursive: true });
  folder = mkdtempSync(join(CHECKOUT, ".devfactory/examples-"));
  for (const { file, text } of examples) writeFileSync(join(folder, file), moduleOf(text, NAMES, FROM));
});

afterAll(() => rmSync(folder, { recursive: true }));

it("every component has an example", () => {
  expect([...new Set(examples.map(({ name }) => name))]).toEqual(NAMES.classes);
  expect(examples).toHaveLength(28);
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

it.each(examples)("the example $file makes its component", async ({ name, file }) => {
  const { run } = (await import(join(folder, file))) as { run(surroundings: Surroundings): void };
  const { resources } = await record(() => run(new Surroundings()));
  const types = resources.filter((each) => !each.custom).map((each) => each.type);
  expect(types).toContain(`devfactory:azure:${name}`);
});
