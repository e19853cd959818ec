import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Document } from "yaml";
import { EngineError } from "../engineError.ts";
import { fileProblem, isAbsent } from "./storeProblem.ts";

const require = createRequire(import.meta.url);

/** Loaded when it is needed: that takes as long as the rest of a short command. */
function yamlLibrary(): typeof import("yaml") {
  return require("yaml");
}

/** Like `readYaml`, for files that are only looked at. */
export function readYamlContent(path: string): Readonly<Record<string, unknown>> {
  return (readYaml(path).toJS() as Record<string, unknown> | null) ?? {};
}

/**
 * Reads a YAML file that must hold keys and values; one that is absent or empty has none.
 *
 * @throws EngineError with the file, the line and the column of what is broken
 */
export function readYaml(path: string): Document {
  const { isMap, parseDocument } = yamlLibrary();
  const document = parseDocument(readText(path), { prettyErrors: true });
  const error = document.errors[0];
  if (error) {
    const at = error.linePos?.[0];
    const place = at ? `line ${at.line}, column ${at.col}: ` : "";
    const cause = error.message.split(/ at line \d+| *\n/, 1)[0];
    throw new EngineError(`could not read ${path}: ${place}${cause}`, undefined, { cause: error });
  }
  if (document.contents === null) document.contents = document.createNode({}) as never; // the library types contents by the first document
  if (!isMap(document.contents))
    throw new EngineError(`could not read ${path}: keys and values are expected at its top`);
  return document;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isAbsent(error)) return "";
    throw fileProblem("read", path, error);
  }
}
