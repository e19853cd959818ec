import { readFileSync } from "node:fs";
import { CheckError, toUsageFile, type UsageFile, UsageFileSchema, unknownKeys } from "@devfactory/checks/index.ts";
import { parse } from "yaml";
import { say } from "../output.ts";

/** @throws {CheckError} `PLAN_UNREADABLE`, `USAGE_INVALID` */
export function readUsageFile(path: string): UsageFile {
  const document = readYaml(path, "USAGE_INVALID");
  const parsed = UsageFileSchema.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const problem = `${issue?.path.join(".") || "the document"}: ${issue?.message ?? "not valid"}`;
    throw new CheckError("USAGE_INVALID", { path, problem });
  }
  for (const group of ["resource_type_default_usage", "resource_usage"]) {
    const entries = (document as Readonly<Record<string, Readonly<Record<string, unknown>> | null>>)[group];
    for (const [name, usage] of Object.entries(entries ?? {})) warnOfKeys(name, usage);
  }
  return toUsageFile(parsed.data);
}

/** Says which keys of a usage no price depends on. */
export function warnOfKeys(name: string, usage: unknown): void {
  for (const key of unknownKeys(usage)) say(`warning: ${name}: no price depends on the usage key ${key}`);
}

/** @throws {CheckError} `PLAN_UNREADABLE`, or the given code when it is no YAML */
export function readYaml(path: string, code: "USAGE_INVALID" | "COST_TABLE_INVALID"): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new CheckError("PLAN_UNREADABLE", { path, problem: (error as Error).message }, { cause: error });
  }
  try {
    return parse(text);
  } catch (error) {
    throw new CheckError(code, { path, problem: (error as Error).message }, { cause: error });
  }
}
