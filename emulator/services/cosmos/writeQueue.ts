import type { DatabaseSync } from "node:sqlite";

interface Job {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly job: Job; readonly value: unknown } | { readonly job: Job; readonly error: unknown };

/**
 * Gives each write a transaction of its own and lets writes that arrive together share one flush to disk:
 * each runs in a savepoint, is undone alone when it throws, and is answered only after the common commit.
 */
export class WriteQueue {
  readonly #database: DatabaseSync;
  #jobs: Job[] = [];

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** @returns what `work` returns, once it is on disk */
  run<T>(work: () => T): Promise<T> {
    return new Promise<unknown>((resolve, reject) => {
      this.#jobs.push({ work, resolve, reject });
      if (this.#jobs.length === 1) setImmediate(() => this.flush());
    }) as Promise<T>;
  }

  /** Inside a write: undoes only `work` when it throws. */
  nested<T>(work: () => T): T {
    this.#database.exec("SAVEPOINT part");
    try {
      const value = work();
      this.#database.exec("RELEASE part");
      return value;
    } catch (error) {
      this.#database.exec("ROLLBACK TO part; RELEASE part");
      throw error;
    }
  }

  /** Does all that waits, now. */
  flush(): void {
    const jobs = this.#jobs;
    this.#jobs = [];
    if (jobs.length === 0) return;
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      const outcomes = jobs.map((job) => this.#attempt(job));
      this.#database.exec("COMMIT");
      for (const outcome of outcomes) {
        if ("error" in outcome) outcome.job.reject(outcome.error);
        else outcome.job.resolve(outcome.value);
      }
    } catch (error) {
      if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec("ROLLBACK");
      for (const job of jobs) job.reject(error);
    }
  }

  #attempt(job: Job): Outcome {
    try {
      return { job, value: this.nested(job.work) };
    } catch (error) {
      return { job, error };
    }
  }
}
