import ts from "typescript-5";
import { COSMOS_ROLES, ROLES } from "../../components/core/roles.ts";
import { SQL_ROLES } from "../../components/core/sqlAccess.ts";
import type { GrantEntry } from "./schema.ts";
import { bare, membersOf, nodesOf, type Source } from "./source.ts";

const TITLES: ReadonlyMap<string, string> = new Map(Object.entries(ROLES).map(([name, { title }]) => [name, title]));
/** Rights inside a service, by `kind` of `DataGrant`. */
const INSIDE: Readonly<Record<string, (access: string) => string | undefined>> = {
  cosmos: (access) => new Map(Object.entries(COSMOS_ROLES)).get(access)?.title,
  postgres: () => "Entra administrator of the server",
  sql: (access) => new Map<string, readonly string[]>(Object.entries(SQL_ROLES)).get(access)?.join(", "),
};

interface Linkable {
  /** Path of methods to it. */
  readonly of: string;
  readonly accesses: readonly string[];
  /** Where the first method of the path is written. */
  readonly declaration: ts.Declaration | undefined;
}

/** Every access level that links of a component have, with what it gives. */
export function readGrants(source: Source, lineage: readonly ts.ClassDeclaration[]): GrantEntry[] {
  const [own] = lineage;
  if (!own) return [];
  const tables = roleTables(own);
  const inside = nodesOf(own.getSourceFile(), ts.isPropertyAssignment)
    .filter(({ name }) => name.getText() === "kind")
    .map(({ initializer }) => bare(initializer))
    .filter(ts.isStringLiteral)
    .flatMap(({ text }) => INSIDE[text] ?? [])[0];
  return linkables(source, source.checker.getTypeAtLocation(own), "", undefined).flatMap(
    ({ of, accesses, declaration }) =>
      accesses.map((access) => {
        const part = of.split(".").at(-1) ?? "";
        const key = tables.get(`${part}.${access}`) ?? tables.get(access);
        const role = inside?.(access) ?? TITLES.get(namedRole(declaration) ?? key ?? "");
        return { of, access, ...(role !== undefined && { role }), variables: [] };
      }),
  );
}

/** Variables that links set, with `<NAME>` for what the component's name decides. */
export function readVariables(source: Source, lineage: readonly ts.ClassDeclaration[]): string[] {
  const files = new Set(
    lineage.filter((each) => each.name?.text !== "AzureComponent").map((each) => each.getSourceFile()),
  );
  const names = [...files].flatMap((file) =>
    nodesOf(file, isEnvironment)
      .filter((each) => insideLink(source, each))
      .flatMap((each) => variablesOf(each)),
  );
  return [...new Set(names)].sort();
}

function linkables(source: Source, type: ts.Type, of: string, first: ts.Declaration | undefined): Linkable[] {
  return source.checker.getPropertiesOfType(type).flatMap((symbol): Linkable[] => {
    const declaration = symbol.declarations?.[0];
    if (!declaration || isHidden(declaration)) return [];
    const [signature] = source.checker.getTypeOfSymbol(symbol).getCallSignatures();
    if (!signature) return [];
    if (symbol.name === "link") {
      const access = signature.parameters[0] && source.checker.getTypeOfSymbol(signature.parameters[0]);
      return [{ of, accesses: access ? literals(access) : [], declaration: first ?? declaration }];
    }
    const below = signature.getReturnType();
    if (of.split(".").length > 2 || !below.getProperty("link")) return [];
    return linkables(source, below, of === "" ? symbol.name : `${of}.${symbol.name}`, first ?? declaration);
  });
}

function literals(type: ts.Type): string[] {
  return (type.isUnion() ? type.types : [type]).filter((each) => each.isStringLiteral()).map((each) => each.value);
}

function isHidden(declaration: ts.Declaration): boolean {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  return (ts.getCombinedModifierFlags(declaration) & hidden) !== 0;
}

/** The role that a method's own body names, if it is one. */
function namedRole(declaration: ts.Declaration | undefined): string | undefined {
  if (!declaration) return undefined;
  const named = nodesOf(declaration, ts.isStringLiteral).filter(({ text }) => TITLES.has(text));
  return named.length === 1 ? named[0]?.text : undefined;
}

/** Roles by access, or by part and access (`queue.send`), from the tables of the class's file. */
function roleTables(own: ts.ClassDeclaration): Map<string, string> {
  const rows = nodesOf(own.getSourceFile(), ts.isVariableDeclaration).flatMap(({ initializer }) => {
    const table = initializer && bare(initializer);
    return table && ts.isObjectLiteralExpression(table) ? rolesOf(table, "") : [];
  });
  return new Map(rows);
}

function rolesOf(table: ts.ObjectLiteralExpression, above: string): (readonly [string, string])[] {
  return membersOf(table).flatMap(([key, value]) => {
    if (ts.isObjectLiteralExpression(value) && above === "") return rolesOf(value, `${key}.`);
    return ts.isStringLiteral(value) && TITLES.has(value.text) ? [[`${above}${key}`, value.text] as const] : [];
  });
}

type Environment = ts.VariableDeclaration | ts.PropertyAssignment;

function isEnvironment(node: ts.Node): node is Environment {
  const declares = ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node);
  return declares && ["env", "identityNameEnv"].includes(node.name.getText());
}

/** Whether it is written where a grant is made, not where a consumer puts its own settings together. */
function insideLink(source: Source, node: ts.Node): boolean {
  for (let above: ts.Node = node.parent; !ts.isSourceFile(above); above = above.parent) {
    if (!ts.isFunctionLike(above) || ts.isConstructorDeclaration(above)) continue;
    const signature = source.checker.getSignatureFromDeclaration(above);
    const text = signature ? source.checker.typeToString(signature.getReturnType()) : "";
    if (/\bLinkGrant\b/.test(text) || signature?.getReturnType().getProperty("link")) return true;
  }
  return false;
}

function variablesOf({ initializer }: Environment): string[] {
  if (!initializer) return [];
  const value = bare(initializer);
  if (ts.isArrayLiteralExpression(value)) return value.elements.filter(ts.isStringLiteral).map((each) => each.text);
  return nodesOf(value, ts.isObjectLiteralExpression).flatMap((object) =>
    object.properties.flatMap(({ name }) => {
      if (name === undefined) return [];
      if (!ts.isComputedPropertyName(name)) return [name.getText()];
      if (!ts.isTemplateExpression(name.expression)) return [];
      const { head, templateSpans } = name.expression;
      return [templateSpans.reduce((text, span) => `${text}${hole(span.expression)}${span.literal.text}`, head.text)];
    }),
  );
}

/** `service.name` is `<SERVICE>`, the component's own key or name `<NAME>`. */
function hole(expression: ts.Expression): string {
  const words = nodesOf(expression, ts.isIdentifier)
    .map(({ text }) => text)
    .filter((word) => !/^(upperSnake|toUpperCase|name|key)$/.test(word));
  return `<${(words[0] ?? "name").toUpperCase()}>`;
}
