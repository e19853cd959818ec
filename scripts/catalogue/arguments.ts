import ts from "typescript-5";
import { readArgumentDoc } from "./doc.ts";
import type { ArgumentEntry } from "./schema.ts";
import { bare, membersOf, nodesOf, type Scalar, type Source, scalarOf } from "./source.ts";

export type ProfileTable = Readonly<Record<string, Scalar>>;

/** Arguments of a component's constructor in the order of their declaration, and the options inside them. */
export function readArguments(source: Source, lineage: readonly ts.ClassDeclaration[]): ArgumentEntry[] {
  const [declaration] = lineage;
  const own = declaration?.members.find(ts.isConstructorDeclaration)?.parameters[1];
  if (!declaration || !own) return [];
  const type = source.checker.getTypeAtLocation(own);
  const choices = type.isUnion() ? type.types : [type];
  const args = choices.find((each) => each.symbol?.name === `${declaration.name?.text}Args`);
  if (!args) throw new Error(`${declaration.name?.text} takes no ${declaration.name?.text}Args`);
  const defaults = profileDefaults(lineage);
  return source.checker
    .getPropertiesOfType(args)
    .flatMap((each) => entriesOf(source, each.declarations?.[0], ""))
    .map((entry) => ({ ...entry, doc: entry.doc === "" ? docOfBase(source, args, entry.name) : entry.doc }))
    .map((entry) => ({ ...entry, ...(defaults.has(entry.name) && { profiles: { ...defaults.get(entry.name) } }) }));
}

/** One member and, where its type stands beside it, the members of that. */
function entriesOf(source: Source, member: ts.Declaration | undefined, above: string): ArgumentEntry[] {
  if (!member || !ts.isPropertySignature(member) || !member.type || !member.name) return [];
  const name = `${above}${member.name.getText()}`;
  const said = readArgumentDoc(source.commentOf(member));
  const doc = said.doc !== "" ? said.doc : docOfType(source, member.type);
  const entry: ArgumentEntry = {
    name,
    type: member.type
      .getText()
      .replaceAll(/\/\*\*.*?\*\//gs, "")
      .replaceAll(/\s+/g, " "),
    required: member.questionToken === undefined,
    doc,
    ...(said.default !== undefined && { default: said.default }),
    change: said.change,
  };
  const inside = name !== "transform" && ts.isTypeLiteralNode(member.type) ? member.type.members : [];
  return [entry, ...[...inside].flatMap((each) => entriesOf(source, each, `${name}.`))];
}

/** Where a member says nothing, its type does. */
function docOfType(source: Source, type: ts.TypeNode): string {
  if (!ts.isTypeReferenceNode(type)) return "";
  const symbol = source.checker.getSymbolAtLocation(type.typeName);
  const declaration = symbol && source.declarationOf(symbol);
  return declaration ? (readArgumentDoc(source.commentOf(declaration)).doc.split(/\s*```/)[0] ?? "") : "";
}

/** Where an interface narrows a member without a word, the interface that it extends says what it is. */
function docOfBase(source: Source, args: ts.Type, name: string): string {
  const bases = args.isClassOrInterface() ? source.checker.getBaseTypes(args) : [];
  const said = bases.map((base) => {
    const member = base.getProperty(name)?.declarations?.[0];
    const doc = member ? readArgumentDoc(source.commentOf(member)).doc : "";
    return doc !== "" ? doc : docOfBase(source, base, name);
  });
  return said.find((doc) => doc !== "") ?? "";
}

/** Tables by profile in the files of the class and its bases, by name. */
export function profileTables(lineage: readonly ts.ClassDeclaration[]): Map<string, ProfileTable> {
  const tables = new Map<string, ProfileTable>();
  for (const file of new Set(lineage.map((each) => each.getSourceFile()))) {
    for (const { name, initializer } of nodesOf(file, ts.isVariableDeclaration)) {
      const table = initializer && bare(initializer);
      if (!table || !ts.isObjectLiteralExpression(table)) continue;
      const rows = membersOf(table).map(([key, value]) => [key, scalarOf(value)] as const);
      if (rows.map(([key]) => key).join() !== "dev,standard,production") continue;
      const scalars = rows.filter((row): row is [string, Scalar] => row[1] !== undefined);
      if (scalars.length === rows.length) tables.set(name.getText(), Object.fromEntries(scalars));
    }
  }
  return tables;
}

/** `args.sku ?? SKU[profile]` says which argument a table is the default of. */
function profileDefaults(lineage: readonly ts.ClassDeclaration[]): Map<string, ProfileTable> {
  const tables = profileTables(lineage);
  const found = new Map<string, ProfileTable>();
  for (const file of new Set(lineage.map((each) => each.getSourceFile()))) {
    for (const { left, operatorToken, right } of nodesOf(file, ts.isBinaryExpression)) {
      if (operatorToken.kind !== ts.SyntaxKind.QuestionQuestionToken || !ts.isElementAccessExpression(right)) continue;
      const table = tables.get(right.expression.getText());
      if (table)
        found.set(
          left
            .getText()
            .replaceAll("?.", ".")
            .replace(/^args\./, ""),
          table,
        );
    }
  }
  return found;
}
