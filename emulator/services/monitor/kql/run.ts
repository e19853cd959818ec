import { type Compute, Cursor, order, parseExpression, type Row, text, type Value } from "./expression.ts";
import { KqlError, tokenize } from "./lexer.ts";

export { KqlError } from "./lexer.ts";

export interface Table {
  readonly name: string;
  readonly rows: readonly Row[];
}

export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
}

type Step = (rows: readonly Row[]) => readonly Row[];

/** Rows of an answer. Source: Azure Monitor service limits, log queries. */
const MAX_ROWS = 500_000;

/**
 * Runs a query of this subset: tables, `union`, `where`, `project`, `project-away`, `extend`, `order by`, `top`, `take`, `distinct`,
 * `count`, `summarize … by bin()`.
 *
 * @param source a table by name; empty for a table that nothing was written to
 * @throws {KqlError} for anything else
 */
export function runQuery(query: string, source: (name: string) => Table, nowMs: number): QueryResult {
  const cursor = new Cursor(tokenize(query));
  let rows: readonly Row[] = parseSource(cursor, source, nowMs);
  while (cursor.take("|")) rows = parseStep(cursor, source, nowMs)(rows);
  if (cursor.peek.kind !== "end") throw new KqlError(`'${cursor.peek.value}' at ${cursor.peek.at} is not expected`);
  return toResult(rows.slice(0, MAX_ROWS));
}

function parseSource(cursor: Cursor, source: (name: string) => Table, nowMs: number): readonly Row[] {
  if (cursor.take("union")) return parseUnion(cursor, source, nowMs);
  if (cursor.take("(")) {
    let rows = parseSource(cursor, source, nowMs);
    while (cursor.take("|")) rows = parseStep(cursor, source, nowMs)(rows);
    cursor.expect(")");
    return rows;
  }
  return source(cursor.name()).rows;
}

function parseUnion(cursor: Cursor, source: (name: string) => Table, nowMs: number): readonly Row[] {
  const rows = [...parseSource(cursor, source, nowMs)];
  while (cursor.take(",")) rows.push(...parseSource(cursor, source, nowMs));
  return rows;
}

function parseStep(cursor: Cursor, source: (name: string) => Table, nowMs: number): Step {
  const operator = cursor.name().toLowerCase();
  switch (operator) {
    case "where":
    case "filter": {
      const test = parseExpression(cursor, nowMs);
      return (rows) => rows.filter((row) => Boolean(test(row)));
    }
    case "project": {
      const columns = parseColumns(cursor, nowMs);
      return (rows) => rows.map((row) => Object.fromEntries(columns.map(([name, compute]) => [name, compute(row)])));
    }
    case "extend": {
      const columns = parseColumns(cursor, nowMs);
      return (rows) =>
        rows.map((row) => ({ ...row, ...Object.fromEntries(columns.map(([name, compute]) => [name, compute(row)])) }));
    }
    case "project-away": {
      const names = new Set(parseColumns(cursor, nowMs).map(([name]) => name));
      return (rows) => rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !names.has(name))));
    }
    case "order":
    case "sort":
      cursor.expect("by");
      return sorter(parseOrder(cursor, nowMs));
    case "top": {
      const count = rowCount(cursor);
      cursor.expect("by");
      const sort = sorter(parseOrder(cursor, nowMs));
      return (rows) => sort(rows).slice(0, count);
    }
    case "take":
    case "limit": {
      const count = rowCount(cursor);
      return (rows) => rows.slice(0, count);
    }
    case "distinct": {
      const columns = parseColumns(cursor, nowMs);
      return (rows) =>
        distinct(rows.map((row) => Object.fromEntries(columns.map(([name, compute]) => [name, compute(row)]))));
    }
    case "count":
      return (rows) => [{ Count: rows.length }];
    case "summarize":
      return parseSummarize(cursor, nowMs);
    case "union": {
      const more = parseUnion(cursor, source, nowMs);
      return (rows) => [...rows, ...more];
    }
    default:
      throw new KqlError(`the operator '${operator}' is not emulated`);
  }
}

function rowCount(cursor: Cursor): number {
  const token = cursor.next();
  if (token.kind !== "number") throw new KqlError(`a number is expected at ${token.at}`);
  return Number(token.value);
}

/** `name = expression, other, bin(x, 5m)`: a column that is not named takes the name of what it is made of. */
function parseColumns(cursor: Cursor, nowMs: number): readonly (readonly [string, Compute])[] {
  const columns: (readonly [string, Compute])[] = [];
  do {
    const named = cursor.peek.kind === "name" && cursor.ahead.kind === "symbol" && cursor.ahead.value === "=";
    const inside = cursor.ahead.value === "(" ? "" : cursor.peek.value;
    const name = named ? cursor.name() : inside || `Column${columns.length + 1}`;
    if (named) cursor.expect("=");
    const isBin = !named && cursor.peek.value === "bin";
    const target = isBin ? cursor.after(2).value : name; // bin(TimeGenerated, 1h) is a column named TimeGenerated
    columns.push([target, parseExpression(cursor, nowMs)]);
  } while (cursor.take(","));
  return columns;
}

