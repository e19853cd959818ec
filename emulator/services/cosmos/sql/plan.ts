import { badRequest } from "../errors.ts";
import { isAggregate } from "./aggregates.ts";
import type { Expression, Query } from "./ast.ts";
import type { CompiledQuery } from "./compile.ts";
import { quote } from "./parser.ts";
import { isGrouped } from "./run.ts";
import type { Value } from "./value.ts";

/** What a client needs to run a query over several ranges and to merge what they answer (`partitionedQueryExecutionInfo`). */
export interface QueryPlan {
  readonly partitionedQueryExecutionInfoVersion: 2;
  readonly queryInfo: QueryInfo;
  readonly queryRanges: readonly {
    readonly min: string;
    readonly max: string;
    readonly isMinInclusive: boolean;
    readonly isMaxInclusive: boolean;
  }[];
}

interface QueryInfo {
  readonly distinctType: "None" | "Ordered" | "Unordered";
  readonly top: number | null;
  readonly offset: number | null;
  readonly limit: number | null;
  readonly orderBy: readonly ("Ascending" | "Descending")[];
  readonly orderByExpressions: readonly string[];
  readonly groupByExpressions: readonly string[];
  readonly groupByAliases: readonly string[];
  readonly aggregates: readonly string[];
  readonly groupByAliasToAggregateType: Readonly<Record<string, string | null>>;
  readonly rewrittenQuery: string;
  readonly hasSelectValue: boolean;
  readonly dCountInfo: null;
  readonly hasNonStreamingOrderBy: false;
}

/** The client puts a condition in its place when it goes on from a continuation, else `true`. */
const PLACEHOLDER = "{documentdb-formattableorderbyquery-filter}";
const AGGREGATE_TYPE = { COUNT: "Count", SUM: "Sum", AVG: "Average", MIN: "Min", MAX: "Max" } as const;
const ALL_RANGES = [{ min: "", max: "FF", isMinInclusive: true, isMaxInclusive: false }] as const;

/** True when the answers of several ranges cannot just be put one after the other. */
export function needsPlan(compiled: CompiledQuery): boolean {
  const { query } = compiled;
  return Boolean(query.distinct || query.orderBy || query.top || query.offset || isGrouped(compiled));
}

/**
 * Plans a query over several ranges.
 *
 * @throws {CosmosError} 400 for what the service too refuses across partitions, such as arithmetic on aggregates
 */
export function planQuery(compiled: CompiledQuery, parameters: ReadonlyMap<string, Value>): QueryPlan {
  const { query } = compiled;
  const count = (expression: Expression | undefined) => countOf(expression, parameters);
  const { select } = query;
  const grouped = isGrouped(compiled);
  const valueAggregate = grouped && select.kind === "value" ? aggregateOf(select.value) : undefined;
  const list = grouped && select.kind === "list" ? select.items : [];
  const types = list.map(({ name, value }) => [name, aggregateType(value)] as const);
  if (grouped && query.orderBy)
    throw badRequest("'ORDER BY' is not supported together with aggregates across partitions.");
  if (grouped && query.distinct)
    throw badRequest("'DISTINCT' is not supported together with aggregates across partitions.");
  const queryInfo: QueryInfo = {
    distinctType: query.distinct ? (query.orderBy ? "Ordered" : "Unordered") : "None",
    top: count(query.top),
    offset: count(query.offset),
    limit: count(query.limit),
    orderBy: (query.orderBy ?? []).map((item) => (item.descending ? "Descending" : "Ascending")),
    orderByExpressions: (query.orderBy ?? []).map((item) => quote(query, item.value)),
    groupByExpressions: (query.groupBy ?? []).map((key) => quote(query, key)),
    groupByAliases: query.groupBy ? types.map(([name]) => name) : [],
    aggregates: valueAggregate ? [AGGREGATE_TYPE[valueAggregate]] : [],
    groupByAliasToAggregateType: Object.fromEntries(types),
    rewrittenQuery: rewrite(query, grouped, count),
    hasSelectValue: select.kind === "value",
    dCountInfo: null,
    hasNonStreamingOrderBy: false,
  };
  return { partitionedQueryExecutionInfoVersion: 2, queryInfo, queryRanges: ALL_RANGES };
}

