import { isDeepStrictEqual } from "node:util";
import type { Json } from "../core/resources.ts";

/** A JSON object, not an array and not null. */
export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Lays `over` on `base`: objects merge, everything else is replaced. */
export function overlay(base: Json, over: Json): Json {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const below = result[key];
    result[key] = isObject(below) && isObject(value) ? overlay(below, value) : value;
  }
  return result;
}

/** JSON merge patch (RFC 7396): null removes. */
export function mergePatch(base: Json, patch: Json): Json {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    const below = result[key];
    if (value === null) delete result[key];
    else if (isObject(value)) result[key] = mergePatch(isObject(below) ? below : {}, value);
    else result[key] = value;
  }
  return result;
}

/** What of `state` differs from `desired`: a service that answers with the client's own values does not freeze them. */
export function subtract(state: Json, desired: Json): Json {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(state)) {
    const wanted = desired[key];
    if (isObject(value) && isObject(wanted)) {
      const rest = subtract(value, wanted);
      if (Object.keys(rest).length > 0) result[key] = rest;
    } else if (value !== undefined && !isDeepStrictEqual(value, wanted)) result[key] = value;
  }
  return result;
}

/**
 * What of a service's `state` still holds after the client changed its wish: a value is dropped when the client now sets it anew,
 * or when the object around it is gone (no ingress, no address of the ingress).
 */
export function rebase(state: Json, before: Json, after: Json): Json {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(state)) {
    const old = before[key];
    const wanted = after[key];
    if (isObject(value)) {
      if (isObject(old) && !isObject(wanted)) continue;
      const rest = rebase(value, isObject(old) ? old : {}, isObject(wanted) ? wanted : {});
      if (Object.keys(rest).length > 0 || Object.keys(value).length === 0) result[key] = rest;
    } else if (wanted === undefined || isDeepStrictEqual(wanted, old)) result[key] = value;
  }
  return result;
}

type Visit = (holder: Record<string, unknown>, key: string) => void;

/** Visits each place that a path such as `configuration.secrets[].value` names. */
function visit(value: unknown, steps: readonly string[], act: Visit): void {
  const [step, ...rest] = steps;
  if (step === undefined || !isObject(value)) return;
  const name = step.replace(/\[\]$/, "");
  if (!(name in value)) return;
  if (rest.length === 0) {
    act(value as Record<string, unknown>, name);
    return;
  }
  const next = value[name];
  for (const item of step.endsWith("[]") && Array.isArray(next) ? next : [next]) visit(item, rest, act);
}

/** A copy without the values at `paths`. */
export function withoutPaths(value: Json, paths: readonly string[]): Json {
  if (paths.length === 0) return value;
  const copy = structuredClone(value);
  for (const path of paths) visit(copy, path.split("."), (holder, key) => delete holder[key]);
  return copy;
}

/**
 * Fills secret inputs that a client left out because ARM never showed them: single values from the same place, values in lists
 * from the item with the same `name`.
 */
export function keepSecrets(after: Json, before: Json, paths: readonly string[]): Json {
  let result = after;
  for (const path of paths) result = fill(result, before, path.split(".")) as Json;
  return result;
}

function fill(after: unknown, before: unknown, steps: readonly string[]): unknown {
  const [step = "", ...rest] = steps;
  if (!isObject(after) || !isObject(before)) return after;
  const name = step.replace(/\[\]$/, "");
  const old = before[name];
  if (old === undefined) return after;
  if (rest.length === 0) return name in after ? after : { ...after, [name]: old };
  const wanted = after[name];
  if (wanted === undefined) return after;
  if (!Array.isArray(wanted)) return { ...after, [name]: fill(wanted, old, rest) };
  const items: readonly unknown[] = Array.isArray(old) ? old : [];
  const match = (item: unknown) => items.find((each) => isObject(each) && isObject(item) && each.name === item.name);
  return { ...after, [name]: wanted.map((item) => fill(item, match(item), rest)) };
}
