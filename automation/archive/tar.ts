import { promisify } from "node:util";
import { gunzipSync, gzip } from "node:zlib";
import { Header, Parser, type ReadEntry } from "tar";
import { AutomationError } from "../errors.ts";
import { type AppFile, type FileSet, MAX_FILES, MAX_TOTAL_BYTES, safePath, sorted } from "./fileSet.ts";

const BLOCK = 512;
/** Twenty blocks of zeros (what `tar` writes), plain; far less when compressed. */
const EMPTY_TAR_MAX = 20 * BLOCK + 1;

/**
 * Reads a tar or tar.gz that somebody else made: plain files only, no links, no path outside, bounded in number and size.
 *
 * @throws {AutomationError} `ARCHIVE_REFUSED`
 */
export async function readTar(archive: Uint8Array): Promise<FileSet> {
  const files = new Map<string, AppFile>();
  if (isEmptyTar(archive)) return files;
  let total = 0;
  await new Promise<void>((resolve, reject) => {
    const refuse = (path: string, problem: string) => {
      parser.abort(new AutomationError("ARCHIVE_REFUSED", { path, problem }));
    };
    const take = (entry: ReadEntry) => {
      if (entry.type === "Directory") return entry.resume();
      if (entry.type !== "File" && entry.type !== "OldFile") return refuse(entry.path, `is a ${entry.type}`);
      total += entry.size ?? 0;
      if (total > MAX_TOTAL_BYTES || files.size >= MAX_FILES) return refuse(entry.path, "the archive is too large");
      const chunks: Buffer[] = [];
      entry.on("data", (chunk: Buffer) => void chunks.push(chunk));
      entry.on("end", () => {
        try {
          const executable = ((entry.mode ?? 0) & 0o100) !== 0;
          files.set(safePath(entry.path), { content: Buffer.concat(chunks), executable });
        } catch (error) {
          reject(error);
        }
      });
    };
    const parser = new Parser({ onReadEntry: take, strict: true });
    parser.on("end", () => resolve());
    parser.on("error", reject);
    parser.on("abort", reject);
    parser.end(Buffer.from(archive));
  });
  return files;
}

/** An archive of no files is blocks of zeros, which the parser takes for something else. */
function isEmptyTar(archive: Uint8Array): boolean {
  const zipped = archive[0] === 0x1f && archive[1] === 0x8b;
  return archive.length < EMPTY_TAR_MAX && (zipped ? gunzipSync(archive) : archive).every((byte) => byte === 0);
}

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
