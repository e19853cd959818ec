import { createHash, type Hash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  ARCHIVE,
  ASSET,
  isObject,
  mapProperties,
  type PropertyMap,
  signatureOf,
  type Value,
} from "../deploy/values.ts";

/** Files that are archives by themselves: their bytes are hashed as they are. */
const ARCHIVE_FILE = /\.(tar|tgz|tar\.gz|zip|jar)$/i;
const BOOKKEEPING = ".pulumi";

/**
 * Gives assets and archives the SHA-256 of their content, as the real engine does, so that a change under the same path is
 * seen (sdk/go/common/resource/asset, archive). What lies behind http addresses is not fetched and stays without hash.
 *
 * @param folder for relative paths
 * @throws Error when a file cannot be read
 */
export function hashAssets(properties: PropertyMap, folder: string): PropertyMap {
  return mapProperties(properties, (value) => {
    const signature = signatureOf(value);
    if (!isObject(value) || (signature !== ASSET && signature !== ARCHIVE) || value.hash) return undefined;
    const hash = signature === ASSET ? assetHash(value, folder) : archiveHash(value, folder);
    return hash === undefined ? value : { ...value, hash };
  });
}

function assetHash(asset: PropertyMap, folder: string): string | undefined {
  const content = assetContent(asset, folder);
  return content === undefined ? undefined : createHash("sha256").update(content).digest("hex");
}

/** The bytes of an asset; `undefined` for what is not on this machine. */
function assetContent(asset: PropertyMap, folder: string): Buffer | undefined {
  if (typeof asset.path === "string" && asset.path !== "") return readFileSync(resolve(folder, asset.path));
  if (typeof asset.uri !== "string" || asset.uri === "") return Buffer.from(String(asset.text ?? ""));
  return asset.uri.startsWith("file:") ? readFileSync(fileURLToPath(asset.uri)) : undefined;
}

function archiveHash(archive: PropertyMap, folder: string): string | undefined {
  const path = archivePath(archive, folder);
  const hash = createHash("sha256");
  if (path !== undefined && ARCHIVE_FILE.test(path)) return hash.update(readFileSync(path)).digest("hex");
  const seen = new Set<string>();
  for (const [name, content] of entriesOf(archive, folder)) {
    if (content === undefined) return undefined;
    if (!seen.has(name)) addTarEntry(hash, name, content);
    seen.add(name);
  }
  return hash.update(Buffer.alloc(2 * BLOCK)).digest("hex");
}

function archivePath(archive: PropertyMap, folder: string): string | undefined {
  if (typeof archive.path === "string" && archive.path !== "") return resolve(folder, archive.path);
  const { uri } = archive;
  return typeof uri === "string" && uri.startsWith("file:") ? fileURLToPath(uri) : undefined;
}

/** The files of an archive in a fixed order: those of a folder as a walk finds them, those of a map by name. */
function* entriesOf(archive: PropertyMap, folder: string): Generator<readonly [string, Buffer | undefined]> {
  const path = archivePath(archive, folder);
  if (path !== undefined) {
    if (ARCHIVE_FILE.test(path)) yield ["", readFileSync(path)];
    else yield* filesOf(path, "");
    return;
  }
  if (typeof archive.uri === "string" && archive.uri !== "") yield ["", undefined];
  const members = isObject(archive.assets) ? archive.assets : {};
  for (const name of Object.keys(members).sort()) {
    const member: Value = members[name] ?? null;
    if (!isObject(member)) continue;
    if (signatureOf(member) === ASSET) yield [name, assetContent(member, folder)];
    else for (const [inner, content] of entriesOf(member, folder)) yield [posix.join(name, inner), content];
  }
}

function* filesOf(root: string, inside: string): Generator<readonly [string, Buffer]> {
  const entries = readdirSync(join(root, inside), { withFileTypes: true });
  for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
    if (entry.name === BOOKKEEPING) continue;
    const path = posix.join(inside, entry.name);
    if (entry.isDirectory()) yield* filesOf(root, path);
    else if (statSync(join(root, path)).isFile()) yield [path, readFileSync(join(root, path))]; // not a link to a folder
  }
}

const BLOCK = 512;

/** Adds a file as a tar archive of Go's would hold it: a USTAR header with mode 0600 and no times, then whole blocks. */
function addTarEntry(hash: Hash, name: string, content: Buffer): void {
  hash.update(ustarHeader(name, content.length)).update(content);
  hash.update(Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK));
}

function ustarHeader(path: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const { name, prefix } = splitName(path);
  const octal = (value: number, at: number, length: number) =>
    header.write(value.toString(8).padStart(length - 1, "0"), at, "latin1");
  header.write(name, 0, 100);
  octal(0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  header.write("0", 156);
  header.write("ustar\x0000", 257, "latin1");
  octal(0, 329, 8);
  octal(0, 337, 8);
  header.write(prefix, 345, 155);
  const sum = header.fill(" ", 148, 156).reduce((total, byte) => total + byte, 0);
  octal(sum, 148, 7);
  header.write("\x00 ", 154, "latin1");
  return header;
}

/** USTAR holds 100 bytes of name and 155 of folder before it. */
function splitName(path: string): { readonly name: string; readonly prefix: string } {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: "" };
  const at = path.lastIndexOf("/", 155);
  return { name: path.slice(at + 1), prefix: path.slice(0, Math.max(at, 0)) };
}
