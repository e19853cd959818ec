import { coversPath, type PropertyPath } from "../../deploy/propertyPath.ts";
import { equalValues, isObject, type PropertyMap, signatureOf, type Value } from "../../deploy/values.ts";

/** How one value became another. `replaces`: this change is why the resource is replaced. */
export type Change = (
  | { readonly kind: "add"; readonly value: Value }
  | { readonly kind: "delete"; readonly value: Value }
  | { readonly kind: "update"; readonly old: Value; readonly new: Value }
  | { readonly kind: "object"; readonly entries: ReadonlyMap<string, Change> }
  | { readonly kind: "array"; readonly entries: ReadonlyMap<number, Change> }
) & { readonly replaces?: boolean };

/** What changed in a bag of properties, and which changes the program asked not to show. */
export interface PropertyChanges {
  readonly entries: ReadonlyMap<string, Change>;
  /** `hideDiff` paths under which something changed. */
  readonly hidden: readonly string[];
}

/** Paths not to show, with their texts. */
export type HiddenPaths = ReadonlyMap<string, PropertyPath>;

const NOTHING_HIDDEN: HiddenPaths = new Map();

/** Compares two bags; null counts as absent, and the engine's own keys (`__…`) do not count. */
export function compareProperties(
  olds: PropertyMap,
  news: PropertyMap,
  hide: HiddenPaths = NOTHING_HIDDEN,
): PropertyChanges {
  const hidden = new Set<string>();
  const entries = compareObjects(olds, news, { hide, hidden, path: [] });
  return { entries, hidden: [...hidden].sort() };
}

/** How a value became another; `undefined` when it did not change. */
export function compareValues(old: Value | undefined, value: Value | undefined): Change | undefined {
  return compare(old, value, { hide: NOTHING_HIDDEN, hidden: new Set(), path: [] });
}

interface Place {
  readonly hide: HiddenPaths;
  /** Filled on the way. */
  readonly hidden: Set<string>;
  readonly path: PropertyPath;
}

function compare(old: Value | undefined, value: Value | undefined, place: Place): Change | undefined {
  const before = old ?? undefined;
  const after = value ?? undefined;
  if (equalValues(before, after)) return undefined;
  for (const [text, path] of place.hide) {
    if (!coversPath(path, place.path)) continue;
    place.hidden.add(text);
    return undefined;
  }
  if (before === undefined) return { kind: "add", value: after ?? null };
  if (after === undefined) return { kind: "delete", value: before };
  if (isPlain(before) && isPlain(after)) {
    const entries = compareObjects(before, after, place);
    return entries.size > 0 ? { kind: "object", entries } : undefined;
  }
  if (!Array.isArray(before) || !Array.isArray(after)) return { kind: "update", old: before, new: after };
  const entries = compareArrays(before, after, place);
  return entries.size > 0 ? { kind: "array", entries } : undefined;
}

function compareObjects(olds: PropertyMap, news: PropertyMap, place: Place): ReadonlyMap<string, Change> {
  const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].sort();
  return new Map(
    keys.flatMap((key) => {
      if (key.startsWith("__")) return [];
      const change = compare(olds[key], news[key], { ...place, path: [...place.path, key] });
      return change ? [[key, change] as const] : [];
    }),
  );
}

function compareArrays(olds: readonly Value[], news: readonly Value[], place: Place): ReadonlyMap<number, Change> {
  const entries = new Map<number, Change>();
  for (let index = 0; index < Math.max(olds.length, news.length); index++) {
    const change = compare(olds[index], news[index], { ...place, path: [...place.path, index] });
    if (change) entries.set(index, change);
  }
  return entries;
}

/** True for objects that are nothing special (no asset, archive, reference). */
export function isPlain(value: Value): value is PropertyMap {
  return isObject(value) && signatureOf(value) === undefined;
}
