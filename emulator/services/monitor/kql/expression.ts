import { KqlError, type Token } from "./lexer.ts";

export type Value = string | number | boolean | Date | null | undefined | object;
export type Row = Readonly<Record<string, Value>>;
/** An expression ready to be computed for a row. */
export type Compute = (row: Row) => Value;

/** Walks over the tokens of a query. */
export class Cursor {
  readonly #tokens: readonly Token[];
  #index = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get peek(): Token {
    return this.#tokens[this.#index] ?? { kind: "end", value: "", at: 0 };
  }

  get ahead(): Token {
    return this.after(1);
  }

  /** The token so many places further on. */
  after(places: number): Token {
    return this.#tokens[this.#index + places] ?? { kind: "end", value: "", at: 0 };
  }

  next(): Token {
    const token = this.peek;
    this.#index += 1;
    return token;
  }

  /** Takes a symbol or word if it comes next. */
  take(value: string): boolean {
    const found = this.peek.kind !== "text" && this.peek.value.toLowerCase() === value;
    if (found) this.#index += 1;
    return found;
  }

  /** @throws {KqlError} when something else comes */
  expect(value: string): void {
    if (!this.take(value)) throw new KqlError(`'${value}' is expected at ${this.peek.at}, not '${this.peek.value}'`);
  }

  name(): string {
    const token = this.next();
    if (token.kind !== "name") throw new KqlError(`a name is expected at ${token.at}, not '${token.value}'`);
    return token.value;
  }
}

type Comparison = (a: Value, b: Value) => boolean;

const lower = (value: Value) => text(value).toLowerCase();
const COMPARISONS: Readonly<Record<string, Comparison>> = {
  "==": (a, b) => order(a, b) === 0,
  "!=": (a, b) => order(a, b) !== 0,
  "<": (a, b) => order(a, b) < 0,
  "<=": (a, b) => order(a, b) <= 0,
  ">": (a, b) => order(a, b) > 0,
  ">=": (a, b) => order(a, b) >= 0,
  "=~": (a, b) => lower(a) === lower(b),
  "!~": (a, b) => lower(a) !== lower(b),
  contains: (a, b) => lower(a).includes(lower(b)),
  "!contains": (a, b) => !lower(a).includes(lower(b)),
  has: (a, b) => new RegExp(`(^|[^a-z0-9])${quoted(lower(b))}([^a-z0-9]|$)`).test(lower(a)),
  startswith: (a, b) => lower(a).startsWith(lower(b)),
  endswith: (a, b) => lower(a).endsWith(lower(b)),
  matches: (a, b) => new RegExp(text(b)).test(text(a)),
};

const FUNCTIONS: Readonly<Record<string, (...args: Value[]) => Value>> = {
  tolower: (value) => lower(value),
  toupper: (value) => text(value).toUpperCase(),
  tostring: (value) => text(value),
  strlen: (value) => text(value).length,
  strcat: (...values) => values.map(text).join(""),
  toint: (value) => Math.trunc(Number(value)),
  tolong: (value) => Math.trunc(Number(value)),
  todouble: (value) => Number(value),
  todatetime: (value) => new Date(text(value)),
  datetime: (value) => new Date(text(value)),
  isempty: (value) => text(value) === "",
  isnotempty: (value) => text(value) !== "",
  isnull: (value) => value === null || value === undefined,
  isnotnull: (value) => value !== null && value !== undefined,
  not: (value) => !value,
  iff: (test, yes, no) => (test ? yes : no),
  coalesce: (...values) => values.find((each) => each !== null && each !== undefined && each !== ""),
  bin: (value, size) => bin(value, Number(size)),
  round: (value, digits) => Number(Number(value).toFixed(Number(digits ?? 0))),
  substring: (value, start, length) =>
    text(value).substring(Number(start), length === undefined ? undefined : Number(start) + Number(length)),
  parse_json: (value) => json(value),
};

/** A time as an instant, anything else as text. */
export function text(value: Value): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return value.toISOString();
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Order of two values: numbers and times by size, the rest as text. */
export function order(a: Value, b: Value): number {
  if (a instanceof Date || b instanceof Date)
    return Number(new Date(a instanceof Date ? a : text(a))) - Number(new Date(b instanceof Date ? b : text(b)));
  if (typeof a === "number" || typeof b === "number") return Number(a) - Number(b);
  if (typeof a === "boolean" || typeof b === "boolean") return Number(a) - Number(b);
  const [left, right] = [text(a), text(b)];
  return left === right ? 0 : left < right ? -1 : 1;
}

/** Reads `or`, the loosest operator, and all below it. */
export function parseExpression(cursor: Cursor, nowMs: number): Compute {
  let left = parseAnd(cursor, nowMs);
  while (cursor.take("or")) {
    const [a, b] = [left, parseAnd(cursor, nowMs)];
    left = (row) => Boolean(a(row)) || Boolean(b(row));
  }
  return left;
}

function parseAnd(cursor: Cursor, nowMs: number): Compute {
  let left = parseComparison(cursor, nowMs);
  while (cursor.take("and")) {
    const [a, b] = [left, parseComparison(cursor, nowMs)];
    left = (row) => Boolean(a(row)) && Boolean(b(row));
  }
  return left;
}

