import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import { EngineError } from "../engineError.ts";

/** Causes that a person can do something about, by the code of the failed system call. */
const CAUSES: Readonly<Record<string, string>> = {
  EACCES: "permission denied; make it accessible for this user, or choose another place",
  EPERM: "permission denied; make it accessible for this user, or choose another place",
  EROFS: "the file system is read-only; choose another place",
  ENOSPC: "no space left on device; make room and run the command again",
  EDQUOT: "the disk quota is used up; make room and run the command again",
  ENOTDIR: "a file stands where a folder must be; move it away, or choose another place",
  EISDIR: "a folder stands where a file must be; move it away",
  EEXIST: "a file stands where a folder must be; move it away, or choose another place",
};

/** True when a file or its folder is not there. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

/** The error for a person: which file, why not, and what to do. */
export function fileProblem(verb: "read" | "write" | "remove", path: string, error: unknown): EngineError {
  const told = codeOf(error);
  const code = verb === "write" && told === "ENOENT" ? (whyNotMade(path) ?? told) : told;
  const cause = CAUSES[code] ?? (error instanceof Error ? error.message : String(error));
  return new EngineError(`could not ${verb} ${path}: ${cause}`, undefined, { cause: error });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Making folders on a disk that takes no writes fails with ENOENT: the nearest folder that is there knows better. */
function whyNotMade(path: string): string | undefined {
  let folder = dirname(path);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}
