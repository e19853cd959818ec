import type { DiffResult, PropertyDiff, PropertyDiffKind } from "../plugins/provider.ts";
import { coversPath, type PropertyPath, parsePath } from "./propertyPath.ts";
import { equalValues, type PropertyMap } from "./values.ts";

const REPLACING: Readonly<Record<PropertyDiffKind, PropertyDiffKind>> = {
  add: "add-replace",
  "add-replace": "add-replace",
  delete: "delete-replace",
  "delete-replace": "delete-replace",
  update: "update-replace",
  "update-replace": "update-replace",
};

/** What a diff comes to for the engine. */
export interface Verdict {
  readonly changed: boolean;
  /** Not empty: the resource must be replaced. */
  readonly replaceKeys: readonly string[];
  readonly diffs: readonly string[];
  readonly detailed: Readonly<Record<string, PropertyDiff>> | undefined;
  readonly deleteBeforeReplace: boolean;
}

/** The engine's own comparison, for components and for providers that do not know: by key, without secret marks. */
export function compareInputs(olds: PropertyMap, news: PropertyMap): DiffResult {
  const detailed: Record<string, PropertyDiff> = {};
  for (const key of new Set([...Object.keys(olds), ...Object.keys(news)])) {
    if (equalValues(olds[key], news[key])) continue;
    const kind = olds[key] === undefined ? "add" : news[key] === undefined ? "delete" : "update";
    detailed[key] = { kind, inputDiff: true };
  }
  const changedKeys = Object.keys(detailed);
  return {
    changes: changedKeys.length > 0 ? "some" : "none",
    replaceKeys: [],
    changedKeys,
    stableKeys: [],
    deleteBeforeReplace: false,
    detailed,
  };
}

/**
 * Turns a provider's answer into a verdict: `replaceOnChanges` makes replacing what would be an update, and a resource
 * that failed to initialise is updated even when nothing changed.
 */
export function judge(diff: DiffResult, replaceOnChanges: readonly string[], initErrors: boolean): Verdict {
  const keys = new Set(diff.replaceKeys);
  const detailed: Record<string, PropertyDiff> = { ...diff.detailed };
  for (const [path, entry] of Object.entries(detailed)) if (entry.kind.endsWith("-replace")) keys.add(rootKey(path));
  const patterns = replaceOnChanges.filter((pattern) => pattern !== "#initerror").map(parsePath);
  const paths = diff.detailed ? Object.keys(diff.detailed) : diff.changedKeys;
  for (const path of paths) {
    const parts = parsePath(path);
    if (!patterns.some((pattern) => coversPath(pattern, parts))) continue;
    keys.add(rootKey(path));
    const entry = detailed[path];
    if (entry) detailed[path] = { ...entry, kind: REPLACING[entry.kind] };
  }
  if (initErrors && replaceOnChanges.includes("#initerror")) keys.add("#initerror");
  return {
    changed: diff.changes === "some" || keys.size > 0 || initErrors,
    replaceKeys: [...keys],
    diffs: diff.changedKeys.length > 0 ? diff.changedKeys : [...new Set(paths.map(rootKey))],
    detailed: diff.detailed ? detailed : undefined,
    deleteBeforeReplace: diff.deleteBeforeReplace,
  };
}

function rootKey(path: string): string {
  const parts: PropertyPath = parsePath(path);
  return String(parts[0] ?? path);
}
