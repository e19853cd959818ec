import { readFileSync } from "node:fs";
import { z } from "zod";
import { CheckError, type CheckErrorCode } from "../errors.ts";
import { withoutSecrets } from "./resource.ts";

const Properties = z.record(z.string(), z.unknown());

/** One resource in a plan file; more keys (`usage`) belong to the command that reads it. */
export const ResourceInFile = z.object({
  urn: z.string().min(1),
  name: z.string(),
  type: z.string().min(1),
  inputs: Properties.transform((inputs) => withoutSecrets(inputs) as Readonly<Record<string, unknown>>),
  parent: z.string().optional(),
  dependencies: z.array(z.string()).optional(),
});

/**
 * Reads a JSON file of a known form.
 *
 * @throws {CheckError} `PLAN_UNREADABLE`, or `invalid` with the path in the document and the problem
 */
export function readJsonFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  invalid: CheckErrorCode,
): z.output<Schema> {
  const parsed = schema.safeParse(parseJson(path, readText(path), invalid));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join(".") || "the document";
  throw new CheckError(invalid, { path, problem: `${where}: ${issue?.message ?? "not valid"}` });
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const problem = error instanceof Error ? error.message.replace(/, \w+ '.*'$/, "") : String(error);
    throw new CheckError("PLAN_UNREADABLE", { path, problem }, { cause: error });
  }
}

function parseJson(path: string, text: string, invalid: CheckErrorCode): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CheckError(invalid, { path, problem: `not JSON (${(error as Error).message})` }, { cause: error });
  }
}
