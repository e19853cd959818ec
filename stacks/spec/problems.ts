import { z } from "zod";
import { AppSpec } from "./appSpec.ts";
import { describeIssue, type Issue } from "./issue.ts";

/** One thing wrong in a document: where, what, and what would be allowed. */
export interface SpecProblem extends Issue {
  /** For example `services.0.uses.1.access`. */
  readonly path: string;
}

export type SpecResult =
  | { readonly ok: true; readonly spec: AppSpec }
  | { readonly ok: false; readonly problems: readonly SpecProblem[] };

/** Checks an unknown document against the schema. */
export function parseAppSpec(document: unknown): SpecResult {
  const result = AppSpec.safeParse(document);
  if (result.success) return { ok: true, spec: result.data };
  return { ok: false, problems: result.error.issues.map((issue) => toProblem(issue, document)) };
}

/** All problems in one line: place, what is wrong, what is allowed. */
export function problemsText(problems: readonly SpecProblem[]): string {
  return problems
    .map(
      ({ path, problem, allowed }) =>
        `${path || "document"}: ${problem}${allowed ? ` (allowed: ${allowed.join(", ")})` : ""}`,
    )
    .join("; ");
}

/** The JSON schema of `devfactory.yaml`, for editors and models. */
export function appSpecJsonSchema(): object {
  return z.toJSONSchema(AppSpec, { io: "input", unrepresentable: "any" });
}

function toProblem(issue: z.core.$ZodIssue, document: unknown): SpecProblem {
  const [group, index, ...path] = issue.path;
  const inside = (group === "services" || group === "resources") && typeof index === "number";
  const parts = inside ? (document as Readonly<Record<string, readonly unknown[]>>)[group] : undefined;
  const part = parts && typeof index === "number" ? { value: parts[index], path } : undefined;
  return { path: issue.path.join("."), ...describeIssue(issue, part) };
}
