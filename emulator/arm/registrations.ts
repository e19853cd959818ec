import type { DatabaseSync } from "node:sqlite";

/** Resource providers that the subscription does not use: all are registered until somebody takes one away. */
export class Registrations {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec("CREATE TABLE IF NOT EXISTS arm_unregistered (namespace TEXT PRIMARY KEY)");
  }

  isRegistered(namespace: string): boolean {
    const row = this.#database
      .prepare("SELECT 1 FROM arm_unregistered WHERE namespace = ?")
      .get(namespace.toLowerCase());
    return row === undefined;
  }

  register(namespace: string): void {
    this.#database.prepare("DELETE FROM arm_unregistered WHERE namespace = ?").run(namespace.toLowerCase());
  }

  unregister(namespace: string): void {
    this.#database.prepare("INSERT OR IGNORE INTO arm_unregistered VALUES (?)").run(namespace.toLowerCase());
  }
}
