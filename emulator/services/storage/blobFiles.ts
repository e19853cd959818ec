import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { StorageError } from "./errors.ts";

/** A stretch of a blob's content: the first `size` bytes of a file. `id` is the block's id, if it came as a block. */
export interface Segment {
  readonly file: string;
  readonly size: number;
  readonly id?: string;
}

/** What was written to a new file. */
export interface Written {
  readonly file: string;
  readonly size: number;
  /** Base64. */
  readonly md5: string;
}

/** The files that hold the contents of an account's blobs. A file is flushed before its name gets into the database. */
export class BlobFiles {
  readonly #folder: string;
  readonly #appending = new Map<string, Promise<unknown>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async prepare(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
  }

  /** Writes a body into a new file. @param limit bytes that are allowed; more is 413 */
  async write(body: Readable, limit: number): Promise<Written> {
    const file = randomUUID();
    const handle = await open(this.#path(file), "wx");
    const hash = createHash("md5");
    let size = 0;
    try {
      for await (const chunk of body) {
        const bytes = chunk as Buffer;
        size += bytes.length;
        if (size > limit) throw new StorageError("RequestBodyTooLarge");
        hash.update(bytes);
        await handle.writev([bytes]);
      }
      await handle.datasync();
    } catch (error) {
      await handle.close();
      await rm(this.#path(file), { force: true });
      throw error;
    }
    await handle.close();
    return { file, size, md5: hash.digest("base64") };
  }

  /** Writes bytes behind the first `at` bytes of a file; what an interrupted append left there is written over. */
  async append(file: string, at: number, bytes: Buffer): Promise<void> {
    const handle = await open(this.#path(file), at === 0 ? "w" : "r+");
    try {
      await handle.truncate(at);
      await handle.write(bytes, 0, bytes.length, at);
      await handle.datasync();
    } finally {
      await handle.close();
    }
  }

  /** Runs `work` alone among those with the same key. */
  async serially<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#appending.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.catch(() => {});
    this.#appending.set(key, settled);
    void settled.then(() => {
      if (this.#appending.get(key) === settled) this.#appending.delete(key);
    });
    return mine;
  }

  /** Streams bytes `start` to `end` (included) of the content that the segments make up. */
  async read(segments: readonly Segment[], start: number, end: number, target: Writable): Promise<void> {
    let offset = 0;
    for (const { file, size } of segments) {
      const from = Math.max(start - offset, 0);
      const to = Math.min(end - offset, size - 1);
      offset += size;
      if (from <= to)
        await pipeline(createReadStream(this.#path(file), { start: from, end: to }), target, { end: false });
    }
  }

  async copy(segments: readonly Segment[]): Promise<readonly Segment[]> {
    return Promise.all(
      segments.map(async (segment) => {
        const file = randomUUID();
        await copyFile(this.#path(segment.file), this.#path(file));
        return { ...segment, file };
      }),
    );
  }

  /** Removes files that nothing refers to any more; a reader that has one open reads on. */
  async remove(files: Iterable<string>): Promise<void> {
    await Promise.all([...files].map((file) => rm(this.#path(file), { force: true })));
  }

  /** Removes what a crash left: files that the database does not know. */
  async sweep(known: ReadonlySet<string>): Promise<void> {
    await this.remove((await readdir(this.#folder)).filter((file) => !known.has(file)));
  }

  async destroy(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  #path(file: string): string {
    return join(this.#folder, file);
  }
}
