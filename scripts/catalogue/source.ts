import { dirname, join, relative } from "node:path";
import ts from "typescript-5";
import { commentText } from "./doc.ts";

export type Scalar = string | number | boolean;

/** The components' sources, typed; what stands in other packages is unknown to it, which keeps it fast. */
export class Source {
  readonly checker: ts.TypeChecker;
  readonly #program: ts.Program;
  readonly #root: string;

  constructor(root: string) {
    const host = ts.createCompilerHost({});
    host.resolveModuleNameLiterals = (literals, containing) =>
      literals.map(({ text }) => {
        const own = text.startsWith(".") && text.endsWith(".ts");
        const resolvedFileName = join(dirname(containing), text);
        return {
          resolvedModule: own ? { resolvedFileName, extension: ".ts", isExternalLibraryImport: false } : undefined,
        };
      });
    const options = { target: ts.ScriptTarget.ESNext, strict: true, noEmit: true, types: [], lib: ["lib.esnext.d.ts"] };
    this.#root = root;
    this.#program = ts.createProgram([join(root, "components/index.ts")], options, host);
    this.checker = this.#program.getTypeChecker();
  }

  /** Classes that `components/index.ts` exports and that extend `AzureComponent`, in the order of their names. */
  componentClasses(): ts.ClassDeclaration[] {
    const index = this.#program.getSourceFile(join(this.#root, "components/index.ts"));
    const module = index && this.checker.getSymbolAtLocation(index);
    if (!module) throw new Error("components/index.ts exports nothing");
    return this.checker
      .getExportsOfModule(module)
      .map((each) => this.declarationOf(each))
      .filter((each) => each !== undefined)
      .filter(ts.isClassDeclaration)
      .filter((each) => !isAbstract(each) && this.lineage(each).some((base) => base.name?.text === "AzureComponent"))
      .sort((a, b) => (a.name?.text ?? "").localeCompare(b.name?.text ?? "", "en"));
  }

  /** The class and what it extends, nearest first. */
  lineage(declaration: ts.ClassDeclaration): ts.ClassDeclaration[] {
    const parent = declaration.heritageClauses?.find((each) => each.token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
    const symbol = parent && this.checker.getSymbolAtLocation(parent.expression);
    const base = symbol && this.declarationOf(symbol);
    return base && ts.isClassDeclaration(base) ? [declaration, ...this.lineage(base)] : [declaration];
  }

  /** Where a name is declared, through imports. */
  declarationOf(symbol: ts.Symbol): ts.Declaration | undefined {
    const target = symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
    return target.declarations?.[0];
  }

  /** Path of the declaration's file below the checkout. */
  fileOf(node: ts.Node): string {
    return relative(this.#root, node.getSourceFile().fileName);
  }

  /** The doc comment before a declaration, empty when there is none. */
  commentOf(node: ts.Node): string {
    const text = node.getSourceFile().text;
    const found = ts
      .getLeadingCommentRanges(text, node.getFullStart())
      ?.map(({ pos, end }) => text.slice(pos, end))
      .findLast((each) => each.startsWith("/**"));
    return found === undefined ? "" : commentText(found);
  }

  /** The initializer behind a name or `Class.member`, without `as const` and `satisfies`. */
  initializerOf(expression: ts.Expression): ts.Expression | undefined {
    const symbol = this.checker.getSymbolAtLocation(expression);
    const declaration = symbol && this.declarationOf(symbol);
    if (!declaration) return undefined;
    const holds = ts.isVariableDeclaration(declaration) || ts.isPropertyDeclaration(declaration);
    return holds && declaration.initializer ? bare(declaration.initializer) : undefined;
  }

  /** The strings of a list, through names and spreads. */
  strings(expression: ts.Expression): string[] {
    const value = bare(expression);
    if (ts.isStringLiteralLike(value)) return [value.text];
    if (ts.isArrayLiteralExpression(value)) return value.elements.flatMap((each) => this.strings(each));
    if (ts.isSpreadElement(value)) return this.strings(value.expression);
    if (ts.isCallExpression(value) && value.expression.getText() === "Object.keys" && value.arguments[0]) {
      const table = this.initializerOf(value.arguments[0]);
      return table && ts.isObjectLiteralExpression(table) ? membersOf(table).map(([name]) => name) : [];
    }
    const behind = this.initializerOf(value);
    return behind ? this.strings(behind) : [];
  }
}

/** All nodes below one that a test takes. */
export function nodesOf<Kind extends ts.Node>(root: ts.Node, test: (node: ts.Node) => node is Kind): Kind[] {
  const found: Kind[] = [];
  const visit = (node: ts.Node): void => {
    if (test(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}

export function bare(expression: ts.Expression): ts.Expression {
  return ts.isAsExpression(expression) ||
    ts.isSatisfiesExpression(expression) ||
    ts.isParenthesizedExpression(expression)
    ? bare(expression.expression)
    : expression;
}

/** An object's members by name; members without a plain name are left out. */
export function membersOf(object: ts.ObjectLiteralExpression): readonly (readonly [string, ts.Expression])[] {
  return object.properties
    .filter(ts.isPropertyAssignment)
    .flatMap(({ name, initializer }) =>
      ts.isIdentifier(name) || ts.isStringLiteral(name) ? [[name.text, bare(initializer)] as const] : [],
    );
}

export function scalarOf(expression: ts.Expression): Scalar | undefined {
  if (ts.isStringLiteralLike(expression)) return expression.text;
  if (ts.isNumericLiteral(expression)) return Number(expression.text.replaceAll("_", ""));
  if (expression.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (expression.kind === ts.SyntaxKind.FalseKeyword) return false;
  return undefined;
}

/** A template with `*` for each of its holes, joined holes as one: `product-${a}-${b}` is `product-*`. */
export function patternOf(expression: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(expression)) return expression.text;
  if (!ts.isTemplateExpression(expression)) return undefined;
  const raw = expression.templateSpans.reduce((text, span) => `${text}*${span.literal.text}`, expression.head.text);
  return raw.replaceAll(/\*.*\*/g, "*");
}

function isAbstract(declaration: ts.ClassDeclaration): boolean {
  return declaration.modifiers?.some((each) => each.kind === ts.SyntaxKind.AbstractKeyword) ?? false;
}
