import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../core/clock.ts";
import type { Segment } from "./blobFiles.ts";
import { StorageError } from "./errors.ts";
import type { Lease } from "./leases.ts";

export interface BlobContainer {
  readonly name: string;
  readonly etag: string;
  readonly modified: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly publicAccess: "container" | "blob" | undefined;
  readonly lease: Lease | undefined;
}

/** Standard HTTP properties, by their lower-case header name. */
export type BlobProperties = Readonly<Record<string, string>>;

export interface Blob {
  readonly container: string;
  readonly name: string;
  readonly type: "BlockBlob" | "AppendBlob";
  readonly etag: string;
  readonly created: number;
  readonly modified: number;
  readonly size: number;
  readonly segments: readonly Segment[];
  readonly properties: BlobProperties;
  readonly metadata: Readonly<Record<string, string>>;
  readonly lease: Lease | undefined;
}

export interface Block extends Segment {
  readonly id: string;
}

type Row = Readonly<Record<string, unknown>>;

/** What is known of an account's containers and blobs; no HTTP, no files. */
export class BlobStore {
  readonly account: string;
  readonly database: DatabaseSync;
  readonly #clock: Clock;

  constructor(account: string, database: DatabaseSync, clock: Clock) {
    this.account = account;
    this.database = database;
    this.#clock = clock;
  }

  /** A stamp for a changed resource. ETags only ever grow apart; they carry no time. */
  stamp(): { readonly etag: string; readonly modified: number } {
    return { etag: `"0x8${randomBytes(7).toString("hex").toUpperCase()}"`, modified: this.#clock.now() };
  }

  container(name: string): BlobContainer | undefined {
    const row = this.database
      .prepare("SELECT * FROM containers WHERE account = ? AND name = ?")
      .get(this.account, name);
    return row && toContainer(row);
  }

  /** @throws {StorageError} `ContainerNotFound` */
  requireContainer(name: string): BlobContainer {
    const found = this.container(name);
    if (!found) throw new StorageError("ContainerNotFound");
    return found;
  }

  containers(prefix: string): readonly BlobContainer[] {
    const rows = this.database.prepare("SELECT * FROM containers WHERE account = ? ORDER BY name").all(this.account);
    return rows.map(toContainer).filter(({ name }) => name.startsWith(prefix));
  }

  putContainer({ name, etag, modified, metadata, publicAccess, lease }: BlobContainer): void {
    this.database
      .prepare("INSERT OR REPLACE INTO containers VALUES (?, ?, ?, ?, ?, ?, ?)")
      .run(
        this.account,
        name,
        etag,
        modified,
        JSON.stringify(metadata),
        publicAccess ?? null,
        lease ? JSON.stringify(lease) : null,
      );
  }

  /** @returns files of its blobs and blocks, to be removed after the commit */
  deleteContainer(name: string): readonly string[] {
    const blobs = this.database
      .prepare("SELECT segments FROM blobs WHERE account = ? AND container = ?")
      .all(this.account, name);
    const blocks = this.database
      .prepare("SELECT file FROM blocks WHERE account = ? AND container = ?")
      .all(this.account, name);
    for (const table of ["blobs", "blocks"])
      this.database.prepare(`DELETE FROM ${table} WHERE account = ? AND container = ?`).run(this.account, name);
    this.database.prepare("DELETE FROM containers WHERE account = ? AND name = ?").run(this.account, name);
    return [
      ...blobs.flatMap((row) => segmentsOf(row).map(({ file }) => file)),
      ...blocks.map((row) => String(row.file)),
    ];
  }

  blob(container: string, name: string): Blob | undefined {
    const row = this.database
      .prepare("SELECT * FROM blobs WHERE account = ? AND container = ? AND name = ?")
      .get(this.account, container, name);
    return row && toBlob(row);
  }

  /** @throws {StorageError} `ContainerNotFound`, `BlobNotFound` */
  requireBlob(container: string, name: string): Blob {
    this.requireContainer(container);
    const found = this.blob(container, name);
    if (!found) throw new StorageError("BlobNotFound");
    return found;
  }

  /** Blobs in order of their names, from `from` on. */
  *blobs(container: string, from: string): Generator<Blob> {
    const sql = "SELECT * FROM blobs WHERE account = ? AND container = ? AND name >= ? ORDER BY name";
    for (const row of this.database.prepare(sql).iterate(this.account, container, from)) yield toBlob(row);
  }

  putBlob(blob: Blob): void {
    const { container, name, type, etag, created, modified, size, lease } = blob;
    const [segments, properties, metadata] = [blob.segments, blob.properties, blob.metadata].map((value) =>
      JSON.stringify(value),
    );
    this.database
      .prepare("INSERT OR REPLACE INTO blobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .run(
        ...[this.account, container, name, type, etag, created, modified, size],
        ...[segments ?? "", properties ?? "", metadata ?? "", lease ? JSON.stringify(lease) : null],
      );
  }

  deleteBlob(container: string, name: string): void {
    this.database
      .prepare("DELETE FROM blobs WHERE account = ? AND container = ? AND name = ?")
      .run(this.account, container, name);
  }

  /** Uncommitted blocks. */
  blocks(container: string, blob: string): readonly Block[] {
    const sql = "SELECT id, file, size FROM blocks WHERE account = ? AND container = ? AND blob = ?";
    const rows = this.database.prepare(sql).all(this.account, container, blob);
    return rows.map((row) => ({ id: String(row.id), file: String(row.file), size: Number(row.size) }));
  }

  putBlock(container: string, blob: string, { id, file, size }: Block): void {
    this.database
      .prepare("INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?, ?, ?)")
      .run(this.account, container, blob, id, file, size);
  }

  deleteBlocks(container: string, blob: string): void {
    this.database
      .prepare("DELETE FROM blocks WHERE account = ? AND container = ? AND blob = ?")
      .run(this.account, container, blob);
  }

  /** All files that blobs and blocks refer to. */
  files(): ReadonlySet<string> {
    const blobs = this.database.prepare("SELECT segments FROM blobs WHERE account = ?").all(this.account);
    const blocks = this.database.prepare("SELECT file FROM blocks WHERE account = ?").all(this.account);
    return new Set([
      ...blobs.flatMap((row) => segmentsOf(row).map(({ file }) => file)),
      ...blocks.map((row) => String(row.file)),
    ]);
  }
}

function toContainer(row: Row): BlobContainer {
  return {
    name: String(row.name),
    etag: String(row.etag),
    modified: Number(row.modified),
    metadata: JSON.parse(String(row.metadata)),
    publicAccess: (row.public_access ?? undefined) as BlobContainer["publicAccess"],
    lease: row.lease ? JSON.parse(String(row.lease)) : undefined,
  };
}

function toBlob(row: Row): Blob {
  return {
    container: String(row.container),
    name: String(row.name),
    type: row.type as Blob["type"],
    etag: String(row.etag),
    created: Number(row.created),
    modified: Number(row.modified),
    size: Number(row.size),
    segments: segmentsOf(row),
    properties: JSON.parse(String(row.properties)),
    metadata: JSON.parse(String(row.metadata)),
    lease: row.lease ? JSON.parse(String(row.lease)) : undefined,
  };
}

function segmentsOf(row: Row): readonly Segment[] {
  return JSON.parse(String(row.segments));
}
