import type { DatabaseSync } from "node:sqlite";
import type { Json } from "../../core/resources.ts";

export type RunStatus = "Queued" | "Started" | "Running" | "Succeeded" | "Failed" | "Canceled" | "Timeout" | "Error";

/** One run of a registry's tasks; `properties` is what ARM shows. */
export interface Run {
  /** Registry resource id, in the case it was made with. */
  readonly registryId: string;
  readonly runId: string;
  readonly status: RunStatus;
  readonly properties: Json;
}

const ENDED: ReadonlySet<string> = new Set(["Succeeded", "Failed", "Canceled", "Timeout", "Error"]);

/** Has the run come to its end? */
export function hasEnded(status: string): boolean {
  return ENDED.has(status);
}

/** The runs of all registries. */
export class RunStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(
      "CREATE TABLE IF NOT EXISTS registry_runs (number INTEGER PRIMARY KEY AUTOINCREMENT, registry TEXT NOT NULL, run_id TEXT UNIQUE, status TEXT NOT NULL, properties TEXT NOT NULL)",
    );
  }

  create(registryId: string, properties: Json): Run {
    const insert = "INSERT INTO registry_runs (registry, status, properties) VALUES (?, 'Queued', '{}')";
    const number = Number(this.#database.prepare(insert).run(registryId).lastInsertRowid);
    const runId = `dt${number.toString(36)}`;
    this.#database.prepare("UPDATE registry_runs SET run_id = ? WHERE number = ?").run(runId, number);
    return this.update(runId, { status: "Queued", runId, ...properties });
  }

  /** Lays properties over those of the run; `status` is one of them. */
  update(runId: string, properties: Json): Run {
    const row = this.#database
      .prepare("SELECT registry, status, properties FROM registry_runs WHERE run_id = ?")
      .get(runId);
    if (!row) throw new Error(`no run ${runId}`);
    const next = { ...(JSON.parse(String(row.properties)) as Json), ...properties };
    const status = String(properties.status ?? row.status) as RunStatus;
    const sql = "UPDATE registry_runs SET status = ?, properties = ? WHERE run_id = ?";
    this.#database.prepare(sql).run(status, JSON.stringify(next), runId);
    return { registryId: String(row.registry), runId, status, properties: next };
  }

  get(runId: string): Run | undefined {
    const row = this.#database
      .prepare("SELECT registry, status, properties FROM registry_runs WHERE run_id = ?")
      .get(runId);
    return (
      row && {
        registryId: String(row.registry),
        runId,
        status: String(row.status) as RunStatus,
        properties: JSON.parse(String(row.properties)) as Json,
      }
    );
  }

  /** Newest first. */
  list(registryId: string): readonly Run[] {
    const rows = this.#database
      .prepare("SELECT run_id FROM registry_runs WHERE lower(registry) = lower(?) ORDER BY number DESC")
      .all(registryId);
    return rows.flatMap((row) => this.get(String(row.run_id)) ?? []);
  }

  /** Runs that a killed emulator left behind cannot go on. */
  failUnfinished(finishTime: string): void {
    const rows = this.#database
      .prepare("SELECT run_id FROM registry_runs WHERE status IN ('Queued', 'Started', 'Running')")
      .all();
    const runErrorMessage = "The build agent was stopped before the run ended.";
    for (const row of rows) this.update(String(row.run_id), { status: "Failed", finishTime, runErrorMessage });
  }
}
