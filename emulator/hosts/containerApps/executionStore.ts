import type { DatabaseSync } from "node:sqlite";
import type { Json } from "../../core/resources.ts";

export type ExecutionStatus = "Running" | "Succeeded" | "Failed" | "Stopped";

export interface Execution {
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startMs: number;
  readonly endMs?: number;
  /** The template it runs with, overrides laid over the job's. */
  readonly template: Json;
}

/** Executions kept for each job. Source: Container Apps, "Jobs": the most recent 100. */
const KEPT = 100;

/** The executions of all jobs. */
export class ExecutionStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(`CREATE TABLE IF NOT EXISTS job_executions (
      number INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, start INTEGER NOT NULL,
      end INTEGER, template TEXT NOT NULL, UNIQUE (job, name))`);
  }

  add(job: string, execution: Execution): void {
    const sql = "INSERT INTO job_executions (job, name, status, start, template) VALUES (?, ?, ?, ?, ?)";
    const { name, status, startMs, template } = execution;
    this.#database.prepare(sql).run(job.toLowerCase(), name, status, startMs, JSON.stringify(template));
    const old =
      "SELECT number FROM job_executions WHERE job = ? AND status <> 'Running' ORDER BY number DESC LIMIT -1 OFFSET ?";
    this.#database.prepare(`DELETE FROM job_executions WHERE number IN (${old})`).run(job.toLowerCase(), KEPT);
  }

  end(job: string, name: string, status: ExecutionStatus, endMs: number): void {
    const sql = "UPDATE job_executions SET status = ?, end = ? WHERE job = ? AND name = ? AND status = 'Running'";
    this.#database.prepare(sql).run(status, endMs, job.toLowerCase(), name);
  }

  /** Newest first. */
  list(job: string): readonly Execution[] {
    const rows = this.#database
      .prepare("SELECT * FROM job_executions WHERE job = ? ORDER BY number DESC")
      .all(job.toLowerCase());
    return rows.map((row) => ({
      name: String(row.name),
      status: String(row.status) as ExecutionStatus,
      startMs: Number(row.start),
      ...(row.end === null ? {} : { endMs: Number(row.end) }),
      template: JSON.parse(String(row.template)) as Json,
    }));
  }

  /** Executions whose processes ended with an earlier emulator. */
  failUnfinished(nowMs: number): void {
    this.#database.prepare("UPDATE job_executions SET status = 'Failed', end = ? WHERE status = 'Running'").run(nowMs);
  }

  deleteJob(job: string): void {
    this.#database.prepare("DELETE FROM job_executions WHERE job = ?").run(job.toLowerCase());
  }
}
