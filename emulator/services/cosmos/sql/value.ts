/** A JSON value, or `undefined` for what a document does not have. */
export type Value = undefined | null | boolean | number | string | readonly Value[] | ValueObject;

export interface ValueObject {
  readonly [name: string]: Value;
}

/** Order of types in ORDER BY, MIN and MAX ("ORDER BY clause in Azure Cosmos DB for NoSQL"). */
const RANK = { undefined: 0, null: 1, boolean: 2, number: 3, string: 4, array: 5, object: 6 } as const;

export type TypeName = keyof typeof RANK;

export function typeOf(value: Value): TypeName {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value as TypeName;
}

export function isObject(value: Value): value is ValueObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isArray(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Deep equality of two defined values; types that differ are not equal. */
export function equals(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (isArray(a) && isArray(b)) return a.length === b.length && a.every((item, index) => equals(item, b[index]));
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && equals(a[name], b[name]))
  );
}

/** A total order over all values: by type first, then by value; strings by UTF-16 code unit. */
export function compare(a: Value, b: Value): number {
  const byType = RANK[typeOf(a)] - RANK[typeOf(b)];
  if (byType !== 0) return byType;
  if (isArray(a) || isObject(a)) return compareText(canonical(a), canonical(b));
  if (a === b || a === undefined || a === null || b === undefined || b === null) return 0;
  return a < b ? -1 : 1;
}

/** A text that is the same for equal values, whatever the order of their members. */
export function canonical(value: Value): string {
  if (value === undefined) return "undefined";
  if (isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
