import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, expect, it, vi } from "vitest";
import { record } from "../../components/testing/index.ts";
import { ExampleFolder } from "./examples.ts";
import { readCatalogue } from "./read.ts";
import { Surroundings } from "./surroundings.ts";

const CHECKOUT = resolve(import.meta.dirname, "../..");
const { components } = readCatalogue(CHECKOUT);
const folder = new ExampleFolder(CHECKOUT, components);
const { examples } = folder;

afterAll(() => folder[Symbol.dispose]());

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
  writeFileSync(join(folder.path, "tsconfig.json"), JSON.stringify(config));
  const { status, stdout } = spawnSync(join(CHECKOUT, "node_modules/tsc7/bin/tsc"), ["-p", folder.path], {
    encoding: "utf8",
  });
  expect(stdout).toBe("");
  expect(status).toBe(0);
}, 180_000);

it("an output is secret in state when the catalogue says so, and no other", async () => {
  const made = vi.spyOn(pulumi.ComponentResource.prototype as unknown as Registering, "registerOutputs");
  const secrets = new Set<string>();
  const seen = new Set<string>();
  for (const { file } of examples) {
    const run = await folder.load(file);
    await record(async () => {
      made.mockClear();
      run(new Surroundings());
      for (const component of made.mock.contexts) await noteSecrets(component, seen, secrets);
    });
  }
  made.mockRestore();
  const outputs = components.flatMap(({ name, outputs: all }) =>
    all.map((each) => ({ ...each, path: `${name}.${each.name}` })),
  );
  expect([...seen].sort()).toEqual(outputs.map(({ path }) => path).sort());
  expect([...secrets]).toEqual(outputs.filter(({ secret }) => secret).map(({ path }) => path));
}, 120_000);

interface Registering {
  registerOutputs(): void;
}

/** Every output of a component that the catalogue knows, and those of them that are marked as secret. */
async function noteSecrets(component: unknown, seen: Set<string>, secrets: Set<string>): Promise<void> {
  const name = (component as object).constructor.name;
  for (const output of components.find((each) => each.name === name)?.outputs ?? []) {
    const path = `${name}.${output.name}`;
    seen.add(path);
    const value = (component as Readonly<Record<string, unknown>>)[output.name];
    if (pulumi.Output.isInstance(value) && (await pulumi.isSecret(value))) secrets.add(path);
  }
}

it.each(examples)("$name, $title: the example makes its component", async ({ name, file }) => {
  const run = await folder.load(file);
  const { resources } = await record(() => run(new Surroundings()));
  const types = resources.filter((each) => !each.custom).map((each) => each.type);
  expect(types).toContain(`devfactory:azure:${name}`);
  expect(resources.filter((each) => each.custom).length).toBeGreaterThan(0);
});
