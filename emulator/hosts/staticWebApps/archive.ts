import { posix } from "node:path";
import { inflateRawSync } from "node:zlib";
import { Parser, type ReadEntry } from "tar";

/** An upload that cannot be read as a site. */
export class ArchiveError extends Error {}

const LOCAL_HEADER = 0x04034b50;
const DIRECTORY_ENTRY = 0x02014b50;
const DIRECTORY_END = 0x06054b50;
/** Source: Static Web Apps quotas: 500 MB for an app on Standard. */
const MAX_BYTES = 500 * 1024 * 1024;

/**
 * Files of a zip or a (gzipped) tar, by path without a leading slash.
 *
 * @throws {ArchiveError} for other bytes, paths that lead out, or more than 500 MB
 */
export async function readArchive(bytes: Buffer): Promise<ReadonlyMap<string, Buffer>> {
  const files = bytes.length > 4 && bytes.readUInt32LE(0) === LOCAL_HEADER ? readZip(bytes) : await readTar(bytes);
  const clean = new Map<string, Buffer>();
  let total = 0;
  for (const [name, content] of files) {
    const path = posix.normalize(name.replaceAll("\\", "/")).replace(/^(\.?\/)+/, "");
    if (path.startsWith("..")) throw new ArchiveError(`${name} leads out of the archive`);
    total += content.length;
    if (total > MAX_BYTES) throw new ArchiveError("the site is larger than 500 MB");
    if (path !== "" && path !== ".") clean.set(path, content);
  }
  return clean;
}

/** Reads by the central directory (PKWARE APPNOTE 6.3: stored and deflated entries, no zip64). */
function readZip(bytes: Buffer): Map<string, Buffer> {
  let at = bytes.length - 22;
  while (at >= 0 && bytes.readUInt32LE(at) !== DIRECTORY_END) at -= 1;
  if (at < 0) throw new ArchiveError("the zip has no directory");
  const files = new Map<string, Buffer>();
  const count = bytes.readUInt16LE(at + 10);
  let entry = bytes.readUInt32LE(at + 16);
  for (let index = 0; index < count; index += 1) {
    if (bytes.readUInt32LE(entry) !== DIRECTORY_ENTRY) throw new ArchiveError("the zip's directory is damaged");
    const method = bytes.readUInt16LE(entry + 10);
    const packedSize = bytes.readUInt32LE(entry + 20);
    const size = bytes.readUInt32LE(entry + 24);
    const nameLength = bytes.readUInt16LE(entry + 28);
    const local = bytes.readUInt32LE(entry + 42);
    const name = bytes.toString("utf8", entry + 46, entry + 46 + nameLength);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(start, start + packedSize);
    if (!name.endsWith("/")) files.set(name, unpack(name, method, packed, size));
    entry += 46 + nameLength + bytes.readUInt16LE(entry + 30) + bytes.readUInt16LE(entry + 32);
  }
  return files;
}

function unpack(name: string, method: number, packed: Buffer, size: number): Buffer {
  if (method === 0) return Buffer.from(packed);
  if (method !== 8 || size > MAX_BYTES) throw new ArchiveError(`${name} is packed in a way that is not supported`);
  return inflateRawSync(packed, { maxOutputLength: Math.max(size, 1) });
}

function readTar(bytes: Buffer): Promise<Map<string, Buffer>> {
  return new Promise((resolve, reject) => {
    const files = new Map<string, Buffer>();
    const parser = new Parser({
      strict: true,
      onReadEntry: (entry: ReadEntry) => {
        const chunks: Buffer[] = [];
        entry.on("data", (chunk: Buffer) => chunks.push(chunk));
        entry.on("end", () => void (entry.type === "File" && files.set(entry.path, Buffer.concat(chunks))));
      },
    });
    parser.on("error", (error: Error) => reject(new ArchiveError(`neither a zip nor a tar: ${error.message}`)));
    parser.on("end", () => resolve(files));
    parser.end(bytes);
  });
}
