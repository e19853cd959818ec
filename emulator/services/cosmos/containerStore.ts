import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { Clock } from "../../core/clock.ts";
import type { ContainerDefinition } from "./definition.ts";
import { effectiveKey, type KeyPart, keyText, pathNames, type Range, rangesOf } from "./partitionKey.ts";
import type { RequestUnits } from "./requestUnits.ts";
import { databaseRid, documentRid } from "./resourceId.ts";

/** One item as it is kept. */
export interface StoredItem {
  /** Number of the item in its container, from which its `_rid` is made. */
  readonly document: number;
  readonly etag: string;
  /** The JSON text with all system properties. */
  readonly body: string;
  readonly lsn: number;
}

/** Where the items of a request lie. */
export type Place =
  | { readonly kind: "all" }
  /** One logical partition, or with a shorter hierarchical key all below it. */
  | { readonly kind: "key"; readonly text: string; readonly whole: boolean }
  /** Hashes from `min` up to but not including `max`. */
  | { readonly kind: "range"; readonly min: string; readonly max: string };

/** An equality that SQLite checks before the query does. */
export interface Filter {
  readonly path: readonly string[];
  readonly value: string | number;
}

export interface NewItem {
  readonly key: string;
  readonly id: string;
  readonly hash: string;
  readonly document: number;
  readonly etag: string;
  readonly ts: number;
  readonly expires: number | undefined;
  readonly body: string;
  /** One text per unique key of the container. */
  readonly unique: readonly string[];
}

export interface ContainerEntry {
  readonly number: number;
  readonly databaseNumber: number;
  readonly databaseName: string;
  readonly rid: string;
  readonly definition: ContainerDefinition;
  readonly etag: string;
  readonly ts: number;
  readonly lsn: number;
  readonly budget: RequestUnits | undefined;
}

const KEY_CACHE = 20_000;

/** The items of one container. Methods that write must run inside a transaction. */
export class ContainerStore {
  readonly number: number;
  readonly databaseName: string;
  readonly rid: string;
  readonly name: string;
  /** `dbs/<rid>/colls/<rid>/` */
  readonly self: string;
  readonly definition: ContainerDefinition;
  readonly etag: string;
  readonly ts: number;
  readonly budget: RequestUnits | undefined;
  readonly keyPaths: readonly (readonly string[])[];
  readonly uniquePaths: readonly (readonly (readonly string[])[])[];
  readonly ranges: readonly Range[];
  readonly #file: DatabaseSync;
  readonly #clock: Clock;
  readonly #databaseNumber: number;
  readonly #hashes = new Map<string, string>();
  readonly #statements = new Map<string, StatementSync>();
  #lsn: number;

  constructor(file: DatabaseSync, clock: Clock, entry: ContainerEntry) {
    this.#file = file;
    this.#clock = clock;
    this.number = entry.number;
    this.databaseName = entry.databaseName;
    this.rid = entry.rid;
    this.name = entry.definition.id;
    this.self = `dbs/${databaseRid(entry.databaseNumber)}/colls/${entry.rid}/`;
    this.definition = entry.definition;
    this.etag = entry.etag;
    this.ts = entry.ts;
    this.budget = entry.budget;
    this.#databaseNumber = entry.databaseNumber;
    this.#lsn = entry.lsn;
    this.keyPaths = entry.definition.partitionKey.paths.map(pathNames);
    this.uniquePaths = (entry.definition.uniqueKeyPolicy?.uniqueKeys ?? []).map((key) => key.paths.map(pathNames));
    this.ranges = rangesOf(entry.definition.partitionKey);
    file.exec(`
      CREATE TABLE IF NOT EXISTS items_${this.number} (
        document INTEGER PRIMARY KEY, key TEXT NOT NULL, id TEXT NOT NULL, hash TEXT NOT NULL, lsn INTEGER NOT NULL,
        ts INTEGER NOT NULL, expires INTEGER, etag TEXT NOT NULL, body TEXT NOT NULL
      );
      CREATE UNIQUE INDEX IF NOT EXISTS items_${this.number}_id ON items_${this.number} (key, id);
      CREATE INDEX IF NOT EXISTS items_${this.number}_lsn ON items_${this.number} (lsn);
      CREATE INDEX IF NOT EXISTS items_${this.number}_expires ON items_${this.number} (expires) WHERE expires IS NOT NULL;
      CREATE TABLE IF NOT EXISTS unique_${this.number} (
        key TEXT NOT NULL, policy INTEGER NOT NULL, value TEXT NOT NULL, document INTEGER NOT NULL,
        PRIMARY KEY (key, policy, value)
      ) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS unique_${this.number}_document ON unique_${this.number} (document);
    `);
  }

  /** Sequence number of the last change. */
  get lsn(): number {
    return this.#lsn;
  }

