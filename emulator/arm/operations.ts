import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../core/clock.ts";
import { ArmError } from "../core/resources.ts";
import type { Caller } from "../core/tokens.ts";
import type { StoredResource } from "./store.ts";

/** A long-running operation as it is kept; an interrupted `put` or `delete` runs again at the next start. */
export interface Operation {
  readonly id: string;
  readonly kind: "put" | "delete" | "action";
  readonly resourceId: string;
  readonly caller: Caller;
  readonly status: "InProgress" | "Succeeded" | "Failed";
  readonly startTime: string;
  readonly endTime?: string;
  readonly error?: { readonly code: string; readonly message: string };
  /** The resource before a `put`, to go back to when the service refuses at once. */
  readonly previous?: StoredResource;
  /** What an action's Location answers in the end. */
  readonly result?: { readonly status: number; readonly body?: unknown };
}

const KEPT = 2000;

/** The operations, durable. */
export class OperationStore {
  readonly #database: DatabaseSync;
  readonly #clock: Clock;

  constructor(database: DatabaseSync, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    database.exec(
      `CREATE TABLE IF NOT EXISTS arm_operations (id TEXT PRIMARY KEY, status TEXT NOT NULL, body TEXT NOT NULL);
       CREATE INDEX IF NOT EXISTS arm_operations_status ON arm_operations (status);`,
    );
  }

  begin(start: Pick<Operation, "kind" | "resourceId" | "caller" | "previous">): Operation {
    const startTime = new Date(this.#clock.now()).toISOString();
    const operation: Operation = { ...start, id: randomUUID(), status: "InProgress", startTime };
    this.#write(operation);
    return operation;
  }

  succeed(operation: Operation, result?: Operation["result"]): Operation {
    return this.#end({ ...operation, status: "Succeeded", ...(result ? { result } : {}) });
  }

  fail(operation: Operation, error: unknown): Operation {
    return this.#end({ ...operation, status: "Failed", error: describe(error) });
  }

  get(id: string): Operation | undefined {
    const row = this.#database.prepare("SELECT body FROM arm_operations WHERE id = ?").get(id);
    return row ? (JSON.parse(String(row.body)) as Operation) : undefined;
  }

  forget(id: string): void {
    this.#database.prepare("DELETE FROM arm_operations WHERE id = ?").run(id);
  }

  /** Operations that a crash or stop interrupted, oldest first. */
  interrupted(): readonly Operation[] {
    const rows = this.#database
      .prepare("SELECT body FROM arm_operations WHERE status = 'InProgress' ORDER BY rowid")
      .all();
    return rows.map((row) => JSON.parse(String(row.body)) as Operation);
  }

  /** Drops the oldest ended operations beyond a bound. */
  trim(): void {
    this.#database
      .prepare(
        `DELETE FROM arm_operations WHERE status <> 'InProgress' AND rowid <
           (SELECT MAX(rowid) FROM arm_operations) - ?`,
      )
      .run(KEPT);
  }

  #end(operation: Operation): Operation {
    const { previous: _, ...rest } = operation; // it may hold secrets, and nothing goes back any more
    const ended: Operation = { ...rest, endTime: new Date(this.#clock.now()).toISOString() };
    this.#write(ended);
    return ended;
  }

  #write(operation: Operation): void {
    this.#database
      .prepare(
        `INSERT INTO arm_operations (id, status, body) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET status = excluded.status, body = excluded.body`,
      )
      .run(operation.id, operation.status, JSON.stringify(operation));
  }
}

/** Code and message as ARM shows them; an error that is not ARM's own is an internal one. */
export function describe(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof ArmError) return { code: error.code, message: error.message };
  return { code: "InternalServerError", message: error instanceof Error ? error.message : String(error) };
}
