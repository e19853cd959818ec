import { ARRAY_FUNCTIONS } from "./functions.array.ts";
import { DATE_FUNCTIONS } from "./functions.date.ts";
import { MATH_FUNCTIONS } from "./functions.math.ts";
import { STRING_FUNCTIONS } from "./functions.string.ts";
import { isObject, typeOf, type Value } from "./value.ts";

/** A system function. Unless it is `total`, a missing argument makes the result undefined before `call` is asked. */
export interface SystemFunction {
  readonly min: number;
  readonly max: number;
  /** Wants to see missing arguments. */
  readonly total?: boolean;
  /** @param nowMs the emulator's clock */
  readonly call: (args: readonly Value[], nowMs: number) => Value;
}

export type FunctionTable = Readonly<Record<string, SystemFunction>>;

const typeTest = (test: (value: Value) => boolean): SystemFunction => ({
  min: 1,
  max: 1,
  total: true,
  call: ([value]) => test(value),
});

const TYPE_FUNCTIONS: FunctionTable = {
  IS_ARRAY: typeTest((value) => Array.isArray(value)),
  IS_BOOL: typeTest((value) => typeof value === "boolean"),
  IS_DEFINED: typeTest((value) => value !== undefined),
  IS_FINITE_NUMBER: typeTest((value) => typeof value === "number" && Number.isFinite(value)),
  IS_INTEGER: typeTest((value) => Number.isInteger(value)),
  IS_NULL: typeTest((value) => value === null),
  IS_NUMBER: typeTest((value) => typeof value === "number"),
  IS_OBJECT: typeTest(isObject),
  IS_PRIMITIVE: typeTest((value) => ["null", "boolean", "number", "string"].includes(typeOf(value))),
  IS_STRING: typeTest((value) => typeof value === "string"),
  IIF: { min: 3, max: 3, total: true, call: ([test, then, otherwise]) => (test === true ? then : otherwise) },
};

/** All system functions by name in capitals ("System functions in Azure Cosmos DB for NoSQL"). */
export const FUNCTIONS: ReadonlyMap<string, SystemFunction> = new Map(
  Object.entries({
    ...TYPE_FUNCTIONS,
    ...STRING_FUNCTIONS,
    ...MATH_FUNCTIONS,
    ...ARRAY_FUNCTIONS,
    ...DATE_FUNCTIONS,
  }),
);
