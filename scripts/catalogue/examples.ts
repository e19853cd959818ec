import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript-5";
import type { Component } from "./schema.ts";
import { nodesOf } from "./source.ts";
import { SURROUNDING_NAMES, type Surroundings } from "./surroundings.ts";

/** An example that can run. */
export type Run = (surroundings: Surroundings) => void;

const FROM = { components: "../../components/index.ts", surroundings: "../../scripts/catalogue/surroundings.ts" };

/** The examples of all components as modules, in a folder that `Symbol.dispose` takes away. */
export class ExampleFolder {
  readonly path: string;
  readonly examples: readonly {
    readonly name: string;
    readonly title: string;
    readonly code: string;
    readonly file: string;
  }[];

  constructor(checkout: string, components: readonly Pick<Component, "name" | "examples">[]) {
    const names = { classes: components.map(({ name }) => name), surroundings: SURROUNDING_NAMES };
    this.examples = components.flatMap(({ name, examples }) =>
      examples.map((each, index) => ({ ...each, name, file: `${name}-${index}.ts` })),
    );
    mkdirSync(join(checkout, ".devfactory"), { recursive: true });
    this.path = mkdtempSync(join(checkout, ".devfactory/examples-"));
    for (const { file, code } of this.examples) writeFileSync(join(this.path, file), moduleOf(code, names, FROM));
  }

  async load(file: string): Promise<Run> {
    const { run } = (await import(join(this.path, file))) as { readonly run: Run };
    return run;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

/** An example as a module that exports `run`: classes come from the components, undeclared names from the surroundings. */
export function moduleOf(
  example: string,
  names: { readonly classes: readonly string[]; readonly surroundings: readonly string[] },
  from: { readonly components: string; readonly surroundings: string },
): string {
  const file = ts.createSourceFile("example.ts", example, ts.ScriptTarget.ESNext, true);
  const declared = new Set(nodesOf(file, ts.isVariableDeclaration).map(({ name }) => name.getText()));
  const used = new Set(nodesOf(file, isReference).map(({ text }) => text));
  const classes = names.classes.filter((each) => used.has(each));
  const taken = names.surroundings.filter((each) => used.has(each) && !declared.has(each));
  return [
    `import { ${classes.join(", ")} } from ${JSON.stringify(from.components)};`,
    `import type { Surroundings } from ${JSON.stringify(from.surroundings)};`,
    "",
    `export function run({ ${taken.join(", ")} }: Surroundings): void {`,
    ...example.split("\n").map((line) => `  ${line}`),
    "}",
    "",
  ].join("\n");
}

/** A name that stands for a value, not the name of a member. */
function isReference(node: ts.Node): node is ts.Identifier {
  if (!ts.isIdentifier(node)) return false;
  const { parent } = node;
  const member = ts.isPropertyAccessExpression(parent) && parent.name === node;
  return !member && !(ts.isPropertyAssignment(parent) && parent.name === node);
}
