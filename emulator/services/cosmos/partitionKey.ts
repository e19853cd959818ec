import { badRequest } from "./errors.ts";
import { murmur128 } from "./murmur.ts";
import { isObject, type Value } from "./sql/value.ts";

export interface PartitionKeyDefinition {
  readonly paths: readonly string[];
  readonly kind: "Hash" | "MultiHash";
  readonly version: number;
}

/** One component of a key; `undefined` when the document has no such property (`{}` on the wire). */
export type KeyPart = undefined | null | boolean | number | string;

export interface Range {
  readonly id: string;
  readonly min: string;
  readonly max: string;
}

/** Where the hashes of version 2 are cut in two, so that clients really merge ranges; version 1 hashes stay in one range. */
const MIDDLE = "1FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF";
const TWO_RANGES: readonly Range[] = [
  { id: "0", min: "", max: MIDDLE },
  { id: "1", min: MIDDLE, max: "FF" },
];
const ONE_RANGE: readonly Range[] = [{ id: "0", min: "", max: "FF" }];

export function rangesOf(definition: PartitionKeyDefinition): readonly Range[] {
  return definition.version === 2 ? TWO_RANGES : ONE_RANGE;
}

/** The path `/a/b` as names. */
export function pathNames(path: string): readonly string[] {
  return path
    .split("/")
    .filter((name) => name !== "")
    .map((name) => name.replace(/^"(.*)"$/, "$1"));
}

/** The value at a path, undefined when anything on the way is missing. */
export function valueAt(document: Value, names: readonly string[]): Value {
  let value = document;
  for (const name of names) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** @throws {CosmosError} 400 when a component is an array or object, which cannot be a key */
export function extractKey(document: Value, paths: readonly (readonly string[])[]): readonly KeyPart[] {
  return paths.map((names) => asPart(valueAt(document, names)));
}

/**
 * Reads the header `x-ms-documentdb-partitionkey`, a JSON array.
 *
 * @throws {CosmosError} 400 when it is no array of primitives
 */
export function parseKey(header: string): readonly KeyPart[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(header);
  } catch (error) {
    throw badRequest(`Partition key ${header} is invalid: ${(error as Error).message}`);
  }
  if (!Array.isArray(parsed)) throw badRequest(`Partition key ${header} is invalid.`);
  return parsed.map(asPart);
}

function asPart(value: Value): KeyPart {
  if (isObject(value) && Object.keys(value).length === 0) return undefined;
  if (value !== null && typeof value === "object") throw badRequest("Partition key values must be primitive.");
  return value as KeyPart;
}

/** A text that is the same for equal keys; what the store is searched by. A shorter key is a prefix of longer ones. */
export function keyText(parts: readonly KeyPart[]): string {
  return parts.map((part) => `${part === undefined ? "{}" : JSON.stringify(part)},`).join("");
}

/** Hash of a key, upper-case hexadecimal; a hierarchical key has one hash per component, so a prefix of it is a range. */
export function effectiveKey(parts: readonly KeyPart[], definition: PartitionKeyDefinition): string {
  if (definition.kind === "MultiHash") return parts.map((part) => hash([part])).join("");
  return hash(parts);
}

function hash(parts: readonly KeyPart[]): string {
  const digest = murmur128(Buffer.concat(parts.map(bytesOf))).reverse();
  digest[0] = (digest[0] ?? 0) & 0x3f;
  return digest.toString("hex").toUpperCase();
}

/** Type byte, then the value: text in UTF-8 ended by FF, numbers as little-endian doubles. */
function bytesOf(part: KeyPart): Buffer {
  if (part === undefined) return Buffer.of(0);
  if (part === null) return Buffer.of(1);
  if (typeof part === "boolean") return Buffer.of(part ? 3 : 2);
  if (typeof part === "string") return Buffer.concat([Buffer.of(8), Buffer.from(part), Buffer.of(0xff)]);
  const number = Buffer.alloc(9);
  number[0] = 5;
  number.writeDoubleLE(part, 1);
  return number;
}
