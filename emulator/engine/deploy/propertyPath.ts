import { isObject, isSecret, makeSecret, type PropertyMap, unwrap, type Value } from "./values.ts";

/** Keys, indices, and `*` for any of them (sdk/go/common/resource/property_path.go). */
export type PropertyPath = readonly (string | number)[];

/**
 * Reads `a.b[0]["c.d"].*`.
 *
 * @throws Error when a bracket or quote is not closed
 */
export function parsePath(text: string): PropertyPath {
  const path: (string | number)[] = [];
  const token = /\.?(?:\[(?:"((?:[^"\\]|\\.)*)"|(\d+)|(\*))\]|([^.[\]]+))/y;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (!match) throw new Error(`malformed property path ${JSON.stringify(text)} at ${at}`);
    if (match[1] !== undefined) path.push(match[1].replaceAll(/\\(.)/g, "$1"));
    else if (match[2] !== undefined) path.push(Number(match[2]));
    else path.push(match[3] ?? match[4] ?? "");
  }
  return path;
}

/** The dotted text of a path; keys that are no plain names are quoted. */
export function formatPath(path: PropertyPath): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[\w$*-]+$/.test(part)) text += text === "" ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/** True when `pattern` names the path or something above it. */
export function coversPath(pattern: PropertyPath, path: PropertyPath): boolean {
  return pattern.length <= path.length && pattern.every((part, index) => part === "*" || part === path[index]);
}

/**
 * Puts the old values back wherever a path points, so that the program's change there is not seen.
 *
 * @throws Error when the element that would hold an old value is gone from the new inputs
 */
export function resetPaths(news: PropertyMap, olds: PropertyMap, paths: readonly string[]): PropertyMap {
  let result: Value = news;
  for (const text of paths) {
    const reset = resetPath(result, olds, parsePath(text));
    if (reset === IMPOSSIBLE) {
      throw new Error(
        `cannot ignore changes to the following properties because one or more elements of the path are missing: "${text}"`,
      );
    }
    result = reset ?? {};
  }
  return isObject(result) ? result : news;
}

const IMPOSSIBLE = Symbol("a container on the path is missing");

/** The new value with the old part in it; `undefined` when nothing should stand here. */
function resetPath(
  news: Value | undefined,
  olds: Value | undefined,
  path: PropertyPath,
): Value | undefined | typeof IMPOSSIBLE {
  const [head, ...rest] = path;
  if (head === undefined) return olds;
  if (isSecret(news)) {
    const inner = resetPath(unwrap(news), olds, path);
    return inner === undefined || inner === IMPOSSIBLE ? inner : makeSecret(inner);
  }
  const old = olds === undefined ? undefined : unwrap(olds);
  if (head === "*") return resetEvery(news, old, rest);
  if (Array.isArray(news) && typeof head === "number")
    return resetItem(news, Array.isArray(old) ? old[head] : undefined, head, rest);
  const key = String(head);
  const oldPart = isObject(old) ? old[key] : undefined;
  if (!isObject(news)) return oldPart === undefined ? news : IMPOSSIBLE;
  const part = resetPath(news[key], oldPart, rest);
  if (part === IMPOSSIBLE) return IMPOSSIBLE;
  const result: Record<string, Value> = { ...(news as PropertyMap) };
  if (part === undefined) delete result[key];
  else result[key] = part;
  return result;
}

function resetItem(news: readonly Value[], old: Value | undefined, index: number, rest: PropertyPath) {
  if (index >= news.length) return old === undefined ? news : IMPOSSIBLE;
  const part = resetPath(news[index], old, rest);
  if (part === IMPOSSIBLE) return IMPOSSIBLE;
  return news.map((item, at) => (at === index ? (part ?? item) : item));
}

function resetEvery(
  news: Value | undefined,
  old: Value | undefined,
  rest: PropertyPath,
): Value | undefined | typeof IMPOSSIBLE {
  let result: Value | undefined = news;
  const keys: (string | number)[] = [];
  if (Array.isArray(news)) keys.push(...news.keys());
  else if (isObject(news)) keys.push(...new Set([...Object.keys(news), ...(isObject(old) ? Object.keys(old) : [])]));
  for (const key of keys) {
    const next = resetPath(result, old, [key, ...rest]);
    if (next === IMPOSSIBLE) return IMPOSSIBLE;
    result = next;
  }
  return result;
}
