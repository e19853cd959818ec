import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Json } from "../../core/resources.ts";

export type RevisionState = "Provisioning" | "Ready" | "Failed";

export interface StoredRevision {
  readonly name: string;
  readonly template: Json;
  readonly createdMs: number;
  readonly active: boolean;
  readonly state: RevisionState;
}

/** Inactive revisions kept for each app. Source: Container Apps, "Update and deploy changes", revision limits. */
const INACTIVE_KEPT = 100;

/** The revisions of all apps. */
export class RevisionStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(`CREATE TABLE IF NOT EXISTS app_revisions (
      number INTEGER PRIMARY KEY AUTOINCREMENT, app TEXT NOT NULL, name TEXT NOT NULL, template TEXT NOT NULL, created INTEGER NOT NULL,
      active INTEGER NOT NULL, state TEXT NOT NULL, UNIQUE (app, name))`);
  }

  /** Oldest first. */
  list(app: string): readonly StoredRevision[] {
    const rows = this.#database
      .prepare("SELECT * FROM app_revisions WHERE app = ? ORDER BY number")
      .all(app.toLowerCase());
    return rows.map((row) => ({
      name: String(row.name),
      template: JSON.parse(String(row.template)) as Json,
      createdMs: Number(row.created),
      active: row.active === 1,
      state: String(row.state) as RevisionState,
    }));
  }

  /** Adds a revision named after the suffix, or after a hash of its template and number. */
  add(app: string, appName: string, template: Json, suffix: string | undefined, nowMs: number): StoredRevision {
    const count = Number(this.#database.prepare("SELECT max(number) AS n FROM app_revisions").get()?.n ?? 0);
    const hash = createHash("sha256")
      .update(`${app} ${count} ${JSON.stringify(template)}`)
      .digest("hex")
      .slice(0, 7);
    const name = `${appName}--${suffix ?? hash}`;
    const sql =
      "INSERT OR REPLACE INTO app_revisions (app, name, template, created, active, state) VALUES (?, ?, ?, ?, 1, 'Provisioning')";
    this.#database.prepare(sql).run(app.toLowerCase(), name, JSON.stringify(template), nowMs);
    this.#trim(app.toLowerCase());
    return { name, template, createdMs: nowMs, active: true, state: "Provisioning" };
  }

  set(app: string, name: string, change: { readonly active?: boolean; readonly state?: RevisionState }): void {
    if (change.active !== undefined) {
      const sql = "UPDATE app_revisions SET active = ? WHERE app = ? AND name = ?";
      this.#database.prepare(sql).run(change.active ? 1 : 0, app.toLowerCase(), name);
    }
    if (change.state === undefined) return;
    this.#database
      .prepare("UPDATE app_revisions SET state = ? WHERE app = ? AND name = ?")
      .run(change.state, app.toLowerCase(), name);
  }

  deleteApp(app: string): void {
    this.#database.prepare("DELETE FROM app_revisions WHERE app = ?").run(app.toLowerCase());
  }

  #trim(app: string): void {
    const old = "SELECT number FROM app_revisions WHERE app = ? AND active = 0 ORDER BY number DESC LIMIT -1 OFFSET ?";
    this.#database.prepare(`DELETE FROM app_revisions WHERE number IN (${old})`).run(app, INACTIVE_KEPT);
  }
}
