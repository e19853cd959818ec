import { AutomationError } from "../errors.ts";
import type { AppFile, FileSet } from "./fileSet.ts";
import { type ArchiveLimits, isBomb } from "./limits.ts";
import { foldedPath, safePath } from "./safePath.ts";

/** What an archive says of one entry, before its content is read. */
export interface ArchiveEntry {
  readonly path: string;
  readonly kind: "file" | "folder";
  /** Unpacked. */
  readonly bytes: number;
  /** Unix mode; 0 where the archive has none. */
  readonly mode: number;
}

const SETUID_SETGID = 0o6000;
const OWNER_RUNS = 0o100;

/**
 * Judges the entries of an archive that somebody else made, one after the other, and gathers the files. The first bad entry refuses
 * the archive as a whole: nothing is written anywhere before all were judged.
 */
export class EntryGuard {
  readonly #limits: ArchiveLimits;
  /** Folded path → path of every file, and of every folder that a path or an entry names. */
  readonly #files = new Map<string, string>();
  readonly #folders = new Map<string, string>();
  readonly #content = new Map<string, AppFile>();
  #entries = 0;
  #bytes = 0;

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  /**
   * @param packed bytes of the archive so far
   * @returns the path inside the app
   * @throws {AutomationError} `ARCHIVE_REFUSED`
   */
  admit(entry: ArchiveEntry, packed: number): string {
    this.#entries += 1;
    if (this.#entries > this.#limits.entries) {
      refuse(entry.path, `the archive has more than ${this.#limits.entries} entries`);
    }
    this.#bytes += entry.bytes;
    if (this.#bytes > this.#limits.totalBytes) {
      refuse(entry.path, `the archive unpacks to more than ${this.#limits.totalBytes / 1024 / 1024} MiB`);
    }
    if (isBomb(this.#bytes, packed, this.#limits)) refuse(entry.path, "far too much comes out of so few bytes");
    if ((entry.mode & SETUID_SETGID) !== 0) refuse(entry.path, "would run with the rights of its owner (setuid)");
    // A folder entry of the root itself (`./`) names nothing.
    if (entry.kind === "folder" && /^(\.?\/)*\.?$/.test(entry.path)) return "";
    const path = safePath(entry.path);
    this.#claim(path, entry.kind);
    return path;
  }

  /** Takes an admitted file's content. */
  keep(path: string, content: Uint8Array, mode: number): void {
    this.#content.set(path, { content, executable: (mode & OWNER_RUNS) !== 0 });
  }

  /** All files; asked once every entry was admitted. */
  files(): FileSet {
    return this.#content;
  }

  #claim(path: string, kind: "file" | "folder"): void {
    const key = foldedPath(path);
    const parts = path.split("/");
    for (let depth = 1; depth < parts.length; depth++) this.#folder(parts.slice(0, depth).join("/"));
    if (kind === "folder") {
      this.#folder(path);
      return;
    }
    const same = this.#files.get(key) ?? this.#folders.get(key);
    if (same === path) refuse(path, "is there twice");
    if (same !== undefined) refuse(path, `is the same file as ${same} on some systems`);
    this.#files.set(key, path);
  }

  #folder(path: string): void {
    const key = foldedPath(path);
    const file = this.#files.get(key);
    if (file !== undefined) refuse(path, "is a file and a folder");
    this.#folders.set(key, path);
  }
}

/** @throws {AutomationError} `ARCHIVE_REFUSED` always */
export function refuse(path: string, problem: string): never {
  throw new AutomationError("ARCHIVE_REFUSED", { path: path.slice(0, 200), problem });
}