function parseOrder(cursor: Cursor, nowMs: number): readonly (readonly [Compute, 1 | -1])[] {
  const keys: (readonly [Compute, 1 | -1])[] = [];
  do {
    const key = parseExpression(cursor, nowMs);
    const ascending = cursor.take("asc");
    if (!ascending) cursor.take("desc"); // descending is the default of KQL
    keys.push([key, ascending ? 1 : -1]);
  } while (cursor.take(","));
  return keys;
}

function sorter(keys: readonly (readonly [Compute, 1 | -1])[]): Step {
  return (rows) =>
    rows.toSorted((a, b) => {
      for (const [key, sign] of keys) {
        const result = order(key(a), key(b)) * sign;
        if (result !== 0) return result;
      }
      return 0;
    });
}

function distinct(rows: readonly Row[]): readonly Row[] {
  return [...new Map(rows.map((row) => [keyOf(Object.values(row)), row])).values()];
}

function keyOf(values: readonly Value[]): string {
  return JSON.stringify(values.map(text));
}

type Aggregate = (rows: readonly Row[]) => Value;

const AGGREGATES: Readonly<Record<string, (values: readonly Value[]) => Value>> = {
  sum: (values) => values.reduce<number>((total, each) => total + Number(each), 0),
  avg: (values) => values.reduce<number>((total, each) => total + Number(each), 0) / values.length,
  min: (values) => values.toSorted(order)[0],
  max: (values) => values.toSorted(order).at(-1),
  dcount: (values) => new Set(values.map(text)).size,
  make_set: (values) => [...new Set(values)],
  make_list: (values) => values,
  any: (values) => values[0],
  take_any: (values) => values[0],
};

function parseSummarize(cursor: Cursor, nowMs: number): Step {
  const aggregates: (readonly [string, Aggregate])[] = [];
  while (cursor.peek.kind === "name" && cursor.peek.value.toLowerCase() !== "by") {
    aggregates.push(parseAggregate(cursor, nowMs));
    if (!cursor.take(",")) break;
  }
  const groups = cursor.take("by") ? parseColumns(cursor, nowMs) : [];
  return (rows) => {
    const found = new Map<string, { readonly key: Row; readonly rows: Row[] }>();
    for (const row of rows) {
      const key = Object.fromEntries(groups.map(([name, compute]) => [name, compute(row)]));
      const id = keyOf(Object.values(key));
      const group = found.get(id) ?? { key, rows: [] };
      group.rows.push(row);
      found.set(id, group);
    }
    if (groups.length === 0 && found.size === 0) found.set("", { key: {}, rows: [] });
    return [...found.values()].map(({ key, rows: members }) => ({
      ...key,
      ...Object.fromEntries(aggregates.map(([name, compute]) => [name, compute(members)])),
    }));
  };
}

function parseAggregate(cursor: Cursor, nowMs: number): readonly [string, Aggregate] {
  const named = cursor.ahead.kind === "symbol" && cursor.ahead.value === "=" ? cursor.name() : undefined;
  if (named !== undefined) cursor.expect("=");
  const what = cursor.name().toLowerCase();
  cursor.expect("(");
  if (what === "count") {
    cursor.expect(")");
    return [named ?? "count_", (rows) => rows.length];
  }
  const column = cursor.peek.value;
  const compute = parseExpression(cursor, nowMs);
  cursor.expect(")");
  if (what === "countif") return [named ?? "countif_", (rows) => rows.filter((row) => Boolean(compute(row))).length];
  const aggregate = AGGREGATES[what];
  if (!aggregate) throw new KqlError(`the aggregate '${what}' is not known`);
  return [named ?? `${what}_${column}`, (rows) => aggregate(rows.map(compute))];
}

function toResult(rows: readonly Row[]): QueryResult {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = names.map((name) => ({
    name,
    type: typeOf(rows.find((row) => row[name] !== undefined && row[name] !== null)?.[name]),
  }));
  return { columns, rows: rows.map((row) => names.map((name) => plain(row[name]))) };
}

function plain(value: Value): unknown {
  if (value === undefined || value === null) return null;
  return value instanceof Date || typeof value === "object" ? text(value) : value;
}

function typeOf(value: Value): string {
  if (value instanceof Date) return "datetime";
  if (typeof value === "number") return Number.isInteger(value) ? "long" : "real";
  if (typeof value === "boolean") return "bool";
  return typeof value === "object" && value !== null ? "dynamic" : "string";
}
