import type { ContainerStore } from "./containerStore.ts";
import { badRequest, preconditionFailed } from "./errors.ts";
import { compile } from "./sql/compile.ts";
import { parse } from "./sql/parser.ts";
import { runPage } from "./sql/run.ts";
import type { Value } from "./sql/value.ts";

export interface PatchOperation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: Value;
}

export interface PatchRequest {
  readonly operations: readonly PatchOperation[];
  /** `from c where ..`: the patch is done only when it holds. */
  readonly condition?: string;
}

type Mutable = { [name: string]: Value } | Value[];

/** "Partial document update": at most ten operations in one request. */
const MAX_OPERATIONS = 10;
const SYSTEM = new Set(["id", "_rid", "_self", "_etag", "_ts", "_attachments"]);

/** Reads the body of a PATCH: a list of operations, or an object with a condition too. */
export function readPatch(body: unknown): PatchRequest {
  const request = (Array.isArray(body) ? { operations: body } : body) as Partial<PatchRequest> | null;
  const operations = request?.operations;
  if (!Array.isArray(operations) || operations.length === 0) throw badRequest("A patch needs at least one operation.");
  if (operations.length > MAX_OPERATIONS) {
    throw badRequest("The number of patch operations can't exceed '10'.");
  }
  return { operations, ...(typeof request?.condition === "string" && { condition: request.condition }) };
}

/**
 * Applies all operations to a copy of the document.
 *
 * @throws {CosmosError} 412 when the condition does not hold, 400 for a path that is not there or may not be changed
 */
export function applyPatch(
  document: Readonly<Record<string, Value>>,
  request: PatchRequest,
  container: ContainerStore,
): Value {
  if (request.condition !== undefined && !holds(document, request.condition, container.nowMs))
    throw preconditionFailed();
  const result = structuredClone(document) as { [name: string]: Value };
  for (const operation of request.operations) applyOne(result, operation, container.keyPaths);
  return result;
}

function holds(document: Value, condition: string, nowMs: number): boolean {
  const compiled = compile(parse(`SELECT VALUE true ${condition}`));
  const environment = { slots: [], parameters: new Map(), aggregates: [], nowMs };
  return runPage(compiled, environment, [{ key: 0, value: document }], 1, undefined).items.length === 1;
}

function applyOne(
  document: { [name: string]: Value },
  operation: PatchOperation,
  keyPaths: readonly (readonly string[])[],
): void {
  const names = pointer(operation.path);
  refuseFixed(names, keyPaths);
  const { parent, name } = walk(document, names);
  const { value } = operation;
  const present = hasMember(parent, name);
  switch (operation.op) {
    case "add":
      if (Array.isArray(parent)) parent.splice(indexIn(parent, name, true), 0, value ?? null);
      else setMember(parent, name, value ?? null);
      break;
    case "set":
      if (Array.isArray(parent) && name === "-") parent.push(value ?? null);
      else setMember(parent, name, value ?? null);
      break;
    case "replace":
      if (!present) throw missing(operation.path);
      setMember(parent, name, value ?? null);
      break;
    case "remove":
      if (!present) throw missing(operation.path);
      removeMember(parent, name);
      break;
    case "incr": {
      const before = present ? getMember(parent, name) : 0;
      if (typeof before !== "number" || typeof value !== "number") throw badRequest("'incr' needs numbers.");
      setMember(parent, name, before + value);
      break;
    }
    case "move":
      move(document, operation, keyPaths);
      break;
    default:
      throw badRequest(`The patch operation '${operation.op}' is not known.`);
  }
}

function move(
  document: { [name: string]: Value },
  { from, path }: PatchOperation,
  keyPaths: readonly (readonly string[])[],
): void {
  const names = pointer(from ?? "");
  refuseFixed(names, keyPaths);
  const source = walk(document, names);
  if (!hasMember(source.parent, source.name)) throw missing(from ?? "");
  const value = getMember(source.parent, source.name);
  removeMember(source.parent, source.name);
  applyOne(document, { op: "add", path, ...(value !== undefined && { value }) }, keyPaths);
}

/** RFC 6901: `~1` is a slash, `~0` a tilde. */
function pointer(path: string): readonly string[] {
  if (!path.startsWith("/") || path === "/") throw badRequest(`The patch path '${path}' is invalid.`);
  return path
    .slice(1)
    .split("/")
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function refuseFixed(names: readonly string[], keyPaths: readonly (readonly string[])[]): void {
  const fixed =
    SYSTEM.has(names[0] ?? "") || keyPaths.some((path) => names.every((name, index) => path[index] === name));
  if (fixed) throw badRequest(`The patch path '/${names.join("/")}' cannot be changed.`);
}

function walk(document: Mutable, names: readonly string[]): { readonly parent: Mutable; readonly name: string } {
  let parent: Mutable = document;
  for (const name of names.slice(0, -1)) {
    const next: Value = getMember(parent, name);
    if (typeof next !== "object" || next === null) throw missing(`/${names.join("/")}`);
    parent = next as Mutable;
  }
  return { parent, name: names.at(-1) ?? "" };
}

function hasMember(parent: Mutable, name: string): boolean {
  return Array.isArray(parent) ? /^\d+$/.test(name) && Number(name) < parent.length : Object.hasOwn(parent, name);
}

function getMember(parent: Mutable, name: string): Value {
  if (Array.isArray(parent)) return parent[Number(name)];
  return Object.hasOwn(parent, name) ? parent[name] : undefined;
}

function setMember(parent: Mutable, name: string, value: Value): void {
  if (Array.isArray(parent)) parent[indexIn(parent, name, false)] = value;
  else Object.defineProperty(parent, name, { value, enumerable: true, configurable: true, writable: true });
}

function removeMember(parent: Mutable, name: string): void {
  if (Array.isArray(parent)) parent.splice(indexIn(parent, name, false), 1);
  else delete parent[name];
}

/** @param atEnd `-` and the place after the last element are allowed */
function indexIn(parent: readonly Value[], name: string, atEnd: boolean): number {
  if (atEnd && name === "-") return parent.length;
  const index = /^\d+$/.test(name) ? Number(name) : -1;
  if (index < 0 || index > parent.length - (atEnd ? 0 : 1)) throw missing(name);
  return index;
}

function missing(path: string): Error {
  return badRequest(`For the patch path '${path}' there is nothing in the item.`);
}
