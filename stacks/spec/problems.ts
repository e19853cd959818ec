import { z } from "zod";
import { AppSpec } from "./appSpec.ts";

/** One thing wrong in a document: where, what, and what would be allowed. */
export interface SpecProblem {
  /** For example `services.0.uses.1.access`. */
  readonly path: string;
  readonly problem: string;
  readonly allowed?: readonly string[];
}

export type SpecResult =
  | { readonly ok: true; readonly spec: AppSpec }
  | { readonly ok: false; readonly problems: readonly SpecProblem[] };

/** Checks an unknown document against the schema. */
export function parseAppSpec(document: unknown): SpecResult {
  const result = AppSpec.safeParse(document);
  if (result.success) return { ok: true, spec: result.data };
  return { ok: false, problems: result.error.issues.map(toProblem) };
}

/** The JSON schema of `devfactory.yaml`, for editors and models. */
export function appSpecJsonSchema(): object {
  return z.toJSONSchema(AppSpec, { io: "input", unrepresentable: "any" });
}

function toProblem(issue: z.core.$ZodIssue): SpecProblem {
  const path = issue.path.join(".");
  if (issue.code === "invalid_value") return { path, problem: issue.message, allowed: issue.values.map(String) };
  if (issue.code === "unrecognized_keys") return { path, problem: `unknown: ${issue.keys.join(", ")}` };
  return { path, problem: issue.message };
}
