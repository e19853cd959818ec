import { badRequest } from "../errors.ts";
import { type Aggregator, createAggregator } from "./aggregates.ts";
import type { CompiledQuery } from "./compile.ts";
import type { Environment } from "./scope.ts";
import { canonical, compare, type Value } from "./value.ts";

/** One document as the store gives it; `key` orders documents and marks where a page ended. */
export interface Input {
  readonly key: number;
  readonly value: Value;
}

/** Where the next page begins. `skip`: outputs of document `key` that were given already; `given`: outputs so far. */
export interface Resume {
  readonly given: number;
  readonly key?: number;
  readonly skip?: number;
  readonly order?: readonly Value[];
}

export interface Page {
  readonly items: readonly Value[];
  readonly resume?: Resume;
}

interface Output {
  readonly key: number;
  /** Which output of its document this is, from 0. */
  readonly ordinal: number;
  readonly order: readonly Value[];
  readonly value: Value;
}

const NOTHING: Input = { key: 0, value: undefined };

/** Runs an inner query against the outer row and gives all its values. */
export function runNested(compiled: CompiledQuery, environment: Environment): readonly Value[] {
  const outer = environment.aggregates;
  const { items } = runPage(compiled, environment, [NOTHING], Number.POSITIVE_INFINITY, undefined);
  environment.aggregates = outer;
  return items;
}

/**
 * Runs a query over documents and gives one page. A query that must see all rows (groups, DISTINCT, ORDER BY) sees them again for
 * each page; ORDER BY goes on after the last row given, so what is written meanwhile neither repeats nor loses other rows.
 *
 * @param inputs in the order of their keys; without ORDER BY only those from `resume.key` on are needed
 */
export function runPage(
  compiled: CompiledQuery,
  environment: Environment,
  inputs: Iterable<Input>,
  pageSize: number,
  resume: Resume | undefined,
): Page {
  const window = windowOf(compiled, environment);
  const { query } = compiled;
  if (query.sources.length === 0) return stream(compiled, environment, [NOTHING], pageSize, resume, window); // SELECT 1
  if (isGrouped(compiled))
    return slice(window, distinct(groups(compiled, environment, inputs), query.distinct), pageSize, resume);
  if (!query.orderBy && !query.distinct) return stream(compiled, environment, inputs, pageSize, resume, window);
  const outputs = collect(compiled, environment, inputs);
  if (query.orderBy) outputs.sort(byOrder(compiled));
  if (query.distinct) return slice(window, distinct(outputs, true), pageSize, resume);
  return sliceOrdered(compiled, window, outputs, pageSize, resume);
}

/** True when rows are folded into groups, or into one row of aggregates. */
export function isGrouped(compiled: CompiledQuery): boolean {
  return compiled.groupKeys !== undefined || compiled.aggregates.length > 0;
}

interface Window {
  readonly offset: number;
  readonly limit: number;
}

function windowOf(compiled: CompiledQuery, environment: Environment): Window {
  const count = (evaluate: CompiledQuery["top"], absent: number) => {
    if (!evaluate) return absent;
    const value = evaluate(environment);
    if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
    throw badRequest("TOP, OFFSET and LIMIT take a whole number that is not negative.");
  };
  return {
    offset: count(compiled.offset, 0),
    limit: count(compiled.limit ?? compiled.top, Number.POSITIVE_INFINITY),
  };
}

function stream(
  compiled: CompiledQuery,
  environment: Environment,
  inputs: Iterable<Input>,
  pageSize: number,
  resume: Resume | undefined,
  window: Window,
): Page {
  const items: Value[] = [];
  let seen = resume?.given ?? 0;
  let more = false;
  let last = { key: resume?.key ?? -1, skip: resume?.skip ?? 0 };
  for (const { key, value } of inputs) {
    let ordinal = 0;
    const skip = key === resume?.key ? (resume.skip ?? 0) : 0;
    const goOn = compiled.rows(environment, value, () => {
      const output = ordinal >= skip ? compiled.project(environment) : undefined;
      ordinal++;
      if (output === undefined) return true;
      if (seen >= window.offset + window.limit) return false;
      if (items.length >= pageSize) {
        more = true;
        return false;
      }
      if (seen >= window.offset) items.push(output);
      seen++;
      last = { key, skip: ordinal };
      return true;
    });
    if (!goOn) break;
  }
  const done = !more || seen >= window.offset + window.limit;
  return done ? { items } : { items, resume: { given: seen, ...last } };
}

