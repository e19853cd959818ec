import type { ContainerStore, Place, StoredItem } from "./containerStore.ts";
import { badRequest, CosmosError } from "./errors.ts";
import { type KeyPart, keyText } from "./partitionKey.ts";
import { CHARGE } from "./requestUnits.ts";
import { type CompiledQuery, compile } from "./sql/compile.ts";
import { parse } from "./sql/parser.ts";
import { needsPlan, planQuery, type QueryPlan } from "./sql/plan.ts";
import { pushdown } from "./sql/pushdown.ts";
import { type Input, type Resume, runPage } from "./sql/run.ts";
import type { Value } from "./sql/value.ts";

export interface QuerySpec {
  readonly query: string;
  readonly parameters?: readonly { readonly name: string; readonly value: Value }[];
}

/** One page of results as the wire has it. */
export interface Feed {
  /** JSON texts. */
  readonly items: readonly string[];
  readonly continuation: string | undefined;
  readonly charge: number;
}

const PAGE = { default: 100, max: 1000 } as const;
/** Compiled queries are kept by their text; programs use few texts and many parameters. */
const CACHE_SIZE = 500;
/** "Service quotas": the longest query text. */
const MAX_QUERY_LENGTH = 512 * 1024;
const cache = new Map<string, CompiledQuery>();

/** @throws {CosmosError} 400 when it is no query specification */
export function readQuery(body: unknown): QuerySpec {
  const spec = body as Partial<QuerySpec> | null;
  if (typeof spec !== "object" || spec === null || typeof spec.query !== "string") {
    throw badRequest("The request payload is invalid: it must be a query specification.");
  }
  return spec as QuerySpec;
}

/** Items for `x-ms-max-item-count`; -1 leaves it to the service. */
export function pageSize(header: string | undefined): number {
  const count = Number(header ?? PAGE.default);
  if (count === -1) return PAGE.max;
  if (!Number.isInteger(count) || count < 1) throw badRequest(`The max item count '${header}' is invalid.`);
  return Math.min(count, PAGE.max);
}

/** The plan for clients that ask the ranges themselves. */
export function queryPlan(spec: QuerySpec): QueryPlan {
  return planQuery(compiled(spec.query), parametersOf(spec));
}

/**
 * Runs a query over the items of a place and gives one page.
 *
 * @throws {CosmosError} 400/1004 with the plan when the place is the whole container and ranges would have to be merged
 */
export function runQuery(
  container: ContainerStore,
  place: Place,
  spec: QuerySpec,
  size: number,
  continuation: string | undefined,
): Feed {
  const query = compiled(spec.query);
  const parameters = parametersOf(spec);
  const found = pushdown(query.query, parameters, container.keyPaths);
  const within = narrowed(container, place, found.key);
  if (within.kind === "all" && container.ranges.length > 1 && needsPlan(query)) throw notServable(query, parameters);
  const resume = readContinuation(continuation);
  const environment = { slots: [], parameters, aggregates: [], nowMs: container.nowMs };
  const streaming = !query.query.orderBy && !query.query.distinct && resume?.key !== undefined;
  const after = streaming ? (resume.key ?? 0) - 1 : -1;
  const read = { documents: 0, bytes: 0 };
  const inputs = parsed(container.scan(within, after, found.filters, found.id), read);
  const page = runPage(query, environment, inputs, size, resume);
  return {
    items: page.items.map((item) => JSON.stringify(item)),
    continuation: page.resume && writeContinuation(page.resume),
    charge: CHARGE.query(read.documents, read.bytes),
  };
}

/** All items of a place, page by page ("List Documents"). */
export function readFeed(
  container: ContainerStore,
  place: Place,
  size: number,
  continuation: string | undefined,
): Feed {
  const items: string[] = [];
  const after = readContinuation(continuation)?.key ?? -1;
  let last = after;
  let more = false;
  let bytes = 0;
  for (const item of container.scan(place, after)) {
    more = items.length === size;
    if (more) break;
    items.push(item.body);
    bytes += item.body.length;
    last = item.document;
  }
  return {
    items,
    continuation: more ? writeContinuation({ given: items.length, key: last }) : undefined,
    charge: CHARGE.query(items.length, bytes),
  };
}

/** A query over a few metadata objects, such as the databases of an account. */
export function queryObjects(objects: readonly unknown[], spec: QuerySpec, nowMs: number): readonly Value[] {
  const environment = { slots: [], parameters: parametersOf(spec), aggregates: [], nowMs };
  const inputs = objects.map((value, key) => ({ key, value: value as Value }));
  return runPage(compiled(spec.query), environment, inputs, PAGE.max, undefined).items;
}

function compiled(text: string): CompiledQuery {
  const known = cache.get(text);
  if (known) return known;
  const made = compileText(text);
  if (cache.size >= CACHE_SIZE) cache.clear();
  cache.set(text, made);
  return made;
}

/** @throws {CosmosError} 400, also for a query whose nesting the stack cannot hold */
function compileText(text: string): CompiledQuery {
  if (text.length > MAX_QUERY_LENGTH) throw badRequest("The query text is longer than 512 KB.");
  try {
    return compile(parse(text));
  } catch (error) {
    if (error instanceof RangeError) throw badRequest("The query is nested too deeply.");
    throw error;
  }
}

function parametersOf(spec: QuerySpec): ReadonlyMap<string, Value> {
  return new Map((spec.parameters ?? []).map(({ name, value }) => [name, value]));
}

function* parsed(rows: Iterable<StoredItem>, read: { documents: number; bytes: number }): Generator<Input> {
  for (const { document, body } of rows) {
    read.documents++;
    read.bytes += body.length;
    yield { key: document, value: JSON.parse(body) as Value };
  }
}

/** A query that names its partition key needs no other partition. */
function narrowed(container: ContainerStore, place: Place, key: readonly KeyPart[] | undefined): Place {
  if (key === undefined || place.kind === "key") return place;
  const hash = place.kind === "range" ? container.hashOf(key) : undefined;
  if (place.kind === "range" && hash !== undefined && (hash < place.min || hash >= place.max)) return place;
  return { kind: "key", text: keyText(key), whole: true };
}

function notServable(query: CompiledQuery, parameters: ReadonlyMap<string, Value>): CosmosError {
  const message =
    "The provided cross partition query can not be directly served by the gateway. This is a first chance (internal) " +
    "exception that all newer clients will know how to handle gracefully.";
  const additionalErrorInfo = JSON.stringify(planQuery(query, parameters));
  return new CosmosError(400, message, { substatus: 1004, details: { additionalErrorInfo } });
}

function writeContinuation(resume: Resume): string {
  return Buffer.from(JSON.stringify(resume)).toString("base64url");
}

function readContinuation(token: string | undefined): Resume | undefined {
  if (token === undefined || token === "") return undefined;
  try {
    const resume = JSON.parse(Buffer.from(token, "base64url").toString()) as Resume;
    if (typeof resume.given === "number") return resume;
  } catch {
    // falls through: what is no token of ours is refused below
  }
  throw badRequest("Invalid Continuation Token");
}
