import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Bucket, Durability } from "./bucket.ts";
import { replaceFile } from "./replaceFile.ts";
import { fileProblem, isAbsent } from "./storeProblem.ts";

/** A bucket in a folder of this machine. Files are small and local: each call is done when it returns. */
export class FileBucket implements Bucket {
  readonly url: string;
  readonly local = true;
  readonly #root: string;

  constructor(url: string, root: string) {
    this.url = url;
    this.#root = root;
  }

  locate(key: string): string {
    return join(this.#root, key);
  }

  async read(key: string): Promise<string | undefined> {
    return this.#present(key, (path) => readFileSync(path, "utf8"));
  }

  async write(key: string, text: string, durability: Durability = "normal"): Promise<void> {
    replaceFile(this.locate(key), text, { durable: durability === "durable" });
  }

  async append(key: string, text: string): Promise<void> {
    const path = this.locate(key);
    try {
      appendOrCreate(path, text);
    } catch (error) {
      throw fileProblem("write", path, error);
    }
  }

  async remove(key: string): Promise<void> {
    const path = this.locate(key);
    try {
      rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (!isAbsent(error)) throw fileProblem("remove", path, error);
    }
  }

  async list(folder: string): Promise<readonly string[]> {
    const entries = this.#present(folder, (path) => readdirSync(path, { withFileTypes: true })) ?? [];
    return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
  }

  #present<T>(key: string, read: (path: string) => T): T | undefined {
    const path = this.locate(key);
    try {
      return read(path);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw fileProblem("read", path, error);
    }
  }
}

function appendOrCreate(path: string, text: string): void {
  try {
    appendFileSync(path, text, { mode: 0o600 });
  } catch (error) {
    if (!isAbsent(error)) throw error;
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path, text, { mode: 0o600 });
  }
}
