import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../core/clock.ts";
import { transaction } from "../../core/database.ts";
import { StorageError } from "./errors.ts";

/** A message of a storage queue. Times in milliseconds since the epoch. */
export interface QueueMessage {
  readonly id: string;
  readonly receipt: string;
  readonly text: string;
  readonly inserted: number;
  readonly expires: number;
  readonly visible: number;
  readonly dequeued: number;
}

export interface StorageQueue {
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
}

type Row = Readonly<Record<string, unknown>>;

/** Queues of one account; every method is one commit. */
export class QueueStore {
  readonly #account: string;
  readonly #database: DatabaseSync;
  readonly #clock: Clock;

  constructor(account: string, database: DatabaseSync, clock: Clock) {
    this.#account = account;
    this.#database = database;
    this.#clock = clock;
  }

  queue(name: string): StorageQueue | undefined {
    const row = this.#database.prepare("SELECT * FROM queues WHERE account = ? AND name = ?").get(this.#account, name);
    return row && toQueue(row);
  }

  /** @throws {StorageError} `QueueNotFound` */
  requireQueue(name: string): StorageQueue {
    const found = this.queue(name);
    if (!found) throw new StorageError("QueueNotFound");
    return found;
  }

  queues(prefix: string): readonly StorageQueue[] {
    const rows = this.#database.prepare("SELECT * FROM queues WHERE account = ? ORDER BY name").all(this.#account);
    return rows.map(toQueue).filter(({ name }) => name.startsWith(prefix));
  }

  putQueue({ name, metadata }: StorageQueue): void {
    this.#database
      .prepare("INSERT OR REPLACE INTO queues VALUES (?, ?, ?)")
      .run(this.#account, name, JSON.stringify(metadata));
  }

  deleteQueue(name: string): void {
    transaction(this.#database, () => {
      this.clear(name);
      this.#database.prepare("DELETE FROM queues WHERE account = ? AND name = ?").run(this.#account, name);
    });
  }

  clear(queue: string): void {
    this.#database.prepare("DELETE FROM queue_messages WHERE account = ? AND queue = ?").run(this.#account, queue);
  }

  /** Messages that have not expired, visible or not. */
  count(queue: string): number {
    const sql = "SELECT count(*) AS n FROM queue_messages WHERE account = ? AND queue = ? AND expires > ?";
    return Number(this.#database.prepare(sql).get(this.#account, queue, this.#clock.now())?.n ?? 0);
  }

  /** @param lifeMs undefined: for ever */
  put(queue: string, text: string, delayMs: number, lifeMs: number | undefined): QueueMessage {
    const now = this.#clock.now();
    const expires = lifeMs === undefined ? Number.MAX_SAFE_INTEGER : now + lifeMs;
    const message = {
      id: randomUUID(),
      receipt: newReceipt(),
      text,
      inserted: now,
      expires,
      visible: now + delayMs,
      dequeued: 0,
    };
    this.#database
      .prepare(
        "INSERT INTO queue_messages (account, queue, id, receipt, text, inserted, expires, visible, dequeued) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
      )
      .run(this.#account, queue, message.id, message.receipt, text, now, expires, message.visible);
    return message;
  }

  /** Takes messages out of sight. */
  get(queue: string, count: number, hideMs: number): readonly QueueMessage[] {
    return transaction(this.#database, () => {
      const now = this.#clock.now();
      return this.peek(queue, count).map((message) => {
        const taken = { ...message, receipt: newReceipt(), visible: now + hideMs, dequeued: message.dequeued + 1 };
        this.#save(queue, taken);
        return taken;
      });
    });
  }

  peek(queue: string, count: number): readonly QueueMessage[] {
    const now = this.#clock.now();
    this.#database
      .prepare("DELETE FROM queue_messages WHERE account = ? AND queue = ? AND expires <= ?")
      .run(this.#account, queue, now);
    const sql =
      "SELECT * FROM queue_messages WHERE account = ? AND queue = ? AND visible <= ? ORDER BY visible, number LIMIT ?";
    return this.#database.prepare(sql).all(this.#account, queue, now, count).map(toMessage);
  }

  /** @throws {StorageError} `MessageNotFound`, `PopReceiptMismatch` */
  update(queue: string, id: string, receipt: string, hideMs: number, text: string | undefined): QueueMessage {
    return transaction(this.#database, () => {
      const message = this.#require(queue, id, receipt);
      const changed = {
        ...message,
        receipt: newReceipt(),
        visible: this.#clock.now() + hideMs,
        text: text ?? message.text,
      };
      this.#save(queue, changed);
      return changed;
    });
  }

  /** @throws {StorageError} `MessageNotFound`, `PopReceiptMismatch` */
  remove(queue: string, id: string, receipt: string): void {
    transaction(this.#database, () => {
      this.#require(queue, id, receipt);
      this.#database
        .prepare("DELETE FROM queue_messages WHERE account = ? AND queue = ? AND id = ?")
        .run(this.#account, queue, id);
    });
  }

  #require(queue: string, id: string, receipt: string): QueueMessage {
    const row = this.#database
      .prepare("SELECT * FROM queue_messages WHERE account = ? AND queue = ? AND id = ?")
      .get(this.#account, queue, id);
    if (!row || Number(row.expires) <= this.#clock.now()) throw new StorageError("MessageNotFound");
    if (row.receipt !== receipt) throw new StorageError("PopReceiptMismatch");
    return toMessage(row);
  }

  #save(queue: string, { id, receipt, text, visible, dequeued }: QueueMessage): void {
    this.#database
      .prepare(
        "UPDATE queue_messages SET receipt = ?, text = ?, visible = ?, dequeued = ? WHERE account = ? AND queue = ? AND id = ?",
      )
      .run(receipt, text, visible, dequeued, this.#account, queue, id);
  }
}

function newReceipt(): string {
  return Buffer.from(randomUUID()).toString("base64");
}

function toQueue(row: Row): StorageQueue {
  return { name: String(row.name), metadata: JSON.parse(String(row.metadata)) };
}

function toMessage(row: Row): QueueMessage {
  const number = (name: string) => Number(row[name]);
  return {
    id: String(row.id),
    receipt: String(row.receipt),
    text: String(row.text),
    inserted: number("inserted"),
    expires: number("expires"),
    visible: number("visible"),
    dequeued: number("dequeued"),
  };
}
