import { ComponentError } from "./errors.ts";

/** What an argument may be, for the error that refuses it. */
export interface ArgumentRule {
  /** For example `1 to 10`, or the names. */
  readonly allowed: string;
  /** Why Azure, or the platform, takes nothing else. */
  readonly why: string;
}

/** Refuses a value that is not valid. @throws {ComponentError} `ARGUMENT_INVALID` */
export type ArgumentCheck = (argument: string, value: unknown, valid: boolean, rule: ArgumentRule) => void;

/** The checks of one component's arguments; `component` is its class and name. A constructor runs them before it makes anything. */
export function argumentCheck(component: string): ArgumentCheck {
  return (argument, value, valid, { allowed, why }) => {
    if (valid) return;
    throw new ComponentError("ARGUMENT_INVALID", { component, argument, value: String(value), allowed, why });
  };
}

/** Names of children: each of the pattern, none twice (Azure compares names without case). */
export function checkNames(
  check: ArgumentCheck,
  argument: string,
  names: readonly string[],
  rule: ArgumentRule & { readonly pattern: RegExp },
): void {
  const seen = new Set<string>();
  for (const name of names) {
    check(argument, name, rule.pattern.test(name), rule);
    check(argument, `${name} twice`, !seen.has(name.toLowerCase()), { allowed: "each name once", why: rule.why });
    seen.add(name.toLowerCase());
  }
}

/** One of a list, for programs that no compiler checked. */
export function checkOneOf(
  check: ArgumentCheck,
  argument: string,
  value: string | number,
  values: readonly (string | number)[],
  why: string,
): void {
  check(argument, value, values.includes(value), { allowed: values.join(", "), why });
}

/** A whole number within bounds. */
export function checkInteger(
  check: ArgumentCheck,
  argument: string,
  value: number,
  bounds: { readonly min: number; readonly max: number; readonly why: string },
): void {
  const { min, max, why } = bounds;
  const valid = Number.isInteger(value) && value >= min && value <= max;
  check(argument, value, valid, { allowed: `a whole number from ${min} to ${max}`, why });
}
