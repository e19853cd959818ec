/** Inputs of a plan are plain values of unknown shape; what a preview does not know yet is absent or a symbol. */
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

export function numberAt(inputs: unknown, ...path: readonly (string | number)[]): number | undefined {
  const value = at(inputs, ...path);
  return typeof value === "number" ? value : undefined;
}

export function textAt(inputs: unknown, ...path: readonly (string | number)[]): string | undefined {
  const value = at(inputs, ...path);
  return typeof value === "string" ? value : undefined;
}

export function listAt(inputs: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const value = at(inputs, ...path);
  return Array.isArray(value) ? value : [];
}
