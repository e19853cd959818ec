import type { ConfigNode } from "../backend/stackConfig.ts";
import { formatPath, type PropertyPath, parsePath } from "../deploy/propertyPath.ts";
import { EngineError } from "../engineError.ts";

/** A config key that may go on into an object: `proj:db.hosts[0]`. */
export interface ConfigAddress {
  /** As it stands in the file's config section, not yet qualified. */
  readonly key: string;
  /** Inside the value; empty without `--path`. */
  readonly rest: PropertyPath;
}

/** Splits a key given with `--path`; without, the whole text is the key. */
export function configAddress(text: string, isPath: boolean): ConfigAddress {
  if (!isPath) return { key: text, rest: [] };
  const colon = /^[^.["]+:/.exec(text)?.[0] ?? "";
  const [head, ...rest] = parsePath(text.slice(colon.length));
  return { key: colon + String(head ?? ""), rest };
}

/** The part of a value at a path, `undefined` when there is none. */
export function partAt(node: ConfigNode | undefined, path: PropertyPath): ConfigNode | undefined {
  let part: ConfigNode | undefined = node;
  for (const step of path) {
    if (typeof part !== "object" || part === null) return undefined;
    part = (part as Readonly<Record<string | number, ConfigNode>>)[step];
  }
  return part;
}

/**
 * The value with another part at a path; `undefined` takes the part out. Objects and lists on the way are made.
 *
 * @throws EngineError when a list would get a gap, or the path goes through a plain value
 */
export function withPart(
  node: ConfigNode | undefined,
  path: PropertyPath,
  part: ConfigNode | undefined,
): ConfigNode | undefined {
  const [head, ...rest] = path;
  if (head === undefined) return part;
  if (typeof head === "number") {
    const list = node === undefined || node === null ? [] : node;
    if (!Array.isArray(list)) throw new EngineError(`cannot index a value that is no list: ${formatPath(path)}`);
    if (head > list.length) throw new EngineError("array index out of range");
    const inner = withPart(list[head], rest, part);
    return inner === undefined ? list.filter((_, index) => index !== head) : replaceAt(list, head, inner);
  }
  const object = node === undefined || node === null ? {} : node;
  if (typeof object !== "object" || Array.isArray(object))
    throw new EngineError(`a value that is no object stands at ${head}`);
  const entries = Object.entries(object as Readonly<Record<string, ConfigNode>>).filter(([key]) => key !== head);
  const inner = withPart((object as Readonly<Record<string, ConfigNode>>)[head], rest, part);
  return Object.fromEntries(inner === undefined ? entries : [...entries, [head, inner]]);
}

function replaceAt(list: readonly ConfigNode[], index: number, value: ConfigNode): readonly ConfigNode[] {
  return index === list.length ? [...list, value] : list.with(index, value);
}

/** With `--path` booleans and whole numbers are stored as such. */
export function typedValue(text: string): ConfigNode {
  if (text === "true" || text === "false") return text === "true";
  return /^(0|-?[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}