function parseComparison(cursor: Cursor, nowMs: number): Compute {
  const left = parseSum(cursor, nowMs);
  const operator = cursor.peek.kind === "text" ? "" : cursor.peek.value.toLowerCase();
  if (["in", "in~", "!in", "!in~"].includes(operator)) {
    cursor.next();
    const list = parseList(cursor, nowMs);
    const same = operator.endsWith("~") ? COMPARISONS["=~"] : COMPARISONS["=="];
    const wanted = !operator.startsWith("!");
    return (row) => list.some((each) => same?.(left(row), each(row))) === wanted;
  }
  if (cursor.take("between")) {
    cursor.expect("(");
    const from = parseSum(cursor, nowMs);
    cursor.expect("..");
    const to = parseSum(cursor, nowMs);
    cursor.expect(")");
    return (row) => order(left(row), from(row)) >= 0 && order(left(row), to(row)) <= 0;
  }
  const compare = COMPARISONS[operator];
  if (!compare) return left;
  cursor.next();
  if (operator === "matches") cursor.expect("regex");
  const right = parseSum(cursor, nowMs);
  return (row) => compare(left(row), right(row));
}

function parseList(cursor: Cursor, nowMs: number): readonly Compute[] {
  cursor.expect("(");
  const items: Compute[] = [];
  while (!cursor.take(")")) {
    items.push(parseExpression(cursor, nowMs));
    cursor.take(",");
  }
  return items;
}

function parseSum(cursor: Cursor, nowMs: number): Compute {
  let left = parseProduct(cursor, nowMs);
  for (;;) {
    const plus = cursor.take("+");
    if (!plus && !cursor.take("-")) return left;
    const [a, b] = [left, parseProduct(cursor, nowMs)];
    left = (row) => add(a(row), b(row), plus ? 1 : -1);
  }
}

function add(a: Value, b: Value, sign: 1 | -1): Value {
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime();
  return a instanceof Date ? new Date(a.getTime() + sign * Number(b)) : Number(a) + sign * Number(b);
}

function parseProduct(cursor: Cursor, nowMs: number): Compute {
  let left = parsePrimary(cursor, nowMs);
  for (;;) {
    const operator = ["*", "/", "%"].find((each) => cursor.take(each));
    if (!operator) return left;
    const [a, b] = [left, parsePrimary(cursor, nowMs)];
    left = (row) => {
      const [x, y] = [Number(a(row)), Number(b(row))];
      return operator === "*" ? x * y : operator === "/" ? x / y : x % y;
    };
  }
}

function parsePrimary(cursor: Cursor, nowMs: number): Compute {
  if (cursor.take("(")) {
    const inner = parseExpression(cursor, nowMs);
    cursor.expect(")");
    return inner;
  }
  if (cursor.take("-")) {
    const inner = parsePrimary(cursor, nowMs);
    return (row) => -Number(inner(row));
  }
  const token = cursor.next();
  if (token.kind === "text") return () => token.value;
  if (token.kind === "number" || token.kind === "timespan") return () => token.amount;
  if (token.kind !== "name") throw new KqlError(`a value is expected at ${token.at}, not '${token.value}'`);
  const name = token.value;
  if (name === "true" || name === "false") return () => name === "true";
  if (name === "null") return () => null;
  if (cursor.peek.value !== "(" || cursor.peek.kind !== "symbol") return member(cursor, name);
  return call(name, cursor, nowMs);
}

function member(cursor: Cursor, name: string): Compute {
  let compute: Compute = (row) => row[name];
  while (cursor.take(".")) {
    const key = cursor.name();
    const inner = compute;
    compute = (row) => (json(inner(row)) as Readonly<Record<string, Value>> | undefined)?.[key];
  }
  return compute;
}

function call(name: string, cursor: Cursor, nowMs: number): Compute {
  if (name.toLowerCase() === "datetime") return instant(cursor);
  const args = parseList(cursor, nowMs);
  if (name === "now") return (row) => new Date(nowMs + Number(args[0]?.(row) ?? 0));
  if (name === "ago") return (row) => new Date(nowMs - Number(args[0]?.(row) ?? 0));
  const compute = FUNCTIONS[name.toLowerCase()];
  if (!compute) throw new KqlError(`the function '${name}' is not known`);
  return (row) => compute(...args.map((each) => each(row)));
}

/** `datetime(2026-01-02T03:04:05Z)`: the text between the brackets is not quoted. */
function instant(cursor: Cursor): Compute {
  cursor.expect("(");
  let source = "";
  while (!cursor.take(")")) {
    if (cursor.peek.kind === "end") throw new KqlError("')' is missing after datetime(");
    source += cursor.next().value;
  }
  const value = new Date(source);
  return () => value;
}

/** The start of the interval that a value lies in. */
function bin(value: Value, size: number): Value {
  if (value instanceof Date) return new Date(Math.floor(value.getTime() / size) * size);
  return Math.floor(Number(value) / size) * size;
}

function json(value: Value): Value {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as Value;
  } catch {
    return null;
  }
}

function quoted(value: string): string {
  return value.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
