import { readFileSync } from "node:fs";
import { type Document, isMap, parseDocument } from "yaml";
import { EngineError } from "../engineError.ts";
import { fileProblem, isAbsent } from "./storeProblem.ts";

/**
 * Reads a YAML file that must hold keys and values; one that is absent or empty has none.
 *
 * @throws EngineError with the file, the line and the column of what is broken
 */
export function readYaml(path: string): Document {
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
