import { isUnknown, SECRET_VALUE } from "../plan/resource.ts";

/** Inputs of a plan are plain values of unknown shape. */
export type Inputs = Readonly<Record<string, unknown>>;

/** The value at a path, or undefined as soon as a step is missing. */
export function at(inputs: unknown, ...path: readonly (string | number)[]): unknown {
  let value = inputs;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/** Whether the value at a path, or something on the way to it, is not known before the deployment. */
export function isUnknownAt(inputs: unknown, path: readonly (string | number)[]): boolean {
  return [inputs, ...path.map((_, index) => at(inputs, ...path.slice(0, index + 1)))].some(isUnknown);
}

export function numberAt(inputs: unknown, ...path: readonly (string | number)[]): number | undefined {
  const value = at(inputs, ...path);
  return typeof value === "number" ? value : undefined;
}

export function booleanAt(inputs: unknown, ...path: readonly (string | number)[]): boolean {
  return at(inputs, ...path) === true;
}

/** A text that is known: neither secret nor an output of something that does not exist yet. */
export function textAt(inputs: unknown, ...path: readonly (string | number)[]): string | undefined {
  const value = at(inputs, ...path);
  return typeof value === "string" && !isUnknown(value) && value !== SECRET_VALUE ? value : undefined;
}

export function listAt(inputs: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const value = at(inputs, ...path);
  return Array.isArray(value) ? value : [];
}
