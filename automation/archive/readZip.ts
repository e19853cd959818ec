import { promisify } from "node:util";
import { crc32, inflateRaw } from "node:zlib";
import { EntryGuard, refuse } from "./entryGuard.ts";
import type { FileSet } from "./fileSet.ts";
import { ARCHIVE_LIMITS, type ArchiveLimits } from "./limits.ts";

const LOCAL_HEADER = 0x04034b50;
const DIRECTORY_ENTRY = 0x02014b50;
const DIRECTORY_END = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT = 0xffff;
const ENCRYPTED = 0x0001;
const STORED = 0;
const DEFLATED = 8;
const UNIX = 3;
const TYPE_MASK = 0o170000;
/** Types of the Unix mode that are no content (stat.h). */
const TYPES: ReadonlyMap<number, string> = new Map([
  [0o120000, "symbolic link"],
  [0o060000, "block device"],
  [0o020000, "character device"],
  [0o010000, "pipe"],
  [0o140000, "socket"],
]);

interface ZipEntry {
  readonly name: string;
  readonly rawName: Buffer;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly mode: number;
  readonly headerAt: number;
}

/**
 * Reads a zip that somebody else made, by its central directory (PKWARE APPNOTE 6.3; stored and deflated entries, no zip64, no
 * encryption). The directory and the local headers must agree, and no two entries may share bytes.
 *
 * @throws {AutomationError} `ARCHIVE_REFUSED`
 */
export async function readZip(archive: Uint8Array, limits: ArchiveLimits = ARCHIVE_LIMITS): Promise<FileSet> {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const guard = new EntryGuard(limits);
  const { entries, directoryAt } = readDirectory(bytes, limits);
  // Everything is judged by what the directory declares; unpacking then gives exactly that or the archive is refused.
  const admitted = entries.map((entry) => {
    const kind = entry.name.endsWith("/") ? "folder" : "file";
    return {
      entry,
      kind,
      path: guard.admit({ path: entry.name, kind, bytes: entry.bytes, mode: entry.mode }, bytes.length),
    };
  });
  const placed = admitted.map((each) => ({ ...each, from: dataStart(bytes, each.entry, directoryAt) }));
  refuseOverlaps(placed.map(({ entry, from }) => ({ entry, start: entry.headerAt, end: from + entry.packedBytes })));
  for (const { entry, kind, path, from } of placed) {
    if (kind === "folder") continue;
    guard.keep(path, await unpack(entry, bytes.subarray(from, from + entry.packedBytes)), entry.mode);
  }
  return guard.files();
}

function readDirectory(bytes: Buffer, limits: ArchiveLimits) {
  const at = findEnd(bytes);
  const count = bytes.readUInt16LE(at + 10);
  const size = bytes.readUInt32LE(at + 12);
  const directoryAt = bytes.readUInt32LE(at + 16);
  if (count === 0xffff || directoryAt === 0xffffffff) refuse("archive", "zip64 is not taken; make it smaller");
  if (bytes.readUInt32LE(at + 4) !== 0 || bytes.readUInt16LE(at + 8) !== count)
    refuse("archive", "is in several parts");
  if (directoryAt + size > at) refuse("archive", "its directory is damaged");
  if (count > limits.entries) refuse("archive", `has more than ${limits.entries} entries`);
  const entries: ZipEntry[] = [];
  let next = directoryAt;
  for (let index = 0; index < count; index++) {
    if (next + 46 > at || bytes.readUInt32LE(next) !== DIRECTORY_ENTRY) refuse("archive", "its directory is damaged");
    const nameEnd = next + 46 + bytes.readUInt16LE(next + 28);
    const end = nameEnd + bytes.readUInt16LE(next + 30) + bytes.readUInt16LE(next + 32);
    if (end > at) refuse("archive", "its directory is damaged");
    entries.push(entryAt(bytes, next, bytes.subarray(next + 46, nameEnd)));
    next = end;
  }
  if (next !== directoryAt + size) refuse("archive", "its directory is damaged");
  return { entries, directoryAt };
}

/** The end record stands at the very end, before a comment of the length that it tells. */
function findEnd(bytes: Buffer): number {
  for (let at = bytes.length - END_BYTES; at >= Math.max(0, bytes.length - END_BYTES - MAX_COMMENT); at--) {
    if (bytes.readUInt32LE(at) !== DIRECTORY_END) continue;
    if (at + END_BYTES + bytes.readUInt16LE(at + 20) === bytes.length) return at;
  }
  return refuse("archive", "is no whole zip: its directory is missing");
}

function entryAt(bytes: Buffer, at: number, rawName: Buffer): ZipEntry {
  const name = utf8(rawName);
  const madeBy = bytes.readUInt16LE(at + 4) >> 8;
  const method = bytes.readUInt16LE(at + 10);
  if ((bytes.readUInt16LE(at + 8) & ENCRYPTED) !== 0) refuse(name, "is encrypted");
  if (method !== STORED && method !== DEFLATED) refuse(name, "is packed in a way that is not taken");
  const mode = madeBy === UNIX ? bytes.readUInt32LE(at + 38) >>> 16 : 0;
  const type = TYPES.get(mode & TYPE_MASK);
  if (type) refuse(name, `is a ${type}`);
  const [packedBytes, size] = [bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 24)];
  if (packedBytes === 0xffffffff || size === 0xffffffff) refuse(name, "zip64 is not taken; make it smaller");
  if (method === STORED && packedBytes !== size) refuse(name, "is damaged: stored with two sizes");
  const crc = bytes.readUInt32LE(at + 16);
  return { name, rawName, method, crc, packedBytes, bytes: size, mode, headerAt: bytes.readUInt32LE(at + 42) };
}

/** Where the data begin; the local header must name the same file and method as the directory. */
function dataStart(bytes: Buffer, entry: ZipEntry, directoryAt: number): number {
  const { headerAt: at, name, rawName } = entry;
  if (at + 30 > directoryAt || bytes.readUInt32LE(at) !== LOCAL_HEADER) refuse(name, "is not where the directory says");
  const nameEnd = at + 30 + bytes.readUInt16LE(at + 26);
  const start = nameEnd + bytes.readUInt16LE(at + 28);
  const agrees = bytes.subarray(at + 30, nameEnd).equals(rawName) && bytes.readUInt16LE(at + 8) === entry.method;
  if (!agrees) refuse(name, "has another name or packing in its own header");
  if (start + entry.packedBytes > directoryAt) refuse(name, "reaches into the archive's directory");
  return start;
}

function refuseOverlaps(ranges: readonly { entry: ZipEntry; start: number; end: number }[]): void {
  const inOrder = [...ranges].sort((a, b) => a.start - b.start);
  for (const [index, range] of inOrder.entries()) {
    const before = inOrder[index - 1];
    if (before && range.start < before.end) refuse(range.entry.name, `shares bytes with ${before.entry.name}`);
  }
}

async function unpack(entry: ZipEntry, packed: Buffer): Promise<Buffer> {
  const { name, bytes: size } = entry;
  // No more than declared ever comes out: the limits were held against that number.
  const content =
    entry.method === STORED
      ? Buffer.from(packed)
      : await promisify(inflateRaw)(packed, { maxOutputLength: Math.max(1, size) }).catch(() =>
          refuse(name, "is damaged, or larger than it says"),
        );
  if (content.length !== size || crc32(content) !== entry.crc) refuse(name, "is damaged: size or checksum differ");
  return content;
}

function utf8(raw: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    return refuse(raw.toString("latin1"), "has a name that is not UTF-8");
  }
}
