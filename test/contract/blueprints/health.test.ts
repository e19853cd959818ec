import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { readBlueprint } from "./plan.ts";

const ROOT = resolve(import.meta.dirname, "../../..");

function filesIn(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

it.each(["log-dawg", "moment-loop"])("the containers of %s are the health check that the tests deploy", (name) => {
  const containers = readBlueprint(name).services.filter(({ kind }) => kind !== "static" && kind !== "function");
  expect(containers.map(({ source }) => source)).toEqual(["health", "health"]);
  expect(filesIn(join(ROOT, "blueprints", name, "health"))).toEqual(filesIn(join(ROOT, "test/fixtures/health")));
});