/** The query that each range is asked: parts of aggregates, sort keys beside each result, no window that only holds for the whole. */
function rewrite(query: Query, grouped: boolean, count: (expression: Expression | undefined) => number | null): string {
  const parts = ["SELECT"];
  const [top, offset, limit] = [count(query.top), count(query.offset), count(query.limit)];
  const windowed = !grouped && !query.distinct;
  if (query.distinct && !query.orderBy) parts.push("DISTINCT");
  if (windowed && top !== null) parts.push(`TOP ${top}`);
  parts.push(grouped ? groupedColumns(query) : query.orderBy ? orderedColumns(query) : columns(query));
  if (query.fromSpan) parts.push(quote(query, query.fromSpan));
  const where = query.where ? `(${quote(query, query.where)})` : "true";
  if (query.orderBy) parts.push(`WHERE ${where} AND (${PLACEHOLDER})`);
  else if (query.where) parts.push(`WHERE ${where}`);
  if (query.groupBy) parts.push(`GROUP BY ${query.groupBy.map((key) => quote(query, key)).join(", ")}`);
  if (query.orderBy) {
    const keys = query.orderBy.map((item) => `${quote(query, item.value)} ${item.descending ? "DESC" : "ASC"}`);
    parts.push(`ORDER BY ${keys.join(", ")}`);
  }
  if (windowed && offset !== null && limit !== null) parts.push(`OFFSET 0 LIMIT ${offset + limit}`);
  return parts.join(" ");
}

function orderedColumns(query: Query): string {
  const keys = (query.orderBy ?? []).map((item) => `{"item": ${quote(query, item.value)}}`);
  return `${query.root}._rid, [${keys.join(", ")}] AS orderByItems, ${payload(query)} AS payload`;
}

function payload(query: Query): string {
  const { select } = query;
  if (select.kind === "all") return query.sources[0]?.alias ?? "";
  if (select.kind === "value") return quote(query, select.value);
  return `{${select.items.map(({ name, value }) => `${JSON.stringify(name)}: ${quote(query, value)}`).join(", ")}}`;
}

function columns(query: Query): string {
  const { select } = query;
  if (select.kind === "all") return "*";
  return select.kind === "value" ? `VALUE ${quote(query, select.value)}` : `VALUE ${payload(query)}`;
}

function groupedColumns(query: Query): string {
  const { select } = query;
  const keys = (query.groupBy ?? []).map((key) => `{"item": ${quote(query, key)}}`).join(", ");
  if (select.kind === "value") {
    const value = aggregateOf(select.value) ? `[${partial(query, select.value)}]` : quote(query, plain(select.value));
    return query.groupBy ? `[${keys}] AS groupByItems, ${value} AS payload` : `VALUE ${value}`;
  }
  const items = select.kind === "list" ? select.items : [];
  const members = items.map(({ name, value }) => {
    return `${JSON.stringify(name)}: ${aggregateOf(value) ? partial(query, value) : quote(query, plain(value))}`;
  });
  return `[${keys}] AS groupByItems, {${members.join(", ")}} AS payload`;
}

/** What a range contributes to an aggregate: its own sum and count, or extreme and count. */
function partial(query: Query, expression: Expression): string {
  const name = aggregateOf(expression);
  const argument = expression.kind === "call" && expression.args[0] ? quote(query, expression.args[0]) : "1";
  if (name === "AVG") return `{"item": {"sum": SUM(${argument}), "count": COUNT(${argument})}}`;
  if (name === "MIN" || name === "MAX") {
    return `{"item": {"${name.toLowerCase()}": ${name}(${argument}), "count": COUNT(${argument})}}`;
  }
  return `{"item": ${name}(${argument})}`;
}

function aggregateType(expression: Expression): string | null {
  const name = aggregateOf(expression);
  return name ? AGGREGATE_TYPE[name] : null;
}

function aggregateOf(expression: Expression): keyof typeof AGGREGATE_TYPE | undefined {
  return expression.kind === "call" && isAggregate(expression.name) ? expression.name : undefined;
}

/** @throws {CosmosError} 400 when an aggregate hides inside an expression: ranges could not be merged */
function plain(expression: Expression): Expression {
  if (containsAggregate(expression))
    throw badRequest("Compositions of aggregates and other expressions are not allowed.");
  return expression;
}

function containsAggregate(expression: Expression): boolean {
  if (aggregateOf(expression)) return true;
  return Object.values(expression).some((part: unknown) => {
    const parts = Array.isArray(part) ? part : [part];
    return parts.some((each: unknown) => {
      if (typeof each !== "object" || each === null || "sources" in each) return false;
      if ("kind" in each) return containsAggregate(each as Expression);
      return "value" in each && containsAggregate(each.value as Expression);
    });
  });
}

function countOf(expression: Expression | undefined, parameters: ReadonlyMap<string, Value>): number | null {
  if (!expression) return null;
  const value = expression.kind === "literal" ? expression.value : undefined;
  const given = expression.kind === "parameter" ? parameters.get(expression.name) : value;
  if (typeof given !== "number") throw badRequest("TOP, OFFSET and LIMIT take a whole number that is not negative.");
  return given;
}
