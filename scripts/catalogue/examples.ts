import ts from "typescript-5";
import { nodesOf } from "./source.ts";

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
