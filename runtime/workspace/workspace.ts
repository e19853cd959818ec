import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, readdir, realpath, rm } from "node:fs/promises";
import { RuntimeError } from "../errors.ts";
import { inFolder, openPlain } from "./anchored.ts";
import { checkPath } from "./path.ts";

/** The largest text file that is read or written, in bytes. */
export const MAX_FILE_BYTES = 2_000_000;
const MAX_FILES = 5_000;

/** A file that was written, as the result of a task names it. */
export interface WrittenFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * The folder of one app. Every access goes through an opened directory whose real place was checked, never follows a link, and
 * stays inside; so a link that is swapped in between leads nowhere.
 */
export class Workspace {
  readonly root: string;
  readonly #written = new Map<string, WrittenFile>();
  readonly #onWrite: (file: WrittenFile) => void;

  private constructor(root: string, onWrite: (file: WrittenFile) => void) {
    this.root = root;
    this.#onWrite = onWrite;
  }

  static async open(folder: string, onWrite: (file: WrittenFile) => void = () => {}): Promise<Workspace> {
    await mkdir(folder, { recursive: true });
    return new Workspace(await realpath(folder), onWrite);
  }

  /** The files written through this object so far, sorted by path. */
  get written(): readonly WrittenFile[] {
    return [...this.#written.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /**
   * @throws {RuntimeError} `PATH_REFUSED`, `FILE_NOT_FOUND`, `NOT_TEXT`
   */
  async readText(path: string): Promise<string> {
    const safe = checkPath(path);
    const text = await this.tryReadText(safe);
    if (text === undefined) throw new RuntimeError("FILE_NOT_FOUND", { path: safe });
    return text;
  }

  /** As `readText`, but undefined when there is no such file. */
  async tryReadText(path: string): Promise<string | undefined> {
    const safe = checkPath(path);
    const bytes = await this.#inParent(safe, false, async (target) => {
      const file = await openPlain(safe, target, constants.O_RDONLY);
      if (!file) return undefined;
      await using _ = file;
      const stat = await file.stat();
      if (!stat.isFile() || stat.size > MAX_FILE_BYTES)
        throw new RuntimeError("NOT_TEXT", { path: safe, limit: MAX_FILE_BYTES });
      return file.readFile();
    });
    if (!bytes) return undefined;
    if (bytes.includes(0)) throw new RuntimeError("NOT_TEXT", { path: safe, limit: MAX_FILE_BYTES });
    return bytes.toString("utf8");
  }

  /**
   * Writes a whole file. @returns whether its text is new
   * @throws {RuntimeError} `PATH_REFUSED`, `NOT_TEXT`
   */
  async writeText(path: string, text: string): Promise<boolean> {
    const safe = checkPath(path);
    const bytes = Buffer.from(text, "utf8");
    if (bytes.length > MAX_FILE_BYTES) throw new RuntimeError("NOT_TEXT", { path: safe, limit: MAX_FILE_BYTES });
    if ((await this.tryReadText(safe).catch(keepRefusal)) === text) return false;
    await this.#inParent(safe, true, async (target) => {
      const flags = constants.O_WRONLY | constants.O_CREAT;
      const file = await openPlain(safe, target, flags);
      if (!file) throw new RuntimeError("FILE_NOT_FOUND", { path: safe });
      await using _ = file;
      await file.truncate(0);
      await file.writeFile(bytes);
    });
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const written = { path: safe, sha256, bytes: bytes.length };
    this.#written.set(safe, written);
    this.#onWrite(written);
    return true;
  }

  /** Deletes a file that a generator no longer makes. */
  async remove(path: string): Promise<void> {
    const safe = checkPath(path);
    await this.#inParent(safe, false, (target) => rm(target, { force: true }));
    this.#written.delete(safe);
  }

  /** All regular files under a folder (`""` for all), sorted; links, protected folders and the local database are left out. */
  async list(folder = ""): Promise<string[]> {
    const found: string[] = [];
    const visit = async (parts: readonly string[]): Promise<void> => {
      const entries = await inFolder(this.root, parts, false, (anchor) =>
        readdir(`${anchor}/.`, { withFileTypes: true }),
      ).catch(() => []); // gone or swapped for a link meanwhile
      for (const entry of entries ?? []) {
        const child = [...parts, entry.name].join("/");
        if (!isAllowed(child) || child === "data") continue;
        if (entry.isDirectory()) await visit([...parts, entry.name]);
        else if (entry.isFile() && found.length < MAX_FILES) found.push(child);
      }
    };
    await visit(folder === "" ? [] : (await this.#checkedFolder(folder)).split("/"));
    return found.sort();
  }

  async #checkedFolder(folder: string): Promise<string> {
    const safe = checkPath(folder.replace(/\/$/, ""));
    await this.#inParent(`${safe}/x`, false, async () => undefined);
    return safe;
  }

  /** Works in the folder of a path, which was opened without following a link. @param work gets what names the file there */
  async #inParent<T>(path: string, create: boolean, work: (target: string) => Promise<T>): Promise<T | undefined> {
    const parts = path.split("/");
    const name = parts.pop() ?? "";
    return inFolder(this.root, parts, create, async (anchor) => {
      if (create) await refuseOtherSpelling(anchor, name, path);
      return work(`${anchor}/${name}`);
    });
  }
}

/** `Main.ts` beside `main.ts` would be one file on other systems. */
async function refuseOtherSpelling(folder: string, name: string, path: string): Promise<void> {
  const same = (await readdir(`${folder}/.`)).find(
    (other) => other !== name && other.toLowerCase() === name.toLowerCase(),
  );
  if (same) throw new RuntimeError("PATH_REFUSED", { path, reason: `${same} differs only in spelling` });
}

function isAllowed(path: string): boolean {
  try {
    return checkPath(path) === path;
  } catch {
    return false; // not a path that agents may touch, so they need not see it
  }
}

function keepRefusal(error: unknown): undefined {
  if (error instanceof RuntimeError && error.code === "PATH_REFUSED") throw error;
  return undefined; // not readable as text: it is replaced
}
