import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { openDatabase } from "../../core/database.ts";
import type { MessageSections } from "./sections.ts";

export type MessageState = "active" | "deferred" | "scheduled";

/** What the broker keeps in memory of each message; the bytes stay in the file. */
export interface MessageRecord {
  sequence: number;
  state: MessageState;
  readonly messageId: string | undefined;
  readonly sessionId: string | undefined;
  /** Milliseconds since the epoch, as all times here. */
  enqueuedAt: number;
  expiresAt: number | undefined;
  scheduledAt: number | undefined;
  /** Deliveries that failed. */
  deliveryCount: number;
  /** Entity that a dead letter comes from. */
  readonly deadLetterSource: string | undefined;
  readonly bytes: number;
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS entities (key TEXT PRIMARY KEY, next_sequence INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS messages (
  entity TEXT NOT NULL, sequence INTEGER NOT NULL, state TEXT NOT NULL, message_id TEXT, session_id TEXT,
  enqueued_at INTEGER NOT NULL, expires_at INTEGER, scheduled_at INTEGER, delivery_count INTEGER NOT NULL,
  dead_letter_source TEXT, header BLOB NOT NULL, annotations BLOB NOT NULL, properties BLOB NOT NULL,
  application_properties BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY (entity, sequence)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (entity TEXT NOT NULL, id TEXT NOT NULL, state BLOB, PRIMARY KEY (entity, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen_ids (
  entity TEXT NOT NULL, message_id TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (entity, message_id)
) WITHOUT ROWID;`;

interface Change {
  readonly apply: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The durable side of all entities. Changes of one turn of the event loop share one commit; each promise resolves after it. */
export class MessageStore {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #pending: Change[] = [];
  #isClosed = false;

  constructor(dataDir: string) {
    this.#database = openDatabase(join(dataDir, "serviceBus", "serviceBus.db"));
    this.#database.exec(SCHEMA);
  }

  /** Commits what is pending and closes the file. */
  close(): void {
    this.#isClosed = true;
    this.#commit();
    this.#database.close();
  }

  /** Queues a change; resolves once it is on disk. */
  write(apply: () => void): Promise<void> {
    if (this.#isClosed) return new Promise(() => {}); // the connection that waits for it is gone as well
    return new Promise((resolve, reject) => {
      if (this.#pending.length === 0) setImmediate(() => this.#commit());
      this.#pending.push({ apply, resolve, reject });
    });
  }

  insert(entity: string, record: MessageRecord, sections: MessageSections): void {
    const row = [
      entity,
      record.sequence,
      record.state,
      record.messageId ?? null,
      record.sessionId ?? null,
      record.enqueuedAt,
    ];
    const times = [
      record.expiresAt ?? null,
      record.scheduledAt ?? null,
      record.deliveryCount,
      record.deadLetterSource ?? null,
    ];
    const { header, messageAnnotations, properties, applicationProperties, body } = sections;
    this.#run(
      "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[...row, ...times, header, messageAnnotations, properties, applicationProperties, body],
    );
    const counter =
      "INSERT INTO entities VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET next_sequence = max(next_sequence, excluded.next_sequence)";
    this.#run(counter, entity, record.sequence + 1);
  }

  /** Writes what may change in a record. */
  update(entity: string, record: MessageRecord): void {
    this.#run(
      "UPDATE messages SET state = ?, delivery_count = ? WHERE entity = ? AND sequence = ?",
      ...[record.state, record.deliveryCount, entity, record.sequence],
    );
  }

  /** A scheduled message becomes active under a new number, behind all that came before. */
  activate(entity: string, oldSequence: number, record: MessageRecord): void {
    this.#run(
      "UPDATE messages SET sequence = ?, state = 'active', enqueued_at = ?, expires_at = ? WHERE entity = ? AND sequence = ?",
      ...[record.sequence, record.enqueuedAt, record.expiresAt ?? null, entity, oldSequence],
    );
    this.#run("UPDATE entities SET next_sequence = max(next_sequence, ?) WHERE key = ?", record.sequence + 1, entity);
  }

  setApplicationProperties(entity: string, sequence: number, encoded: Buffer): void {
    this.#run(
      "UPDATE messages SET application_properties = ? WHERE entity = ? AND sequence = ?",
      encoded,
      entity,
      sequence,
    );
  }

  remove(entity: string, sequence: number): void {
    this.#run("DELETE FROM messages WHERE entity = ? AND sequence = ?", entity, sequence);
  }

  setSessionState(entity: string, id: string, state: Buffer | null): void {
    if (state) this.#run("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?)", entity, id, state);
    else this.#run("DELETE FROM sessions WHERE entity = ? AND id = ?", entity, id);
  }

  sessionState(entity: string, id: string): Buffer | null {
    const row = this.#prepare("SELECT state FROM sessions WHERE entity = ? AND id = ?").get(entity, id);
    return row?.state ? Buffer.from(row.state as Uint8Array) : null;
  }

  remember(entity: string, messageId: string, until: number): void {
    this.#run("INSERT OR REPLACE INTO seen_ids VALUES (?, ?, ?)", entity, messageId, until);
  }

  /** Message ids seen within the duplicate detection window, with the end of it. */
  seenIds(entity: string, now: number): Map<string, number> {
    this.#run("DELETE FROM seen_ids WHERE until <= ?", now);
    const rows = this.#prepare("SELECT message_id, until FROM seen_ids WHERE entity = ?").all(entity);
    return new Map(rows.map((row) => [String(row.message_id), Number(row.until)]));
  }

  sections(entity: string, sequence: number): MessageSections | undefined {
    const sql =
      "SELECT header, annotations, properties, application_properties, body FROM messages WHERE entity = ? AND sequence = ?";
    const row = this.#prepare(sql).get(entity, sequence);
    if (!row) return undefined;
    const blob = (name: string) => Buffer.from(row[name] as Uint8Array);
    return {
      header: blob("header"),
      messageAnnotations: blob("annotations"),
      properties: blob("properties"),
      applicationProperties: blob("application_properties"),
      body: blob("body"),
    };
  }

  nextSequence(entity: string): number {
    return Number(this.#prepare("SELECT next_sequence FROM entities WHERE key = ?").get(entity)?.next_sequence ?? 1);
  }

  load(entity: string): readonly MessageRecord[] {
    const sql = `SELECT sequence, state, message_id, session_id, enqueued_at, expires_at, scheduled_at, delivery_count, dead_letter_source,
      length(properties) + length(application_properties) + length(body) AS bytes FROM messages WHERE entity = ? ORDER BY sequence`;
    return this.#prepare(sql)
      .all(entity)
      .map((row) => ({
        sequence: Number(row.sequence),
        state: String(row.state) as MessageState,
        messageId: row.message_id === null ? undefined : String(row.message_id),
        sessionId: row.session_id === null ? undefined : String(row.session_id),
        enqueuedAt: Number(row.enqueued_at),
        expiresAt: row.expires_at === null ? undefined : Number(row.expires_at),
        scheduledAt: row.scheduled_at === null ? undefined : Number(row.scheduled_at),
        deliveryCount: Number(row.delivery_count),
        deadLetterSource: row.dead_letter_source === null ? undefined : String(row.dead_letter_source),
        bytes: Number(row.bytes),
      }));
  }

  /** Forgets entities whose key starts with `prefix`, with all their messages. */
  drop(prefix: string): void {
    for (const [table, column] of [
      ["entities", "key"],
      ["messages", "entity"],
      ["sessions", "entity"],
      ["seen_ids", "entity"],
    ]) {
      this.#run(
        `DELETE FROM ${table} WHERE ${column} = ? OR substr(${column}, 1, ?) = ?`,
        prefix,
        prefix.length + 1,
        `${prefix}/`,
      );
    }
  }

  #commit(): void {
    const changes = this.#pending;
    this.#pending = [];
    if (changes.length === 0) return;
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      for (const change of changes) change.apply();
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      for (const change of changes) change.reject(error);
      return;
    }
    for (const change of changes) change.resolve();
  }

  #run(sql: string, ...values: readonly (string | number | null | Uint8Array)[]): void {
    this.#prepare(sql).run(...values);
  }

  #prepare(sql: string): StatementSync {
    const found = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, found);
    return found;
  }
}
