import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { EngineError, EXIT } from "../engineError.ts";

/** Where state lives: named texts in folders. Keys are relative, with `/`. The seam for other stores than files. */
export interface Bucket {
  /** As the user knows it, for instance `file:///home/me`. */
  readonly url: string;
  /** The text, or `undefined` when there is none. */
  read(key: string): Promise<string | undefined>;
  /** Replaces the text in one step: a reader sees the old or the new one, never a part. */
  write(key: string, text: string): Promise<void>;
  /** Adds to the end; creates when absent. What was added before stands first, also when nobody waited for it. */
  append(key: string, text: string): Promise<void>;
  /** Removes a text or a whole folder; nothing happens when there is none. */
  remove(key: string): Promise<void>;
  /** Names directly in a folder, sorted; folders end in `/`. */
  list(folder: string): Promise<readonly string[]>;
}

/** A bucket in a folder of this machine. Files are small and local: each call is done when it returns. */
export class FileBucket implements Bucket {
  readonly url: string;
  readonly #root: string;

  constructor(url: string, root: string) {
    this.url = url;
    this.#root = root;
  }

  async read(key: string): Promise<string | undefined> {
    return absentAsUndefined(() => readFileSync(join(this.#root, key), "utf8"));
  }

  async write(key: string, text: string): Promise<void> {
    const path = join(this.#root, key);
    const temporary = `${path}.${process.pid}.${writes++}.tmp`;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, path);
  }

  async append(key: string, text: string): Promise<void> {
    const path = join(this.#root, key);
    try {
      appendFileSync(path, text, { mode: 0o600 });
    } catch (error) {
      if (!isAbsent(error)) throw error;
      mkdirSync(dirname(path), { recursive: true });
      appendFileSync(path, text, { mode: 0o600 });
    }
  }

  async remove(key: string): Promise<void> {
    rmSync(join(this.#root, key), { recursive: true, force: true });
  }

  async list(folder: string): Promise<readonly string[]> {
    const entries = absentAsUndefined(() => readdirSync(join(this.#root, folder), { withFileTypes: true })) ?? [];
    return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
  }
}

let writes = 0;

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

function absentAsUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/**
 * Opens the store behind a backend URL (`file://~`, `file:///path`, `file://./relative`).
 *
 * @throws EngineError for schemes that this engine does not have
 */
export function openBucket(url: string, cwd: string): Bucket {
  if (!url.startsWith("file://")) {
    throw new EngineError(
      `the backend ${url} is not available in this engine: only file:// backends are (use the Pulumi CLI for others)`,
      EXIT.authentication,
    );
  }
  const path = url.slice("file://".length).split("?", 1)[0] ?? "";
  const expanded = path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
  return new FileBucket(url, join(resolve(cwd, decodeURIComponent(expanded)), ".pulumi"));
}
