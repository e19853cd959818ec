import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { FileSet } from "../../archive/fileSet.ts";
import { readFolder } from "../../archive/readFolder.ts";
import { filterSource, isMade } from "../../source/filter.ts";
import { CliError } from "../cliError.ts";
import { say } from "../output.ts";

/** The source in a folder. @throws {CliError} when it is no folder, or holds no source */
export function readProject(given: string): {
  readonly files: FileSet;
  readonly folder: string;
  readonly left: number;
} {
  const folder = resolve(given);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CliError(`There is no folder ${given}.`, "Name the folder of your project.", { wrongUse: true });
  }
  const onOdd = (path: string) => say(`${path} is a link or no file, and is left out.`);
  const { files, left } = filterSource(readFolder(folder, { skip: isMade, onOdd }));
  if (files.size > 0) return { files, folder, left };
  throw new CliError(`${given} holds no source.`, "Name the folder of your project.", { wrongUse: true });
}
