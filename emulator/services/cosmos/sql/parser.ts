import { badRequest } from "../errors.ts";
import type { Expression, OrderItem, Query, Selection, Source, Span } from "./ast.ts";
import { ExpressionParser } from "./expressionParser.ts";
import { tokenize } from "./lexer.ts";

/**
 * Reads one query of the NoSQL query language.
 *
 * @throws {CosmosError} 400 `SC1001` with the place it could not go on from, or a sentence that names what is not allowed
 */
export function parse(text: string): Query {
  const parser = new QueryParser(tokenize(text), text);
  const query = parser.query();
  parser.end();
  return query;
}

class QueryParser extends ExpressionParser {
  query(): Query {
    this.expectKeyword("SELECT");
    const distinct = this.keyword("DISTINCT");
    const top = this.keyword("TOP") ? this.countExpression() : undefined;
    const select = this.#selection();
    const fromStart = this.peek().start;
    const from = this.keyword("FROM") ? this.#from() : undefined;
    const fromSpan = from ? { start: fromStart, end: this.lastEnd() } : undefined;
    const where = this.keyword("WHERE") ? this.expression() : undefined;
    const groupBy = this.keyword("GROUP") ? this.#groupBy() : undefined;
    const orderBy = this.keyword("ORDER") ? this.#orderBy() : undefined;
    const offset = this.keyword("OFFSET") ? this.countExpression() : undefined;
    if (offset) this.expectKeyword("LIMIT");
    const limit = offset ? this.countExpression() : undefined;
    const query: Query = {
      text: this.text,
      distinct,
      select,
      sources: from?.sources ?? [],
      ...(top && { top }),
      ...(from && { root: from.root }),
      ...(fromSpan && { fromSpan }),
      ...(where && { where }),
      ...(groupBy && { groupBy }),
      ...(orderBy && { orderBy }),
      ...(offset && limit && { offset, limit }),
    };
    refuseContradictions(query);
    return query;
  }

  #selection(): Selection {
    if (this.operator("*")) return { kind: "all" };
    if (this.keyword("VALUE")) return { kind: "value", value: this.expression() };
    const items: { name: string; value: Expression }[] = [];
    do {
      const value = this.expression();
      const alias = this.keyword("AS") ? this.alias() : this.optionalName();
      items.push({ name: alias ?? impliedName(value) ?? `$${items.length + 1}`, value });
    } while (this.operator(","));
    const names = new Set(items.map((item) => item.name));
    if (names.size < items.length) throw badRequest("Multiple properties are selected with the same name or alias.");
    return { kind: "list", items };
  }

  #from(): { readonly sources: readonly Source[]; readonly root: string } {
    const first = this.#source();
    const sources = [first.source];
    const known = new Set([first.source.alias]);
    while (this.keyword("JOIN")) {
      const { source } = this.#source();
      if (known.has(source.alias)) {
        throw badRequest(`The input alias '${source.alias}' is specified more than once in the FROM clause.`);
      }
      known.add(source.alias);
      sources.push(source);
    }
    return { sources, root: first.root };
  }

  #source(): { readonly source: Source; readonly root: string } {
    if (this.peek().kind === "name" && this.peek(1).kind === "keyword" && this.peek(1).text === "IN") {
      const alias = this.name();
      this.expectKeyword("IN");
      const expression = this.collection();
      return { source: { alias, iterate: true, expression }, root: rootName(expression) ?? alias };
    }
    const expression = this.collection();
    const given = this.keyword("AS") ? this.name() : this.optionalName();
    const subquery = expression.kind === "scalar"; // each of its values is a row, and it may go without a name
    const alias = given ?? impliedName(expression) ?? (subquery ? `(${expression.start})` : undefined);
    if (alias === undefined) throw badRequest("FROM takes a name, a path or a subquery.");
    const root = expression.kind === "name" ? alias : (rootName(expression) ?? alias);
    return { source: { alias, iterate: subquery, expression }, root };
  }

  #groupBy(): readonly Expression[] {
    this.expectKeyword("BY");
    const keys: Expression[] = [];
    do keys.push(this.expression());
    while (this.operator(","));
    return keys;
  }

  #orderBy(): readonly OrderItem[] {
    this.expectKeyword("BY");
    const items: OrderItem[] = [];
    do {
      const value = this.expression();
      const descending = this.keyword("DESC");
      if (!descending) this.keyword("ASC");
      items.push({ value, descending });
    } while (this.operator(","));
    return items;
  }
}

function refuseContradictions(query: Query): void {
  if (query.top && query.offset) throw badRequest("'TOP' is not allowed together with 'OFFSET LIMIT'.");
  if (query.groupBy && query.orderBy) throw badRequest("'ORDER BY' is not supported in presence of GROUP BY.");
  if (query.groupBy && query.select.kind === "all")
    throw badRequest("'SELECT *' is not supported in presence of GROUP BY.");
  const all = query.select.kind === "all";
  if (all && query.sources.length !== 1) throw badRequest("'SELECT *' is only valid with a single input set.");
}

/** The name a column gets without AS: its last property. */
function impliedName(value: Expression): string | undefined {
  if (value.kind === "name") return value.name;
  if (value.kind !== "member" || value.property.kind !== "literal") return undefined;
  return typeof value.property.value === "string" ? value.property.value : undefined;
}

function rootName(value: Expression): string | undefined {
  if (value.kind === "name") return value.name;
  if (value.kind === "member") return rootName(value.object);
  return value.kind === "scalar" ? value.query.root : undefined;
}

/** The text under a span. */
export function quote(query: Query, span: Span): string {
  return query.text.slice(span.start, span.end);
}
