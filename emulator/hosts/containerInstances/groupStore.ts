import type { DatabaseSync } from "node:sqlite";
import type { GroupView } from "./groupView.ts";

/** What all groups look like, in the shared file. */
export class GroupStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec("CREATE TABLE IF NOT EXISTS container_groups (id TEXT PRIMARY KEY, view TEXT NOT NULL)");
  }

  get(id: string): GroupView | undefined {
    const row = this.#database.prepare("SELECT view FROM container_groups WHERE id = ?").get(id.toLowerCase());
    return row === undefined ? undefined : (JSON.parse(String(row.view)) as GroupView);
  }

  save(id: string, view: GroupView): void {
    const sql =
      "INSERT INTO container_groups (id, view) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET view = excluded.view";
    this.#database.prepare(sql).run(id.toLowerCase(), JSON.stringify(view));
  }

  delete(id: string): void {
    this.#database.prepare("DELETE FROM container_groups WHERE id = ?").run(id.toLowerCase());
  }
}
