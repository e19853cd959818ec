import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { RegistryError } from "./errors.ts";

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** `sha256:<hex>` of bytes. */
export function digestOf(bytes: Buffer | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** @throws {RegistryError} `DIGEST_INVALID` when it is not a sha256 digest */
export function checkDigest(digest: string): string {
  if (!DIGEST.test(digest)) throw new RegistryError("DIGEST_INVALID", `${digest} is no sha256 digest`);
  return digest;
}

/** Bytes on disk under their own digest, shared by all registries; who may see them is the tables' matter. */
export class BlobStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    for (const each of ["blobs", "uploads"]) mkdirSync(join(folder, each), { recursive: true });
    this.clearUploads();
  }

  path(digest: string): string {
    return join(this.#folder, "blobs", checkDigest(digest).slice("sha256:".length));
  }

  has(digest: string): boolean {
    return existsSync(this.path(digest));
  }

  size(digest: string): number {
    return statSync(this.path(digest)).size;
  }

  stream(digest: string): ReadableStream<Uint8Array> {
    return Readable.toWeb(createReadStream(this.path(digest))) as ReadableStream<Uint8Array>;
  }

  /** A file to write into before its digest is known. */
  newUpload(id: string = randomUUID()): string {
    return join(this.#folder, "uploads", id);
  }

  /** Appends a request's body to an upload. @returns its length afterwards */
  async append(path: string, body: ReadableStream<Uint8Array> | null): Promise<number> {
    const from = body ? Readable.fromWeb(body as import("node:stream/web").ReadableStream) : Readable.from([]);
    await pipeline(from, createWriteStream(path, { flags: "a" }));
    return statSync(path).size;
  }

  /**
   * Moves a finished file to its place.
   *
   * @throws {RegistryError} `DIGEST_INVALID` when the bytes have another digest
   */
  async adopt(path: string, digest: string): Promise<void> {
    checkDigest(digest);
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    const actual = `sha256:${hash.digest("hex")}`;
    if (actual !== digest) {
      rmSync(path, { force: true });
      throw new RegistryError("DIGEST_INVALID", `the bytes have the digest ${actual}, not ${digest}`);
    }
    await rename(path, this.path(digest));
  }

  /** Moves a file whose digest the writer computed. */
  async keep(path: string, digest: string): Promise<void> {
    await rename(path, this.path(digest));
  }

  /** @returns the digest */
  async put(bytes: Buffer | string): Promise<string> {
    const digest = digestOf(bytes);
    if (this.has(digest)) return digest;
    const upload = this.newUpload();
    await writeFile(upload, bytes);
    await rename(upload, this.path(digest));
    return digest;
  }

  /** Uploads of an earlier life cannot be finished. */
  clearUploads(): void {
    rmSync(join(this.#folder, "uploads"), { recursive: true, force: true });
    mkdirSync(join(this.#folder, "uploads"), { recursive: true });
  }
}
