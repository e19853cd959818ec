import { createHash } from "node:crypto";
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";

const BLOCK = 512;
/** A layer is thousands of small files: it goes to disk and into the hash in pieces of this size. */
const PIECE_BYTES = 1024 * 1024;

interface Entry {
  readonly path: string;
  readonly type: "0" | "2" | "5";
  readonly mode: number;
  readonly size: number;
  readonly link: string;
}

/**
 * Writes a folder as an OCI layer: entries sorted by path, times zero, owner root, so that equal folders give equal bytes.
 *
 * @param removed paths that the layer takes away from those below it
 * @returns digest and size of the tar; a layer is not compressed, because it never leaves the machine
 */
export async function writeLayer(
  folder: string,
  removed: readonly string[],
  target: string,
): Promise<{ digest: string; size: number }> {
  const markers = removed.map((path): Entry => ({ path: whiteout(path), type: "0", mode: 0o644, size: 0, link: "" }));
  const entries = [...list(folder, ""), ...markers].sort((a, b) => (a.path < b.path ? -1 : 1));
  const file = await open(target, "w");
  try {
    const out = new PieceWriter(file);
    for (const entry of entries) {
      await out.write(header(entry));
      if (entry.type === "0" && entry.size > 0) await out.writeFile(join(folder, entry.path), entry.size);
    }
    await out.write(Buffer.alloc(BLOCK * 2));
    return await out.end();
  } finally {
    await file.close();
  }
}

/** Gathers bytes and passes them on piece by piece; between two pieces others get their turn. */
class PieceWriter {
  readonly #file: FileHandle;
  readonly #hash = createHash("sha256");
  readonly #piece = Buffer.allocUnsafe(PIECE_BYTES);
  #used = 0;
  #size = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async write(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const count = bytes.copy(this.#piece, this.#used, at);
      at += count;
      await this.#advance(count);
    }
  }

  /** Appends a file and fills its last block. */
  async writeFile(path: string, size: number): Promise<void> {
    const source = openSync(path, "r");
    try {
      for (let at = 0; at < size; ) {
        const room = Math.min(size - at, PIECE_BYTES - this.#used);
        const count = readSync(source, this.#piece, this.#used, room, at);
        if (count === 0) throw new Error(`${path} shrank while it was read`);
        at += count;
        await this.#advance(count);
      }
    } finally {
      closeSync(source);
    }
    if (size % BLOCK !== 0) await this.write(Buffer.alloc(BLOCK - (size % BLOCK)));
  }

  async end(): Promise<{ digest: string; size: number }> {
    await this.#flush();
    return { digest: `sha256:${this.#hash.digest("hex")}`, size: this.#size };
  }

  async #advance(count: number): Promise<void> {
    this.#used += count;
    if (this.#used === PIECE_BYTES) await this.#flush();
  }

  async #flush(): Promise<void> {
    const bytes = this.#piece.subarray(0, this.#used);
    this.#hash.update(bytes);
    await this.#file.writeFile(bytes); // at the handle's own position, whole
    this.#size += this.#used;
    this.#used = 0;
  }
}

/** `a/b` → `a/.wh.b` (OCI image specification, "Whiteouts"). */
function whiteout(path: string): string {
  const at = path.lastIndexOf("/") + 1;
  return `${path.slice(0, at)}.wh.${path.slice(at)}`;
}

function list(root: string, folder: string): Entry[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = folder ? `${folder}/${name}` : name;
    const stat = lstatSync(join(root, path));
    if (stat.isDirectory())
      return [{ path: `${path}/`, type: "5", mode: stat.mode & 0o7777, size: 0, link: "" }, ...list(root, path)];
    if (stat.isSymbolicLink()) return [{ path, type: "2", mode: 0o777, size: 0, link: readlinkSync(join(root, path)) }];
    return stat.isFile() ? [{ path, type: "0", mode: stat.mode & 0o7777, size: stat.size, link: "" }] : [];
  });
}

/** A ustar header, with a pax record in front when a name does not fit. */
function header(entry: Entry): Buffer {
  const long = Buffer.byteLength(entry.path) > 100 || Buffer.byteLength(entry.link) > 100;
  const pax = long
    ? [paxRecord("path", entry.path), ...(entry.link ? [paxRecord("linkpath", entry.link)] : [])].join("")
    : "";
  const own = block(entry.path, entry.type, entry.mode, entry.size, entry.link);
  if (!pax) return own;
  const bytes = Buffer.from(pax);
  const padding = Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK);
  return Buffer.concat([block("pax", "x", 0o644, bytes.length, ""), bytes, padding, own]);
}

function paxRecord(key: string, value: string): string {
  const body = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(body) + 1;
  while (String(length).length + Buffer.byteLength(body) !== length)
    length = String(length).length + Buffer.byteLength(body);
  return `${length}${body}`;
}

function block(path: string, type: string, mode: number, size: number, link: string): Buffer {
  const buffer = Buffer.alloc(BLOCK);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, "0")}\0`;
  buffer.write(path.slice(0, 100), 0, 100);
  buffer.write(octal(mode, 8), 100);
  buffer.write(octal(0, 8), 108);
  buffer.write(octal(0, 8), 116);
  buffer.write(octal(size, 12), 124);
  buffer.write(octal(0, 12), 136);
  buffer.write("        ", 148);
  buffer.write(type, 156);
  buffer.write(link.slice(0, 100), 157, 100);
  buffer.write("ustar\u000000", 257);
  let sum = 0;
  for (const byte of buffer) sum += byte;
  buffer.write(octal(sum, 7), 148);
  return buffer;
}
