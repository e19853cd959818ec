import type { BinaryOperator } from "./ast.ts";
import { compare, equals, typeOf, type Value } from "./value.ts";

type Operation = (left: Value, right: Value) => Value;

/** Operators whose operands are both evaluated; AND, OR and ?? are not here because they may skip the second. */
export const OPERATIONS: Readonly<Record<Exclude<BinaryOperator, "AND" | "OR" | "??">, Operation>> = {
  "+": numeric((a, b) => a + b),
  "-": numeric((a, b) => a - b),
  "*": numeric((a, b) => a * b),
  "/": numeric((a, b) => (b === 0 ? undefined : a / b)),
  "%": numeric((a, b) => (b === 0 ? undefined : a % b)),
  "&": numeric((a, b) => a & b),
  "|": numeric((a, b) => a | b),
  "^": numeric((a, b) => a ^ b),
  "<<": numeric((a, b) => a << b),
  ">>": numeric((a, b) => a >> b),
  ">>>": numeric((a, b) => a >>> b),
  "||": (a, b) => (typeof a === "string" && typeof b === "string" ? a + b : undefined),
  "=": (a, b) => (a === undefined || b === undefined ? undefined : equals(a, b)),
  "!=": (a, b) => (a === undefined || b === undefined ? undefined : !equals(a, b)),
  "<": ordered((order) => order < 0),
  "<=": ordered((order) => order <= 0),
  ">": ordered((order) => order > 0),
  ">=": ordered((order) => order >= 0),
};

/** Three-valued AND: false wins over undefined; what is no boolean counts as undefined. */
export function and(left: Value, right: Value): Value {
  if (left === false || right === false) return false;
  return left === true && right === true ? true : undefined;
}

/** Three-valued OR: true wins over undefined. */
export function or(left: Value, right: Value): Value {
  if (left === true || right === true) return true;
  return left === false && right === false ? false : undefined;
}

function numeric(operate: (a: number, b: number) => Value): Operation {
  return (a, b) => (typeof a === "number" && typeof b === "number" ? operate(a, b) : undefined);
}

/** Only two primitives of one type have an order. */
function ordered(test: (order: number) => boolean): Operation {
  return (a, b) => {
    const type = typeOf(a);
    if (type !== typeOf(b) || type === "undefined" || type === "array" || type === "object") return undefined;
    return test(compare(a, b));
  };
}

/** `%` any run, `_` one character, `[a-c]` and `[^a-c]` one of a set; anchored at both ends. */
export function likePattern(pattern: string, escapeWith: string | undefined): RegExp {
  let source = "";
  for (let index = 0; index < pattern.length; index++) {
    const char = pattern.charAt(index);
    const close = char === "[" ? pattern.indexOf("]", index + 2) : -1;
    if (escapeWith !== undefined && char === escapeWith) source += escapeRegExp(pattern.charAt(++index));
    else if (char === "%") source += "[\\s\\S]*";
    else if (char === "_") source += "[\\s\\S]";
    else if (close > 0) {
      source += `[${pattern.slice(index + 1, close).replace(/[\\\]]/g, "\\$&")}]`;
      index = close;
    } else source += escapeRegExp(char);
  }
  return new RegExp(`^${source}$`);
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}
