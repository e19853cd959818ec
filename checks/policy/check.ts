import { isUnknown, type PlannedResource, SECRET_VALUE } from "../plan/resource.ts";
import { type Found, valuesAt, withValue } from "./path.ts";
import type { PlanIndex } from "./planIndex.ts";

type Inputs = PlannedResource["inputs"];

/** What one check says of one resource. */
export interface Part {
  readonly verdict: "pass" | "fail" | "unknown";
  readonly path: string;
  readonly message: string;
}

/** One property that a rule guards. */
export interface Check {
  /** Paths that it reads, as `template.containers[].image`. */
  readonly paths: readonly string[];
  /** What must be there, in words. */
  readonly want: string;
  /** `want` is no value of the property but a state of things. */
  readonly ofState?: boolean;
  /** Holds in production only, although its rule holds always. */
  readonly production?: boolean;
  run(resource: PlannedResource, plan: PlanIndex): Part;
  /** Inputs that differ in one thing each, and with which the check must fail: how sensitive it is. */
  spoil(inputs: Inputs): readonly Inputs[];
}

interface Options {
  /** What an absent property means, by the service's own default. @default "fail": what matters is written, not assumed */
  readonly absent?: "pass" | "fail";
  /** The value may be secret: messages do not quote it. */
  readonly hidden?: boolean;
}

/** Each value at the path passes a test. `wrong`: values that do not, for the tests of the rules. */
export function every(
  path: string,
  want: string,
  test: (value: unknown, resource: PlannedResource, plan: PlanIndex) => boolean,
  wrong: readonly unknown[],
  { absent = "fail", hidden = false }: Options = {},
): Check {
  return {
    paths: [path],
    want,
    run: (resource, plan) => {
      const found = valuesAt(resource.inputs, path);
      const judged = found.map((each) => ({ ...each, verdict: judge(each, absent, (v) => test(v, resource, plan)) }));
      const worst =
        judged.find(({ verdict }) => verdict === "fail") ?? judged.find(({ verdict }) => verdict === "unknown");
      if (worst) return part(worst.verdict, hide(worst, hidden), want);
      const [first] = judged;
      return first ? part("pass", hide(first, hidden), want) : part(absent, { path, value: undefined }, want);
    },
    spoil: (inputs) => spoilt(inputs, path, absent === "fail" ? [undefined, ...wrong] : wrong),
  };
}

/** Exactly this value. */
export function is(path: string, value: string | number | boolean, options?: Options): Check {
  const wrong = typeof value === "boolean" ? !value : typeof value === "number" ? value - 1 : `not-${value}`;
  return every(path, String(value), (found) => sameText(found, value), [wrong], options);
}

/** One of these values. */
export function oneOf(path: string, values: readonly string[], options?: Options): Check {
  const want = values.length > 1 ? `${values.slice(0, -1).join(", ")} or ${values.at(-1)}` : String(values[0]);
  return every(path, want, (found) => values.some((value) => sameText(found, value)), ["something-else"], options);
}

/** A number in a range, ends included. */
export function between(path: string, least: number, most: number, options?: Options): Check {
  const want = most === Number.POSITIVE_INFINITY ? `at least ${least}` : `from ${least} to ${most}`;
  const wrong = most === Number.POSITIVE_INFINITY ? [least - 1] : [least - 1, most + 1];
  const inRange = (found: unknown) => typeof found === "number" && found >= least && found <= most;
  return every(path, want, inRange, wrong, options);
}

/** Something is written there. */
export function present(path: string): Check {
  return every(path, "set", (found) => !isEmpty(found), [""]);
}

/** Nothing is written there. */
export function missing(path: string, wrong: unknown = "something", want = "absent or empty"): Check {
  return every(path, want, isEmpty, [wrong], { absent: "pass", hidden: true });
}

/** One of several checks passes. */
export function anyOf(want: string, ...checks: readonly Check[]): Check {
  return {
    paths: checks.flatMap(({ paths }) => paths),
    want,
    run: (resource, plan) => {
      const parts = checks.map((check) => check.run(resource, plan));
      const best =
        parts.find(({ verdict }) => verdict === "pass") ??
        parts.find(({ verdict }) => verdict === "unknown") ??
        parts[0];
      if (!best || best.verdict === "pass") return best ?? { verdict: "pass", path: "", message: want };
      return { ...best, message: `${best.message.split("; ")[0]}; there must be ${want}.` };
    },
    spoil: (inputs) => {
      const all = checks.reduce((broken, check) => check.spoil(broken)[0] ?? broken, inputs);
      return [all];
    },
  };
}

/** A check over the whole resource, or over what others in the plan say of it. */
export function custom(
  paths: readonly string[],
  want: string,
  run: (
    resource: PlannedResource,
    plan: PlanIndex,
  ) => Part["verdict"] | { readonly verdict: Part["verdict"]; readonly path: string },
  spoil: (inputs: Inputs) => readonly Inputs[],
): Check {
  return {
    paths,
    want,
    ofState: true,
    run: (resource, plan) => {
      const result = run(resource, plan);
      const { verdict, path } = typeof result === "string" ? { verdict: result, path: paths[0] ?? "" } : result;
      const message = verdict === "pass" ? `${path} is right: ${want}.` : `There must be ${want}.`;
      return { verdict, path, message };
    },
    spoil,
  };
}

/** The same check, in production only. */
export function inProduction(check: Check): Check {
  return { ...check, production: true };
}

/** Absent, or nothing in it. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** ARM's values do not care for case. */
export function sameText(found: unknown, value: string | number | boolean): boolean {
  return typeof found === "string" && typeof value === "string"
    ? found.toLowerCase() === value.toLowerCase()
    : found === value;
}

function judge({ value }: Found, absent: "pass" | "fail", test: (value: unknown) => boolean): Part["verdict"] {
  if (isUnknown(value)) return "unknown";
  if (value === undefined || value === null) return absent;
  return test(value) ? "pass" : "fail";
}

function hide(found: Found, hidden: boolean): Found {
  return hidden && !isEmpty(found.value) ? { ...found, value: SECRET_VALUE } : found;
}

function part(verdict: Part["verdict"], { path, value }: Found, want: string): Part {
  if (verdict === "unknown") return { verdict, path, message: `${path} is not known yet; it must be ${want}.` };
  if (verdict === "fail") return { verdict, path, message: `${path} is ${shown(value)}; it must be ${want}.` };
  return { verdict, path, message: `${path} is ${shown(value)}.` };
}

/** A value for a message: short, and never a secret. */
function shown(value: unknown): string {
  if (value === undefined) return "absent";
  if (value === SECRET_VALUE) return SECRET_VALUE;
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function spoilt(inputs: Inputs, path: string, wrong: readonly unknown[]): readonly Inputs[] {
  const places = valuesAt(inputs, path).map((found) => found.path);
  return places.flatMap((place) => wrong.map((value) => withValue(inputs, place, value)));
}
