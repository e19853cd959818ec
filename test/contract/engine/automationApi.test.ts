import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as automation from "@pulumi/pulumi/automation/index.js";
import { expect, it } from "vitest";
import { OPTIONS, type Rows, STACK, WORKSPACE } from "./apiTable.ts";

const here = dirname(fileURLToPath(import.meta.url));
const sdk = join(here, "../../../node_modules/@pulumi/pulumi/automation");
const declarations = (name: string) => readFileSync(join(sdk, `${name}.d.ts`), "utf8");

/** What a class has at run time, without what its declaration calls private or keeps to itself. */
function publicMembers(subject: { readonly prototype: object }, declared: string): readonly string[] {
  const told = new Set([...declared.matchAll(/^ {4}(?:static |get )?(\w+)\(/gm)].map((match) => match[1]));
  const own = Object.entries(Object.getOwnPropertyDescriptors(subject.prototype))
    .filter(([name]) => name !== "constructor" && told.has(name))
    .map(([name, { get }]) => (get ? `get ${name}` : name));
  const statics = Object.entries(Object.getOwnPropertyDescriptors(subject))
    .filter(([name, { value }]) => typeof value === "function" && told.has(name))
    .map(([name]) => `static ${name}`);
  return [...statics, ...own].toSorted();
}

/** Members of the option interfaces of `stack.d.ts`. */
function operationOptions(): readonly string[] {
  const text = declarations("stack");
  const names = ["GlobalOpts", "UpOptions", "PreviewOptions", "RefreshOptions", "DestroyOptions"];
  const bodies = names.map(
    (name) => new RegExp(`export interface ${name}[^{]*\\{([\\s\\S]*?)\\n\\}`).exec(text)?.[1] ?? "",
  );
  const members = bodies.flatMap((body) => [...body.matchAll(/^ {4}(\w+)\?:/gm)].map((match) => match[1] ?? ""));
  return [...new Set(members)].toSorted();
}

it("has a row for every public method of LocalWorkspace", () => {
  expect(Object.keys(WORKSPACE).toSorted()).toEqual(
    publicMembers(automation.LocalWorkspace, declarations("localWorkspace")),
  );
});

it("has a row for every public method of Stack", () => {
  expect(Object.keys(STACK).toSorted()).toEqual(publicMembers(automation.Stack, declarations("stack")));
});

it("has a row for every option of up, preview, refresh and destroy", () => {
  expect(Object.keys(OPTIONS).toSorted()).toEqual(operationOptions());
});

it.each([...Object.values(WORKSPACE), ...Object.values(STACK), ...Object.values(OPTIONS)].flat())(
  "has in api.%s.test.ts the test %j",
  (place, title) => {
    const source = readFileSync(join(here, `api.${place}.test.ts`), "utf8");
    expect(source.split(`"${title}"`)).toHaveLength(2);
  },
);

/** The table for people. */
function render(title: string, rows: Rows): string {
  const lines = Object.entries(rows).map(
    ([name, tests]) => `| \`${name}\` | ${tests.map(([place, test]) => `${test} (\`api.${place}\`)`).join("; ")} |`,
  );
  return `## ${title}\n\n| member | test |\n| --- | --- |\n${lines.join("\n")}\n`;
}

it("stands in the README as it is here (vitest -u writes it)", async () => {
  const intro = readFileSync(join(here, "README.intro.md"), "utf8");
  const tables = [
    render("LocalWorkspace", WORKSPACE),
    render("Stack", STACK),
    render("Options of operations", OPTIONS),
  ];
  await expect(`${intro}\n${tables.join("\n")}`).toMatchFileSnapshot("README.md");
});
