import type { DatabaseSync } from "node:sqlite";
import { transaction } from "../../core/database.ts";

export interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS registry_blobs (registry TEXT, repository TEXT, digest TEXT, PRIMARY KEY (registry, repository, digest));
CREATE TABLE IF NOT EXISTS registry_manifests (
  registry TEXT, repository TEXT, digest TEXT, media_type TEXT NOT NULL, size INTEGER NOT NULL, created INTEGER NOT NULL,
  PRIMARY KEY (registry, repository, digest));
CREATE TABLE IF NOT EXISTS registry_tags (
  registry TEXT, repository TEXT, tag TEXT, digest TEXT NOT NULL, updated INTEGER NOT NULL, PRIMARY KEY (registry, repository, tag));
CREATE TABLE IF NOT EXISTS registry_in_place (digest TEXT PRIMARY KEY, path TEXT NOT NULL);
`;

/** What is where: repositories, manifests, tags. A registry is named by its resource id in lower case. */
export class Catalog {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(SCHEMA);
  }

  linkBlob(registry: string, repository: string, digest: string): void {
    this.#database.prepare("INSERT OR IGNORE INTO registry_blobs VALUES (?, ?, ?)").run(registry, repository, digest);
  }

  hasBlob(registry: string, repository: string, digest: string): boolean {
    const sql = "SELECT 1 FROM registry_blobs WHERE registry = ? AND repository = ? AND digest = ?";
    return this.#database.prepare(sql).get(registry, repository, digest) !== undefined;
  }

  putManifest(
    registry: string,
    repository: string,
    manifest: Manifest & { size: number },
    tag: string | undefined,
    now: number,
  ): void {
    const { digest, mediaType, size } = manifest;
    transaction(this.#database, () => {
      this.#database
        .prepare("INSERT OR IGNORE INTO registry_manifests VALUES (?, ?, ?, ?, ?, ?)")
        .run(registry, repository, digest, mediaType, size, now);
      if (tag === undefined) return;
      const sql =
        "INSERT INTO registry_tags VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET digest = excluded.digest, updated = excluded.updated";
      this.#database.prepare(sql).run(registry, repository, tag, digest, now);
    });
  }

  /** @param reference a tag or a digest */
  manifest(registry: string, repository: string, reference: string): Manifest | undefined {
    const digest = reference.startsWith("sha256:") ? reference : this.#digestOfTag(registry, repository, reference);
    if (!digest) return undefined;
    const sql = "SELECT media_type FROM registry_manifests WHERE registry = ? AND repository = ? AND digest = ?";
    const row = this.#database.prepare(sql).get(registry, repository, digest);
    return row && { digest, mediaType: String(row.media_type) };
  }

  deleteManifest(registry: string, repository: string, digest: string): boolean {
    return transaction(this.#database, () => {
      this.#database
        .prepare("DELETE FROM registry_tags WHERE registry = ? AND repository = ? AND digest = ?")
        .run(registry, repository, digest);
      const sql = "DELETE FROM registry_manifests WHERE registry = ? AND repository = ? AND digest = ?";
      return Number(this.#database.prepare(sql).run(registry, repository, digest).changes) > 0;
    });
  }

  deleteTag(registry: string, repository: string, tag: string): boolean {
    const sql = "DELETE FROM registry_tags WHERE registry = ? AND repository = ? AND tag = ?";
    return Number(this.#database.prepare(sql).run(registry, repository, tag).changes) > 0;
  }

  repositories(registry: string): readonly string[] {
    const sql = "SELECT DISTINCT repository FROM registry_manifests WHERE registry = ? ORDER BY repository";
    return this.#database
      .prepare(sql)
      .all(registry)
      .map((row) => String(row.repository));
  }

  tags(registry: string, repository: string): readonly { tag: string; digest: string; updated: number }[] {
    const sql = "SELECT tag, digest, updated FROM registry_tags WHERE registry = ? AND repository = ? ORDER BY tag";
    const rows = this.#database.prepare(sql).all(registry, repository);
    return rows.map((row) => ({ tag: String(row.tag), digest: String(row.digest), updated: Number(row.updated) }));
  }

  manifests(
    registry: string,
    repository: string,
  ): readonly (Manifest & { size: number; created: number; tags: string[] })[] {
    const sql =
      "SELECT digest, media_type, size, created FROM registry_manifests WHERE registry = ? AND repository = ? ORDER BY created, digest";
    const tags = this.tags(registry, repository);
    return this.#database
      .prepare(sql)
      .all(registry, repository)
      .map((row) => ({
        digest: String(row.digest),
        mediaType: String(row.media_type),
        size: Number(row.size),
        created: Number(row.created),
        tags: tags.filter((each) => each.digest === row.digest).map((each) => each.tag),
      }));
  }

  /** Images that run in the checkout: only builds of this emulator enter them, a pushed label has no effect. */
  markInPlace(digest: string, path: string): void {
    this.#database.prepare("INSERT OR REPLACE INTO registry_in_place VALUES (?, ?)").run(digest, path);
  }

  inPlace(digest: string): string | undefined {
    const row = this.#database.prepare("SELECT path FROM registry_in_place WHERE digest = ?").get(digest);
    return row && String(row.path);
  }

  /** Forgets all that a deleted registry held. */
  deleteRegistry(registry: string): void {
    transaction(this.#database, () => {
      for (const table of ["registry_blobs", "registry_manifests", "registry_tags"]) {
        this.#database.prepare(`DELETE FROM ${table} WHERE registry = ?`).run(registry);
      }
    });
  }

  #digestOfTag(registry: string, repository: string, tag: string): string | undefined {
    const sql = "SELECT digest FROM registry_tags WHERE registry = ? AND repository = ? AND tag = ?";
    const row = this.#database.prepare(sql).get(registry, repository, tag);
    return row && String(row.digest);
  }
}
