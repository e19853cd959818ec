import type { FunctionTable, SystemFunction } from "./functions.ts";
import { canonical, equals, isArray, isObject, type Value } from "./value.ts";

export const ARRAY_FUNCTIONS: FunctionTable = {
  ARRAY_CONCAT: {
    min: 2,
    max: 200,
    call: (args) => (args.every(isArray) ? args.flatMap((each) => each as readonly Value[]) : undefined),
  },
  ARRAY_CONTAINS: {
    min: 2,
    max: 3,
    call: ([items, wanted, partial]) => {
      if (!isArray(items)) return undefined;
      return items.some((item) => equals(item, wanted) || (partial === true && includes(item, wanted)));
    },
  },
  ARRAY_CONTAINS_ALL: containsEach((items, wanted) => wanted.every((each) => items.some((item) => equals(item, each)))),
  ARRAY_CONTAINS_ANY: containsEach((items, wanted) => wanted.some((each) => items.some((item) => equals(item, each)))),
  ARRAY_LENGTH: { min: 1, max: 1, call: ([items]) => (isArray(items) ? items.length : undefined) },
  ARRAY_SLICE: {
    min: 2,
    max: 3,
    call: ([items, start, length]) => {
      if (!isArray(items) || typeof start !== "number") return undefined;
      const from = start < 0 ? Math.max(0, items.length + start) : start;
      return items.slice(from, typeof length === "number" ? from + Math.max(0, length) : undefined);
    },
  },
  CHOOSE: {
    min: 2,
    max: 200,
    total: true,
    call: ([index, ...items]) => (typeof index === "number" ? items[index - 1] : undefined),
  },
  OBJECTTOARRAY: {
    min: 1,
    max: 3,
    call: ([object, key = "k", value = "v"]) => {
      if (!isObject(object) || typeof key !== "string" || typeof value !== "string") return undefined;
      return Object.entries(object).map(([name, each]) => ({ [key]: name, [value]: each }));
    },
  },
  SETINTERSECT: onSets((a, b) => unique(a).filter((item) => b.some((each) => equals(each, item)))),
  SETUNION: onSets((a, b) => unique([...a, ...b])),
};

/** Every member of `wanted` is in `item`, its own members likewise. */
function includes(item: Value, wanted: Value): boolean {
  if (!isObject(item) || !isObject(wanted)) return equals(item, wanted);
  return Object.keys(wanted).every((name) => Object.hasOwn(item, name) && includes(item[name], wanted[name]));
}

function containsEach(test: (items: readonly Value[], wanted: readonly Value[]) => boolean): SystemFunction {
  return {
    min: 2,
    max: 200,
    call: ([items, ...wanted]) => (isArray(items) ? test(items, wanted) : undefined),
  };
}

function onSets(call: (a: readonly Value[], b: readonly Value[]) => Value): SystemFunction {
  return { min: 2, max: 2, call: ([a, b]) => (isArray(a) && isArray(b) ? call(a, b) : undefined) };
}

function unique(items: readonly Value[]): Value[] {
  return [...new Map(items.map((item) => [canonical(item), item])).values()];
}
