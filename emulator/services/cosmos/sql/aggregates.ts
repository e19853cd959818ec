import type { Evaluate } from "./scope.ts";
import { compare, typeOf, type Value } from "./value.ts";

/** Collects the values of one aggregate over the rows of one group. */
export interface Aggregator {
  add(value: Value): void;
  result(): Value;
}

export interface AggregateCall {
  readonly name: AggregateName;
  readonly argument: Evaluate;
}

const AGGREGATES = {
  COUNT: () => counter(),
  SUM: () => sum((total) => total),
  AVG: () => sum((total, count) => (count === 0 ? undefined : total / count)),
  MIN: () => extreme(-1),
  MAX: () => extreme(1),
} as const satisfies Readonly<Record<string, () => Aggregator>>;

export type AggregateName = keyof typeof AGGREGATES;

export function isAggregate(name: string): name is AggregateName {
  return Object.hasOwn(AGGREGATES, name);
}

export function createAggregator(name: AggregateName): Aggregator {
  return AGGREGATES[name]();
}

function counter(): Aggregator {
  let count = 0;
  return {
    add: (value) => {
      if (value !== undefined) count++;
    },
    result: () => count,
  };
}

/** Missing values do not count; any other that is no number makes the whole result undefined ("SUM", "AVG"). */
function sum(finish: (total: number, count: number) => Value): Aggregator {
  let total = 0;
  let count = 0;
  let valid = true;
  return {
    add: (value) => {
      if (value === undefined) return;
      if (typeof value !== "number") valid = false;
      else {
        total += value;
        count++;
      }
    },
    result: () => (valid ? finish(total, count) : undefined),
  };
}

/** Compares across the primitive types; an array or object makes the result undefined ("MIN", "MAX"). */
function extreme(sign: 1 | -1): Aggregator {
  let best: Value;
  let valid = true;
  return {
    add: (value) => {
      const type = typeOf(value);
      if (type === "undefined") return;
      if (type === "array" || type === "object") valid = false;
      else if (best === undefined || compare(value, best) * sign > 0) best = value;
    },
    result: () => (valid ? best : undefined),
  };
}
