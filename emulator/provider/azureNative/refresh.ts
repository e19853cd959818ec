import type { Properties } from "../rpc/logic.ts";
import { isBag } from "./shape.ts";

/**
 * The inputs as they would have to be for what ARM shows now: each value that the program gave and that differs is taken from the
 * answer. Values that ARM never shows (secrets) and values that differ only in case stay.
 */
export function driftedInputs(inputs: Properties, actual: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, drifted(name, value, actual[name])]));
}

function drifted(name: string, wanted: unknown, actual: unknown): unknown {
  if (actual === undefined || actual === null || name.startsWith("__")) return wanted;
  if (isBag(wanted) && isBag(actual)) {
    const result: Record<string, unknown> = { ...driftedInputs(wanted, actual) };
    if (name === "tags") {
      for (const key of Object.keys(wanted)) if (!(key in actual)) delete result[key];
      for (const [key, value] of Object.entries(actual)) if (!(key in wanted)) result[key] = value;
    }
    return result;
  }
  if (Array.isArray(wanted)) return Array.isArray(actual) ? driftedList(wanted, actual) : wanted;
  if (typeof wanted !== typeof actual || typeof wanted === "object") return wanted;
  return sameText(wanted, actual) ? wanted : actual;
}

function driftedList(wanted: readonly unknown[], actual: readonly unknown[]): unknown {
  if (wanted.length !== actual.length) return actual;
  return wanted.map((item, index) => drifted("", item, actual[index]));
}

/** ARM answers ids and regions in a case and spacing of its own. */
function sameText(a: unknown, b: unknown): boolean {
  const plain = (value: unknown) => String(value).toLowerCase().replaceAll(" ", "");
  return plain(a) === plain(b);
}
