import ts from "typescript-5";
import { type ArgumentDoc, readArgumentDoc, readClassDoc } from "./doc.ts";
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
  const files = new Set(lineage.map((each) => each.getSourceFile()));
  const defaults = profileDefaults(lineage);
  return source.checker
    .getPropertiesOfType(args)
    .flatMap((each) => entriesOf(source, each.declarations?.[0], "", files))
    .map((entry) => ({ ...entry, doc: entry.doc === "" ? docOfBase(source, args, entry.name) : entry.doc }))
    .map((entry) => ({ ...entry, ...(defaults.has(entry.name) && { profiles: { ...defaults.get(entry.name) } }) }));
}

/** One member and the options inside it, `*` for a name or a place that the caller chooses. */
function entriesOf(source: Source, member: ts.Declaration | undefined, above: string, files: Files): ArgumentEntry[] {
  if (!member || !ts.isPropertySignature(member) || !member.type || !member.name) return [];
  const name = `${above}${member.name.getText()}`;
  const said = readArgumentDoc(source.commentOf(member));
  const type = docOfType(source, member.type);
  const standard = said.default ?? (said.doc === "" ? type?.default : undefined);
  const allowed = literalsOf(source.checker.getTypeFromTypeNode(member.type));
  const entry: ArgumentEntry = {
    name,
    type: member.type
      .getText()
      .replaceAll(/\/\*\*.*?\*\//gs, "")
      .replaceAll(/\s+/g, " "),
    required: member.questionToken === undefined,
    doc: said.doc !== "" ? said.doc : (type?.doc ?? ""),
    ...(standard !== undefined && { default: standard }),
    ...(allowed.length > 0 && { allowed }),
    ...said.bounds,
    change: type?.change === "replaces" ? "replaces" : said.change,
  };
  if (name === "transform") return [entry];
  return [entry, ...insideOf(source, member.type, `${name}.`, files)];
}

/** The strings or numbers that a type consists of; nothing when it takes others too, or is a plain yes or no. */
function literalsOf(type: ts.Type): (string | number)[] {
  const parts = type.isUnion() ? type.types : [type];
  const values = parts.flatMap((each) => (each.isStringLiteral() || each.isNumberLiteral() ? [each.value] : []));
  const inOrder = values.sort((one, other) => String(one).localeCompare(String(other), "en", { numeric: true }));
  return values.length === parts.length ? inOrder : []; // the compiler's own order changes with what it read before
}

type Files = ReadonlySet<ts.SourceFile>;

/** Options below a type: written beside it, or an interface of the component's own files; lists and records of them too. */
function insideOf(source: Source, type: ts.TypeNode, above: string, files: Files): ArgumentEntry[] {
  if (ts.isTypeLiteralNode(type)) return type.members.flatMap((each) => entriesOf(source, each, above, files));
  if (ts.isTypeOperatorNode(type)) return insideOf(source, type.type, above, files);
  if (ts.isArrayTypeNode(type)) return insideOf(source, type.elementType, `${above}*.`, files);
  if (!ts.isTypeReferenceNode(type)) return [];
  const [first, second] = type.typeArguments ?? [];
  const named = type.typeName.getText();
  if (named === "Readonly" && first) return insideOf(source, first, above, files);
  if (named === "Record" && second) return insideOf(source, second, `${above}*.`, files);
  const symbol = source.checker.getSymbolAtLocation(type.typeName);
  const declaration = symbol && source.declarationOf(symbol);
  const own = declaration && ts.isInterfaceDeclaration(declaration) && files.has(declaration.getSourceFile());
  return own && declaration.members.every(ts.isPropertySignature)
    ? declaration.members.flatMap((each) => entriesOf(source, each, above, files))
    : [];
}

/** Where a member says nothing, its type does. */
function docOfType(source: Source, type: ts.TypeNode): ArgumentDoc | undefined {
  if (!ts.isTypeReferenceNode(type)) return undefined;
  const symbol = source.checker.getSymbolAtLocation(type.typeName);
  const declaration = symbol && source.declarationOf(symbol);
  if (!declaration || !source.fileOf(declaration).startsWith("components/")) return undefined;
  const comment = source.commentOf(declaration);
  if (!ts.isClassDeclaration(declaration)) return readArgumentDoc(comment);
  return { doc: readClassDoc(comment).summary, change: "updates" };
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