function collect(compiled: CompiledQuery, environment: Environment, inputs: Iterable<Input>): Output[] {
  const outputs: Output[] = [];
  for (const { key, value } of inputs) {
    let ordinal = 0;
    compiled.rows(environment, value, () => {
      const output = compiled.project(environment);
      const order = compiled.orderKeys.map((each) => each(environment));
      if (output !== undefined) outputs.push({ key, ordinal, order, value: output });
      ordinal++;
      return true;
    });
  }
  return outputs;
}

function byOrder(compiled: CompiledQuery): (a: Output, b: Output) => number {
  const signs = (compiled.query.orderBy ?? []).map((item) => (item.descending ? -1 : 1));
  return (a, b) => {
    for (const [index, sign] of signs.entries()) {
      const order = compare(a.order[index], b.order[index]);
      if (order !== 0) return order * sign;
    }
    return a.key - b.key || a.ordinal - b.ordinal;
  };
}

function sliceOrdered(
  compiled: CompiledQuery,
  window: Window,
  outputs: readonly Output[],
  pageSize: number,
  resume: Resume | undefined,
): Page {
  const given = resume?.given ?? 0;
  const start = resume ? after(compiled, outputs, resume) : window.offset;
  const end = Math.min(start + pageSize, start + window.limit - given, outputs.length);
  const page = outputs.slice(start, end);
  const items = page.map((output) => output.value);
  const last = page.at(-1);
  const total = given + items.length;
  if (!last || end >= outputs.length || total >= window.limit) return { items };
  return { items, resume: { given: total, key: last.key, skip: last.ordinal, order: last.order.map(wrapMissing) } };
}

function after(compiled: CompiledQuery, outputs: readonly Output[], resume: Resume): number {
  const order = (resume.order ?? []).map(unwrapMissing);
  const mark: Output = { key: resume.key ?? -1, ordinal: resume.skip ?? 0, order, value: null };
  const precedes = byOrder(compiled);
  const index = outputs.findIndex((output) => precedes(output, mark) > 0);
  return index < 0 ? outputs.length : index;
}

/** JSON has no undefined: in a continuation each order value travels in an array of one or none. */
function wrapMissing(value: Value): Value {
  return value === undefined ? [] : [value];
}

function unwrapMissing(value: Value): Value {
  return Array.isArray(value) ? (value[0] as Value) : undefined;
}

function groups(compiled: CompiledQuery, environment: Environment, inputs: Iterable<Input>): Output[] {
  interface Group {
    readonly slots: readonly Value[];
    readonly aggregators: readonly Aggregator[];
  }
  const found = new Map<string, Group>();
  const makeGroup = (): Group => ({
    slots: [...environment.slots],
    aggregators: compiled.aggregates.map((each) => createAggregator(each.name)),
  });
  for (const { value } of inputs) {
    compiled.rows(environment, value, () => {
      const key = (compiled.groupKeys ?? []).map((each) => canonical(each(environment))).join(",");
      let group = found.get(key);
      if (!group) {
        group = makeGroup();
        found.set(key, group);
      }
      for (const [index, call] of compiled.aggregates.entries()) {
        group.aggregators[index]?.add(call.argument(environment));
      }
      return true;
    });
  }
  if (found.size === 0 && !compiled.groupKeys) found.set("", { ...makeGroup(), slots: [] });
  return [...found.values()].map(({ slots, aggregators }, key) => {
    const aggregates = aggregators.map((each) => each.result());
    const value = compiled.project({ ...environment, slots: [...slots], aggregates });
    return { key, ordinal: 0, order: [], value };
  });
}

function distinct(outputs: readonly Output[], wanted: boolean): readonly Value[] {
  const values = outputs.map((output) => output.value).filter((value) => value !== undefined);
  if (!wanted) return values;
  const seen = new Set<string>();
  return values.filter((value) => {
    const text = canonical(value);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}

function slice(window: Window, values: readonly Value[], pageSize: number, resume: Resume | undefined): Page {
  const all = values.slice(window.offset, window.offset + window.limit);
  const given = resume?.given ?? 0;
  const items = all.slice(given, given + pageSize);
  const total = given + items.length;
  return total < all.length ? { items, resume: { given: total } } : { items };
}
