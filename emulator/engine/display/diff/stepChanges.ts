import { coversPath, type PropertyPath, parsePath } from "../../deploy/propertyPath.ts";
import { isObject, isUnknown, type PropertyMap, type Value } from "../../deploy/values.ts";
import type { EventState, StepMetadata } from "../../events/types.ts";
import { type Change, compareProperties, compareValues, type HiddenPaths, type PropertyChanges } from "./change.ts";

/** A masked secret, as events carry it. */
const SECRET = "[secret]";

/**
 * What a step changes in its resource's properties: as the provider said it, or found by comparing.
 *
 * @param refreshed compare what was read instead of what the program wants
 */
export function stepChanges(step: StepMetadata, refreshed: boolean): PropertyChanges {
  if (!step.old || !step.new) return { entries: new Map(), hidden: [] };
  const hide = hiddenPaths(step.new);
  if (step.detailedDiff) return detailedChanges(step.detailedDiff, step.old, step.new, refreshed, hide);
  if (refreshed) return compareProperties(step.old.outputs, step.new.outputs, hide);
  return comparedInputs(step, step.old, step.new, hide);
}

export function hiddenPaths({ hideDiffs = [] }: EventState): HiddenPaths {
  return new Map(hideDiffs.map((text) => [text, parsePath(text)]));
}

/** The engine's own comparison, narrowed to the keys that the provider called changed. */
function comparedInputs(step: StepMetadata, old: EventState, state: EventState, hide: HiddenPaths): PropertyChanges {
  const { entries, hidden } = compareProperties(old.inputs, state.inputs, hide);
  const marked = new Map<string, Change>();
  for (const key of [...new Set([...entries.keys(), ...(step.diffs ?? [])])].sort()) {
    if (step.diffs && !step.diffs.includes(key)) continue;
    const change = entries.get(key) ?? changedSecret(old.inputs[key], state.inputs[key]);
    if (change) marked.set(key, mark(change, step.keys?.includes(key) === true));
  }
  return { entries: marked, hidden };
}

/** Masked secrets look alike; that one changed is known from the provider only. */
function changedSecret(old: Value | undefined, value: Value | undefined): Change | undefined {
  return old === SECRET && value === SECRET ? { kind: "update", old, new: value } : undefined;
}

function mark(change: Change, replaces: boolean): Change {
  return replaces ? { ...change, replaces } : change;
}

/** A container being put together from the provider's list of paths. */
interface Draft {
  readonly draft: true;
  readonly entries: Map<string | number, Change | Draft>;
}

function detailedChanges(
  detailed: NonNullable<StepMetadata["detailedDiff"]>,
  old: EventState,
  state: EventState,
  refreshed: boolean,
  hide: HiddenPaths,
): PropertyChanges {
  const root: Draft = { draft: true, entries: new Map() };
  const hidden = new Set<string>();
  for (const [text, { diffKind, inputDiff }] of Object.entries(detailed).sort(byPath)) {
    const path = readPath(text);
    const cover = [...hide].find(([, hiddenPath]) => coversPath(hiddenPath, path));
    if (cover) hidden.add(cover[0]);
    else insert(root, path, diffKind, inputDiff ? old.inputs : old.outputs, refreshed ? state.outputs : state.inputs);
  }
  const entries = [...root.entries].map(([key, entry]) => [String(key), finish(entry)] as const);
  return { entries: new Map(entries), hidden: [...hidden].sort() };
}

function byPath([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}

/** Providers write paths themselves; one that cannot be read names a property as it is. */
function readPath(text: string): PropertyPath {
  try {
    const path = parsePath(text);
    return path.length > 0 ? path : [text];
  } catch {
    return [text];
  }
}

function insert(
  draft: Draft,
  [key = "", ...rest]: PropertyPath,
  diffKind: string,
  oldParent: Value | undefined,
  newParent: Value | undefined,
): void {
  const old = part(oldParent, key);
  const value = part(newParent, key);
  const oneSided = (old === undefined) !== (value === undefined);
  if (rest.length === 0 || oneSided) {
    draft.entries.set(key, mark(leaf(diffKind, old, value, oneSided), diffKind.endsWith("-replace")));
    return;
  }
  const existing = draft.entries.get(key);
  if (existing && !isDraft(existing)) return; // a path above it has said it all
  const inner: Draft = existing ?? { draft: true, entries: new Map() };
  draft.entries.set(key, inner);
  insert(inner, rest, diffKind, old, value);
}

function isDraft(entry: Change | Draft): entry is Draft {
  return "draft" in entry;
}

function leaf(diffKind: string, old: Value | undefined, value: Value | undefined, oneSided: boolean): Change {
  if (oneSided) return value === undefined ? { kind: "delete", value: old ?? null } : { kind: "add", value };
  if (diffKind.startsWith("add")) return { kind: "add", value: value ?? null };
  if (diffKind.startsWith("delete")) return { kind: "delete", value: old ?? null };
  // A masked secret or an unknown may look the same on both sides; the provider says that it changed.
  return compareValues(old, value) ?? { kind: "update", old: old ?? null, new: value ?? null };
}

/** A part of a value; of masked secrets and unknowns each part is the whole. */
function part(parent: Value | undefined, key: string | number): Value | undefined {
  if (parent === SECRET || isUnknown(parent)) return parent;
  if (Array.isArray(parent)) return typeof key === "number" ? (parent[key] ?? undefined) : undefined;
  return isObject(parent) ? ((parent as PropertyMap)[String(key)] ?? undefined) : undefined;
}

function finish(entry: Change | Draft): Change {
  if (!isDraft(entry)) return entry;
  const inner = [...entry.entries].map(([key, change]) => [key, finish(change)] as const);
  if (inner.every(([key]) => typeof key === "number"))
    return { kind: "array", entries: new Map(inner.map(([key, change]) => [Number(key), change])) };
  return { kind: "object", entries: new Map(inner.map(([key, change]) => [String(key), change])) };
}
