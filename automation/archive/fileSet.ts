import { createHash } from "node:crypto";

/** A file of an app, in memory: apps are small, and nothing untrusted touches the worker's disk. */
export interface AppFile {
  readonly content: Uint8Array;
  readonly executable: boolean;
}

/** Files by path, relative, with `/`. */
export type FileSet = ReadonlyMap<string, AppFile>;

/** Later sets win. */
export function merge(...sets: readonly FileSet[]): FileSet {
  return new Map(sets.flatMap((set) => [...set]));
}

/** The files under a folder, with paths relative to it; `.` is everything. */
export function under(files: FileSet, folder: string): FileSet {
  const prefix = folder === "." || folder === "" ? "" : `${folder.replace(/^\.\//, "").replace(/\/+$/, "")}/`;
  return new Map(
    [...files].filter(([path]) => path.startsWith(prefix)).map(([path, file]) => [path.slice(prefix.length), file]),
  );
}

const IGNORED = /(^|\/)(node_modules|\.git|\.next|\.cache|coverage)(\/|$)/;

/** Without what never belongs to source: installed packages, history, caches. */
export function sourceOnly(files: FileSet): FileSet {
  return new Map([...files].filter(([path]) => !IGNORED.test(path)));
}

export function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** One hash over paths, modes and contents: equal files, equal hash. */
export function hashFiles(files: FileSet): string {
  const hash = createHash("sha256");
  for (const [path, file] of sorted(files)) hash.update(`${path}\0${file.executable}\0${sha256(file.content)}\n`);
  return hash.digest("hex");
}

export function sorted(files: FileSet): readonly (readonly [string, AppFile])[] {
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1));
}

export function totalBytes(files: FileSet): number {
  return [...files.values()].reduce((sum, file) => sum + file.content.byteLength, 0);
}