  get now(): number {
    return Math.floor(this.#clock.now() / 1000);
  }

  get nowMs(): number {
    return this.#clock.now();
  }

  hashOf(key: readonly KeyPart[]): string {
    const text = keyText(key);
    const known = this.#hashes.get(text);
    if (known !== undefined) return known;
    if (this.#hashes.size >= KEY_CACHE) this.#hashes.clear();
    const hash = effectiveKey(key, this.definition.partitionKey);
    this.#hashes.set(text, hash);
    return hash;
  }

  rangeOf(hash: string): Range {
    return (this.ranges.find((range) => hash >= range.min && hash < range.max) ?? this.ranges[0]) as Range;
  }

  ridOf(document: number): string {
    return documentRid(this.#databaseNumber, this.number, document);
  }

  /** The item, unless it has expired. */
  find(key: string, id: string): StoredItem | undefined {
    const row = this.#prepare(
      `SELECT document, etag, body, lsn FROM items_${this.number} WHERE key = ? AND id = ? AND (expires IS NULL OR expires > ?)`,
    ).get(key, id, this.now);
    return row as StoredItem | undefined;
  }

  /** Number for the next change; the item's own number too when the change makes it. */
  nextLsn(): number {
    this.#lsn++;
    this.#prepare("UPDATE containers SET lsn = ? WHERE number = ?").run(this.#lsn, this.number);
    return this.#lsn;
  }

  /**
   * Writes an item over the one with its number, if any.
   *
   * @returns false when another item of the partition has the same unique key
   */
  put(item: NewItem, lsn: number): boolean {
    this.#prepare(
      `INSERT INTO items_${this.number} (document, key, id, hash, lsn, ts, expires, etag, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (document) DO UPDATE SET
         lsn = excluded.lsn, ts = excluded.ts, expires = excluded.expires, etag = excluded.etag, body = excluded.body`,
    ).run(item.document, item.key, item.id, item.hash, lsn, item.ts, item.expires ?? null, item.etag, item.body);
    if (item.unique.length === 0) return true;
    this.#prepare(`DELETE FROM unique_${this.number} WHERE document = ?`).run(item.document);
    const insert = this.#prepare(
      `INSERT INTO unique_${this.number} (key, policy, value, document) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    );
    return item.unique.every((value, policy) => insert.run(item.key, policy, value, item.document).changes === 1);
  }

  delete(document: number): void {
    this.#prepare(`DELETE FROM items_${this.number} WHERE document = ?`).run(document);
    if (this.uniquePaths.length > 0)
      this.#prepare(`DELETE FROM unique_${this.number} WHERE document = ?`).run(document);
  }

  deletePartition(key: string): void {
    this.#prepare(`DELETE FROM unique_${this.number} WHERE key = ?`).run(key);
    this.#prepare(`DELETE FROM items_${this.number} WHERE key = ?`).run(key);
  }

  /** Removes what has expired, of all partitions. */
  purgeExpired(): void {
    const now = this.now;
    const expired = `SELECT document FROM items_${this.number} WHERE expires IS NOT NULL AND expires <= ?`;
    if (!this.#prepare(`${expired} LIMIT 1`).get(now)) return;
    this.#prepare(`DELETE FROM unique_${this.number} WHERE document IN (${expired})`).run(now);
    this.#prepare(`DELETE FROM items_${this.number} WHERE expires IS NOT NULL AND expires <= ?`).run(now);
  }

  /** Items of a place in the order they were made, after number `after`. */
  scan(place: Place, after: number, filters: readonly Filter[] = [], id?: string): IterableIterator<StoredItem> {
    const { where, values } = this.#within(place);
    const extra = filters.map(() => " AND json_extract(body, ?) = ?").join("");
    const byId = id === undefined ? "" : " AND id = ?";
    const statement = this.#prepare(
      `SELECT document, etag, body, lsn FROM items_${this.number}
       WHERE document > ? AND (expires IS NULL OR expires > ?)${where}${byId}${extra} ORDER BY document`,
    );
    const paths = filters.flatMap((filter) => [
      `$${filter.path.map((name) => `.${JSON.stringify(name)}`).join("")}`,
      filter.value,
    ]);
    const rows = statement.iterate(after, this.now, ...values, ...(id === undefined ? [] : [id]), ...paths);
    return rows as unknown as IterableIterator<StoredItem>;
  }

  /** Newest version of each item changed after `lsn`, in the order of the changes. */
  changes(place: Place, lsn: number, sinceSeconds: number, limit: number): readonly StoredItem[] {
    const { where, values } = this.#within(place);
    return this.#prepare(
      `SELECT document, etag, body, lsn FROM items_${this.number}
       WHERE lsn > ? AND ts >= ? AND (expires IS NULL OR expires > ?)${where} ORDER BY lsn LIMIT ?`,
    ).all(lsn, sinceSeconds, this.now, ...values, limit) as unknown as StoredItem[];
  }

  /** After the container's time to live was changed: when each item now ends. */
  recomputeExpiry(defaultTtl: number | undefined): void {
    const own = "json_extract(body, '$.ttl')";
    const expires =
      defaultTtl === undefined
        ? "NULL"
        : `CASE WHEN ${own} = -1 THEN NULL WHEN ${own} > 0 THEN ts + ${own} ELSE ${defaultTtl === -1 ? "NULL" : `ts + ${defaultTtl}`} END`;
    this.#file.exec(`UPDATE items_${this.number} SET expires = ${expires}`);
  }

  drop(): void {
    this.#statements.clear();
    this.#file.exec(`DROP TABLE items_${this.number}; DROP TABLE unique_${this.number}`);
  }

  #within(place: Place): { readonly where: string; readonly values: readonly SQLInputValue[] } {
    if (place.kind === "all") return { where: "", values: [] };
    if (place.kind === "range") return { where: " AND hash >= ? AND hash < ?", values: [place.min, place.max] };
    if (place.whole) return { where: " AND key = ?", values: [place.text] };
    return { where: " AND key >= ? AND key < ?", values: [place.text, `${place.text}\u{10FFFF}`] };
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#file.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
