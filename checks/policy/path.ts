import { isUnknown, UNKNOWN } from "../plan/resource.ts";

type Inputs = Readonly<Record<string, unknown>>;

/** A value at a concrete path (`template.containers.0.image`); `undefined` when it is absent. */
export interface Found {
  readonly path: string;
  readonly value: unknown;
}

/**
 * The values at a path. `[]` stands for all items of a list: an absent or empty list has none. Below something unknown all is
 * unknown.
 */
export function valuesAt(inputs: Inputs, path: string): readonly Found[] {
  let found: readonly Found[] = [{ path: "", value: inputs }];
  for (const step of path.split(".")) {
    const items = step.endsWith("[]");
    const key = items ? step.slice(0, -2) : step;
    found = found.map(({ path: at, value }) => ({
      path: at === "" ? key : `${at}.${key}`,
      value: property(value, key),
    }));
    if (items) found = found.flatMap(itemsOf);
  }
  return found;
}

/** The value at a path without lists. */
export function valueAt(inputs: Inputs, path: string): unknown {
  return valuesAt(inputs, path)[0]?.value;
}

/** The same inputs with another value at a concrete path; `undefined` takes it away. */
export function withValue(inputs: Inputs, path: string, value: unknown): Inputs {
  return changed(inputs, path.split("."), value) as Inputs;
}

function property(value: unknown, key: string): unknown {
  if (isUnknown(value)) return UNKNOWN;
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Inputs)[key] ?? undefined;
}

function itemsOf({ path, value }: Found): readonly Found[] {
  if (isUnknown(value)) return [{ path, value }];
  if (!Array.isArray(value)) return [];
  return value.map((item, index) => ({ path: `${path}.${index}`, value: item }));
}

function changed(at: unknown, [key = "", ...rest]: readonly string[], value: unknown): unknown {
  const inner = rest.length === 0 ? value : changed(property(at, key) ?? {}, rest, value);
  if (Array.isArray(at)) return at.map((item, index) => (String(index) === key ? inner : item));
  const { [key]: _, ...others } = (typeof at === "object" && at !== null ? at : {}) as Inputs;
  return inner === undefined ? others : { ...others, [key]: inner };
}
