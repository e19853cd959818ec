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
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const cause = CAUSES[code] ?? (error instanceof Error ? error.message : String(error));
  return new EngineError(`could not ${verb} ${path}: ${cause}`, undefined, { cause: error });
}
