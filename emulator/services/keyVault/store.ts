import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../core/clock.ts";
import { transaction } from "../../core/database.ts";
import type { Json } from "../../core/resources.ts";

export type Kind = "secret" | "key";

/** Seconds since the epoch where a time is given. */
export interface Attributes {
  readonly enabled: boolean;
  readonly nbf?: number;
  readonly exp?: number;
}

/** What a version of a secret or key carries besides its times. */
export interface Content {
  readonly attributes: Attributes;
  readonly tags?: Readonly<Record<string, string>>;
  /** Secrets: `value`, `contentType`. Keys: `jwk` (private), `key_ops`. */
  readonly data: Json;
}

export interface Version extends Content {
  readonly name: string;
  readonly version: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly updated: number;
}

export interface Deletion {
  readonly deletedDate: number;
  readonly scheduledPurgeDate: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS vault_objects (
    vault TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, deleted INTEGER, purge INTEGER, policy TEXT,
    PRIMARY KEY (vault, kind, name)
  );
  CREATE TABLE IF NOT EXISTS vault_versions (
    number INTEGER PRIMARY KEY AUTOINCREMENT, vault TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE,
    version TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL, content TEXT NOT NULL,
    UNIQUE (vault, kind, name, version)
  );
`;

/** Secrets and keys of all vaults, by the vault's name in lower case. Each method is one transaction. */
export class ObjectStore {
  readonly #database: DatabaseSync;
  readonly #clock: Clock;

  constructor(database: DatabaseSync, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    database.exec(SCHEMA);
  }

  /** Seconds since the epoch. */
  now(): number {
    return Math.floor(this.#clock.now() / 1000);
  }

  /** Adds a version and makes it the newest. */
  add(vault: string, kind: Kind, name: string, content: Content): Version {
    const version = randomUUID().replaceAll("-", "");
    const now = this.now();
    transaction(this.#database, () => {
      this.#database
        .prepare("INSERT INTO vault_objects (vault, kind, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
        .run(vault, kind, name);
      this.#database
        .prepare(
          "INSERT INTO vault_versions (vault, kind, name, version, created, updated, content) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .run(vault, kind, name, version, now, now, JSON.stringify(content));
    });
    return { ...content, name, version, created: now, updated: now };
  }

  update(vault: string, kind: Kind, { name, version }: Version, content: Content): void {
    this.#database
      .prepare(
        "UPDATE vault_versions SET content = ?, updated = ? WHERE vault = ? AND kind = ? AND name = ? AND version = ?",
      )
      .run(JSON.stringify(content), this.now(), vault, kind, name, version);
  }

  /** @param version "" for the newest */
  find(vault: string, kind: Kind, name: string, version = ""): Version | undefined {
    return this.#deletion(vault, kind, name) ? undefined : this.#version(vault, kind, name, version);
  }

  versions(vault: string, kind: Kind, name: string): readonly Version[] {
    if (this.#deletion(vault, kind, name)) return [];
    const rows = this.#database
      .prepare("SELECT * FROM vault_versions WHERE vault = ? AND kind = ? AND name = ? ORDER BY number")
      .all(vault, kind, name);
    return rows.map(toVersion);
  }

  /** Newest version of each object that is not deleted, by name. */
  list(vault: string, kind: Kind): readonly Version[] {
    return this.#names(vault, kind, false).flatMap((name) => this.#version(vault, kind, name, "") ?? []);
  }

  delete(vault: string, kind: Kind, name: string, retentionDays: number): Deletion {
    const deletedDate = this.now();
    const scheduledPurgeDate = deletedDate + retentionDays * 86_400;
    this.#database
      .prepare("UPDATE vault_objects SET deleted = ?, purge = ? WHERE vault = ? AND kind = ? AND name = ?")
      .run(deletedDate, scheduledPurgeDate, vault, kind, name);
    return { deletedDate, scheduledPurgeDate };
  }

  /** The newest version of a deleted object, until its retention ends. */
  findDeleted(vault: string, kind: Kind, name: string): (Version & Deletion) | undefined {
    const deletion = this.#deletion(vault, kind, name);
    const version = this.#version(vault, kind, name, "");
    return deletion && version && { ...version, ...deletion };
  }

  listDeleted(vault: string, kind: Kind): readonly (Version & Deletion)[] {
    return this.#names(vault, kind, true).flatMap((name) => this.findDeleted(vault, kind, name) ?? []);
  }

  recover(vault: string, kind: Kind, name: string): void {
    this.#database
      .prepare("UPDATE vault_objects SET deleted = NULL, purge = NULL WHERE vault = ? AND kind = ? AND name = ?")
      .run(vault, kind, name);
  }

  purge(vault: string, kind: Kind, name: string): void {
    transaction(this.#database, () => {
      for (const table of ["vault_versions", "vault_objects"]) {
        this.#database.prepare(`DELETE FROM ${table} WHERE vault = ? AND kind = ? AND name = ?`).run(vault, kind, name);
      }
    });
  }

  /** Removes all of a vault. */
  purgeVault(vault: string): void {
    transaction(this.#database, () => {
      for (const table of ["vault_versions", "vault_objects"]) {
        this.#database.prepare(`DELETE FROM ${table} WHERE vault = ?`).run(vault);
      }
    });
  }

  policy(vault: string, name: string): Json | undefined {
    const row = this.#database
      .prepare("SELECT policy FROM vault_objects WHERE vault = ? AND kind = 'key' AND name = ?")
      .get(vault, name);
    return typeof row?.policy === "string" ? (JSON.parse(row.policy) as Json) : undefined;
  }

  setPolicy(vault: string, name: string, policy: Json): void {
    this.#database
      .prepare("UPDATE vault_objects SET policy = ? WHERE vault = ? AND kind = 'key' AND name = ?")
      .run(JSON.stringify(policy), vault, name);
  }

  #names(vault: string, kind: Kind, deleted: boolean): readonly string[] {
    const rows = this.#database
      .prepare(
        `SELECT name FROM vault_objects WHERE vault = ? AND kind = ? AND deleted IS ${deleted ? "NOT NULL" : "NULL"} ORDER BY name`,
      )
      .all(vault, kind);
    return rows.map((row) => String(row.name));
  }

  #version(vault: string, kind: Kind, name: string, version: string): Version | undefined {
    const row = this.#database
      .prepare(
        `SELECT * FROM vault_versions WHERE vault = ? AND kind = ? AND name = ? AND (? = '' OR version = ?)
         ORDER BY number DESC LIMIT 1`,
      )
      .get(vault, kind, name, version, version);
    return row && toVersion(row);
  }

  /** Ends the retention of what is due on the way. */
  #deletion(vault: string, kind: Kind, name: string): Deletion | undefined {
    const row = this.#database
      .prepare("SELECT deleted, purge FROM vault_objects WHERE vault = ? AND kind = ? AND name = ?")
      .get(vault, kind, name);
    if (!row || row.deleted === null) return undefined;
    const deletion = { deletedDate: Number(row.deleted), scheduledPurgeDate: Number(row.purge) };
    if (deletion.scheduledPurgeDate > this.now()) return deletion;
    this.purge(vault, kind, name);
    return undefined;
  }
}

function toVersion(row: Readonly<Record<string, unknown>>): Version {
  const content = JSON.parse(String(row.content)) as Content;
  const { name, version, created, updated } = row;
  return {
    ...content,
    name: String(name),
    version: String(version),
    created: Number(created),
    updated: Number(updated),
  };
}
