import { promisify } from "node:util";
import { createGunzip, gzip } from "node:zlib";
import { Header, Parser, type ReadEntry } from "tar";
import { AutomationError } from "../errors.ts";
import { EntryGuard, refuse } from "./entryGuard.ts";
import { type FileSet, sorted } from "./fileSet.ts";
import { ARCHIVE_LIMITS, type ArchiveLimits, isBomb } from "./limits.ts";

const BLOCK = 512;

/**
 * Reads a tar or tar.gz that somebody else made: plain files only, no links, no path outside, bounded in number and size while it is
 * unpacked.
 *
 * @throws {AutomationError} `ARCHIVE_REFUSED`
 */
export async function readTar(archive: Uint8Array, limits: ArchiveLimits = ARCHIVE_LIMITS): Promise<FileSet> {
  const guard = new EntryGuard(limits);
  const reader = new TarReader(guard, archive.byteLength);
  // Headers and padding come on top of the files: two blocks for each entry, and what is at the end.
  const most = limits.totalBytes + limits.entries * 4 * BLOCK + END_PADDING;
  let unpacked = 0;
  for await (const chunk of unzipped(archive)) {
    unpacked += chunk.length;
    if (unpacked > most) refuse("archive", `unpacks to more than ${limits.totalBytes / 1024 / 1024} MiB`);
    if (isBomb(unpacked, archive.byteLength, limits)) refuse("archive", "far too much comes out of so few bytes");
    reader.write(chunk);
  }
  return reader.end();
}

/** Blocks of zeros that writers put at the end. */
const END_PADDING = 1024 * 1024;

async function* unzipped(archive: Uint8Array): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  if (!isGzip(bytes)) {
    yield bytes;
    return;
  }
  const gunzip = createGunzip();
  gunzip.end(bytes);
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (error) {
    if (error instanceof AutomationError) throw error;
    refuse("archive", "is no whole tar.gz");
  } finally {
    gunzip.destroy();
  }
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** A parser that takes uncompressed bytes and stops at the first entry that is refused. */
class TarReader {
  readonly #guard: EntryGuard;
  readonly #parser: Parser;
  readonly #ended = Promise.withResolvers<void>();
  #error: unknown;
  #begun = false;
  #zeros = true;

  constructor(guard: EntryGuard, packed: number) {
    this.#guard = guard;
    this.#parser = new Parser({ onReadEntry: (entry) => this.#take(entry, packed), strict: true });
    this.#parser.on("ignoredEntry", (entry: ReadEntry) => this.#stop(entry, `is a ${entry.type}`));
    this.#parser.on("end", () => this.#ended.resolve());
    for (const name of ["error", "abort"]) {
      this.#parser.on(name, (error: unknown) => {
        this.#error ??= error;
        this.#ended.resolve();
      });
    }
  }

  /** @throws {AutomationError} `ARCHIVE_REFUSED` */
  write(chunk: Buffer): void {
    if (this.#error) throw this.#refusal();
    // The parser would unpack a second time, without limits.
    if (!this.#begun && (isGzip(chunk) || chunk.subarray(0, 4).equals(ZSTD))) refuse("archive", "is packed twice");
    this.#begun = true;
    // An archive of no files is blocks of zeros, which the parser takes for something else.
    if (this.#zeros && chunk.every((byte) => byte === 0)) return;
    this.#zeros = false;
    this.#parser.write(chunk);
    if (this.#error) throw this.#refusal();
  }

  async end(): Promise<FileSet> {
    if (!this.#zeros) {
      this.#parser.end();
      await this.#ended.promise;
    }
    if (this.#error) throw this.#refusal();
    return this.#guard.files();
  }

  #take(entry: ReadEntry, packed: number): void {
    const { type, mode = 0, size = 0 } = entry;
    const kind = type === "Directory" || type === "GNUDumpDir" ? "folder" : "file";
    if (kind === "file" && type !== "File" && type !== "OldFile" && type !== "ContiguousFile") {
      this.#stop(entry, `is a ${type}`);
      return;
    }
    try {
      const path = this.#guard.admit({ path: entry.path, kind, bytes: kind === "file" ? size : 0, mode }, packed);
      const chunks: Buffer[] = [];
      entry.on("data", (chunk: Buffer) => void chunks.push(chunk));
      entry.on("end", () => kind === "file" && this.#guard.keep(path, Buffer.concat(chunks), mode));
    } catch (error) {
      this.#error ??= error;
      entry.resume();
    }
  }

  #stop(entry: ReadEntry, problem: string): void {
    this.#error ??= new AutomationError("ARCHIVE_REFUSED", { path: entry.path, problem });
    entry.resume();
  }

  #refusal(): unknown {
    if (this.#error instanceof AutomationError) return this.#error;
    const problem = this.#error instanceof Error ? this.#error.message : String(this.#error);
    return new AutomationError("ARCHIVE_REFUSED", { path: "archive", problem: `is no tar: ${problem}` });
  }
}

const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** Writes a tar.gz; equal files give equal bytes (sorted, no times, no owners). */
export async function writeTar(files: FileSet): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const [path, file] of sorted(files)) {
    const size = file.content.byteLength;
    const header = Buffer.alloc(BLOCK);
    const mode = file.executable ? 0o755 : 0o644;
    const fields = { path, mode, size, type: "File", uid: 0, gid: 0, mtime: new Date(0) } as const;
    if (new Header(fields).encode(header)) {
      throw new AutomationError("ARCHIVE_REFUSED", { path, problem: "the path is too long for an archive" });
    }
    parts.push(header, Buffer.from(file.content), Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK));
  }
  return promisify(gzip)(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]));
}
