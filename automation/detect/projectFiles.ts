import type { FileSet } from "../archive/fileSet.ts";

/** A project as detection sees it: paths, and the text of single files. */
export interface ProjectFiles {
  /** Relative, with `/`. */
  readonly paths: readonly string[];
  has(path: string): boolean;
  /** Text of a file; undefined when it is not there or too large to be read by people. */
  read(path: string): string | undefined;
}

const READABLE_BYTES = 1024 * 1024;

export function projectFiles(files: FileSet): ProjectFiles {
  return {
    paths: [...files.keys()],
    has: (path) => files.has(path),
    read: (path) => {
      const file = files.get(path);
      if (!file || file.content.byteLength > READABLE_BYTES) return undefined;
      return Buffer.from(file.content).toString("utf8");
    },
  };
}

/** Joins folders and a name; `.` is nothing. */
export function inFolder(folder: string, name: string): string {
  return folder === "." || folder === "" ? name : `${folder}/${name}`;
}

/** Names of the files right in a folder. */
export function namesIn(files: ProjectFiles, folder: string): readonly string[] {
  const prefix = folder === "." ? "" : `${folder}/`;
  return files.paths
    .filter((path) => path.startsWith(prefix) && !path.slice(prefix.length).includes("/"))
    .map((path) => path.slice(prefix.length));
}

/** Line of the first match, from one; undefined without a match. */
export function lineOf(text: string, pattern: RegExp | string): number | undefined {
  const at = typeof pattern === "string" ? text.indexOf(pattern) : text.search(pattern);
  return at < 0 ? undefined : text.slice(0, at).split("\n").length;
}

/** `{ file, line }` of a match in a file, for evidence. */
export function found(files: ProjectFiles, file: string, pattern: RegExp | string): { file: string; line?: number } {
  const line = lineOf(files.read(file) ?? "", pattern);
  return line === undefined ? { file } : { file, line };
}
