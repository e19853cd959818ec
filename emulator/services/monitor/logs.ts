import { EventEmitter } from "node:events";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { EmulatorContext } from "../../core/context.ts";
import { openDatabase, transaction } from "../../core/database.ts";
import type { Json } from "../../core/resources.ts";

/** One row of a log table. */
export interface LogRow {
  readonly timeMs: number;
  /** For example `ContainerAppConsoleLogs_CL`. */
  readonly table: string;
  /** Customer id of the workspace that gets it; empty when the environment has none (then only `tail` and `follow` show it). */
  readonly workspace: string;
  /** Resource id of what wrote it. */
  readonly resource: string;
  readonly columns: Json;
}

export interface LogLimits {
  /** Rows kept for each table; the oldest go. @default 200000 */
  readonly rowsPerTable?: number;
}

const FLUSH_MS = 50;
const ROWS_PER_TABLE = 200_000;
/** Rows written between two looks at the bound. */
const TRIM_EVERY = 2000;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS rows (
  id INTEGER PRIMARY KEY, time INTEGER NOT NULL, name TEXT NOT NULL COLLATE NOCASE, workspace TEXT NOT NULL, resource TEXT NOT NULL,
  columns TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS rows_by_workspace ON rows (workspace, name, time);
CREATE INDEX IF NOT EXISTS rows_by_resource ON rows (resource, id);
`;

/** All log lines, in a file of their own: logs may lose their last 50 ms in a crash, which the services' data must not. */
export class LogStore {
  readonly #database: DatabaseSync;
  readonly #rowsPerTable: number;
  readonly #live = new EventEmitter();
  #pending: LogRow[] = [];
  #timer: NodeJS.Timeout | undefined;
  #untilTrim = TRIM_EVERY;

  constructor(path: string, limits: LogLimits = {}) {
    this.#database = openDatabase(path);
    this.#database.exec(`PRAGMA synchronous = OFF; ${SCHEMA}`);
    this.#rowsPerTable = limits.rowsPerTable ?? ROWS_PER_TABLE;
    this.#live.setMaxListeners(0);
  }

  append(row: LogRow): void {
    this.#pending.push(row);
    this.#live.emit(row.resource.toLowerCase(), row);
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  /** Writes what is waiting. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const rows = this.#pending;
    this.#pending = [];
    if (rows.length === 0 || !this.#database.isOpen) return;
    const insert = this.#database.prepare(
      "INSERT INTO rows (time, name, workspace, resource, columns) VALUES (?, ?, ?, ?, ?)",
    );
    transaction(this.#database, () => {
      for (const { timeMs, table, workspace, resource, columns } of rows) {
        insert.run(timeMs, table, workspace.toLowerCase(), resource.toLowerCase(), JSON.stringify(columns));
      }
    });
    this.#untilTrim -= rows.length;
    if (this.#untilTrim <= 0) this.#trim();
  }

  /** The newest rows of one resource, oldest first. */
  tail(resource: string, count: number): readonly LogRow[] {
    this.flush();
    const sql = "SELECT * FROM rows WHERE resource = ? ORDER BY id DESC LIMIT ?";
    return this.#database.prepare(sql).all(resource.toLowerCase(), count).map(toRow).reverse();
  }

  /** Calls `see` for each new row of a resource. @returns a function that ends it */
  follow(resource: string, see: (row: LogRow) => void): () => void {
    const key = resource.toLowerCase();
    this.#live.on(key, see);
    return () => this.#live.off(key, see);
  }

  /** All rows of a workspace's table, by time; `fromMs` leaves older ones out. */
  rows(workspace: string, table: string, fromMs = 0): readonly LogRow[] {
    this.flush();
    const sql = "SELECT * FROM rows WHERE workspace = ? AND name = ? AND time >= ? ORDER BY time, id";
    return this.#database.prepare(sql).all(workspace.toLowerCase(), table, fromMs).map(toRow);
  }

  /** Takes away what is older than a workspace keeps, or all of it. */
  forget(workspace: string, olderThanMs = Number.MAX_SAFE_INTEGER): void {
    this.flush();
    this.#database
      .prepare("DELETE FROM rows WHERE workspace = ? AND time < ?")
      .run(workspace.toLowerCase(), olderThanMs);
  }

  close(): void {
    this.flush();
    if (this.#database.isOpen) this.#database.close();
  }

  #trim(): void {
    this.#untilTrim = TRIM_EVERY;
    const names = this.#database.prepare("SELECT DISTINCT name FROM rows").all();
    const sql =
      "DELETE FROM rows WHERE name = ? AND id <= (SELECT id FROM rows WHERE name = ? ORDER BY id DESC LIMIT 1 OFFSET ?)";
    for (const row of names) {
      const name = String(row.name);
      this.#database.prepare(sql).run(name, name, this.#rowsPerTable);
    }
  }
}

function toRow(row: Record<string, unknown>): LogRow {
  return {
    timeMs: Number(row.time),
    table: String(row.name),
    workspace: String(row.workspace),
    resource: String(row.resource),
    columns: JSON.parse(String(row.columns)) as Json,
  };
}

const stores = new WeakMap<EmulatorContext, LogStore>();

/** The one log store of an emulator: the hosts write into it, the monitor queries it. It is in `<dataDir>/monitor.db`. */
export function logsOf(context: EmulatorContext): LogStore {
  const store = stores.get(context) ?? new LogStore(join(context.dataDir, "monitor.db"));
  stores.set(context, store);
  return store;
}
