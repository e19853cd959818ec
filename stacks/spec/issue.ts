import type { z } from "zod";
import { allowedValues, kindFacts } from "./catalogue.ts";

/** A place in a document, and what is wrong there. */
export interface Issue {
  readonly problem: string;
  /** What would be allowed, from the catalogue of components where it knows. */
  readonly allowed?: readonly string[];
}

/** What zod found, in words. @param part the service or resource that it is in, with the path below it, when it is in one */
export function describeIssue(issue: z.core.$ZodIssue, part?: { readonly value: unknown; readonly path: Path }): Issue {
  if (issue.code === "unrecognized_keys") return { problem: `unknown: ${issue.keys.join(", ")}` };
  const problem = issue.code === "invalid_value" ? "is none of the allowed values" : issue.message; // zod's own lists them again
  const allowed = allowedOf(issue) ?? (part && offeredAt(part.value, part.path)) ?? boundOf(issue);
  return { problem, ...(allowed.length > 0 && { allowed }) };
}

type Path = readonly PropertyKey[];

function allowedOf(issue: z.core.$ZodIssue): readonly string[] | undefined {
  if (issue.code === "invalid_value") return issue.values.map(String);
  if (issue.code === "invalid_union" && "options" in issue && Array.isArray(issue.options))
    return issue.options.map(String);
  if (issue.code !== "custom") return undefined;
  const given: unknown = issue.params?.allowed;
  return Array.isArray(given) ? given.map(String) : undefined;
}

const UNITS: Readonly<Record<string, readonly [one: string, more: string]>> = {
  string: ["character", "characters"],
  array: ["entry", "entries"],
};

/** The schema's own bound, where the catalogue knows none. */
function boundOf(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code !== "too_big" && issue.code !== "too_small") return [];
  const [words, count] = issue.code === "too_big" ? ["at most", issue.maximum] : ["at least", issue.minimum];
  const unit = UNITS[issue.origin]?.[count === 1 ? 0 : 1];
  return [unit === undefined ? `${words} ${count}` : `${words} ${count} ${unit}`];
}

/** What the catalogue allows for the option at a path of a service or a resource. */
function offeredAt(value: unknown, path: Path): readonly string[] | undefined {
  const kind = (value as { readonly kind?: unknown } | undefined)?.kind;
  if (typeof kind !== "string") return undefined;
  const facts = kindFacts("resources", kind) ?? kindFacts("services", kind);
  const option = facts?.options[path.filter((each) => typeof each === "string").join(".")];
  return option && allowedValues(option);
}
