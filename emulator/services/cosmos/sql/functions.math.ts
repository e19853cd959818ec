import type { FunctionTable, SystemFunction } from "./functions.ts";

export const MATH_FUNCTIONS: FunctionTable = {
  ABS: unary(Math.abs),
  ACOS: unary(Math.acos),
  ASIN: unary(Math.asin),
  ATAN: unary(Math.atan),
  ATN2: binary(Math.atan2),
  CEILING: unary(Math.ceil),
  COS: unary(Math.cos),
  COT: unary((x) => 1 / Math.tan(x)),
  DEGREES: unary((x) => (x * 180) / Math.PI),
  EXP: unary(Math.exp),
  FLOOR: unary(Math.floor),
  LOG: {
    min: 1,
    max: 2,
    call: ([x, base]) => {
      if (typeof x !== "number") return undefined;
      return finite(typeof base === "number" ? Math.log(x) / Math.log(base) : Math.log(x));
    },
  },
  LOG10: unary(Math.log10),
  NUMBERBIN: {
    min: 1,
    max: 2,
    call: ([x, size = 1]) => {
      if (typeof x !== "number" || typeof size !== "number" || size === 0) return undefined;
      return Math.floor(x / size) * size;
    },
  },
  PI: { min: 0, max: 0, call: () => Math.PI },
  POWER: binary((x, y) => x ** y),
  RADIANS: unary((x) => (x * Math.PI) / 180),
  RAND: { min: 0, max: 0, call: () => Math.random() },
  ROUND: {
    min: 1,
    max: 2,
    call: ([x, digits = 0]) => {
      if (typeof x !== "number" || typeof digits !== "number") return undefined;
      const factor = 10 ** Math.trunc(digits);
      return finite((Math.sign(x) * Math.round(Math.abs(x) * factor)) / factor); // halves go away from zero
    },
  },
  SIGN: unary(Math.sign),
  SIN: unary(Math.sin),
  SQRT: unary(Math.sqrt),
  SQUARE: unary((x) => x * x),
  TAN: unary(Math.tan),
  TRUNC: unary(Math.trunc),
};

function unary(call: (x: number) => number): SystemFunction {
  return { min: 1, max: 1, call: ([x]) => (typeof x === "number" ? finite(call(x)) : undefined) };
}

function binary(call: (x: number, y: number) => number): SystemFunction {
  return {
    min: 2,
    max: 2,
    call: ([x, y]) => (typeof x === "number" && typeof y === "number" ? finite(call(x, y)) : undefined),
  };
}

/** JSON has no NaN and no infinity. */
function finite(x: number): number | undefined {
  return Number.isFinite(x) ? x : undefined;
}
