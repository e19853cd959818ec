import type { CostMetrics, LedgerDocument, OutboxDocument, StepSummary } from "./documents.ts";

/** A document as it was read, with the version that a conditional write names. */
export interface Stored<T extends LedgerDocument = LedgerDocument> {
  readonly doc: T;
  readonly etag: string;
}

export type StoreOperation =
  | { readonly kind: "create"; readonly doc: LedgerDocument }
  | { readonly kind: "replace"; readonly doc: LedgerDocument; readonly etag: string }
  | { readonly kind: "upsert"; readonly doc: LedgerDocument }
  | { readonly kind: "delete"; readonly id: string; readonly etag?: string };

/** A condition of a batch did not hold (changed, exists already, is gone): nothing of it was written. */
export class StoreConflict extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreConflict";
  }
}

/** At most so many operations go into one transaction (Cosmos DB, "Transactional batch"). */
export const MAX_BATCH = 100;

/** The truth about jobs: partitions of documents with transactions inside one partition. */
export interface LedgerStore {
  /** Now by the store's clock, in ms: the same for all processes, whatever their own clocks say. */
  now(): number;
  read<T extends LedgerDocument>(pk: string, id: string): Promise<Stored<T> | undefined>;
  /**
   * All or nothing.
   *
   * @returns the new ETag of each operation; empty text for a delete
   * @throws {StoreConflict} when a condition does not hold
   */
  batch(pk: string, operations: readonly StoreOperation[]): Promise<readonly string[]>;
  /** Documents with `from <= id < to` in the order of their ids. */
  range<T extends LedgerDocument>(pk: string, from: string, to: string, limit: number): Promise<readonly Stored<T>[]>;
  /** Documents of one type, of one or all partitions, in the order of a field. */
  find<T extends LedgerDocument>(query: Find<T>): Promise<readonly Stored<T>[]>;
  /** How many documents {@link find} would give without a limit. */
  count<T extends LedgerDocument>(query: Omit<Find<T>, "orderBy" | "limit">): Promise<number>;
  /** Effects that are not done yet, of all partitions; only for the sweep. */
  outbox(createdBefore: string, limit: number): Promise<readonly Stored<OutboxDocument>[]>;
}

/** Tells what is written, whoever writes it. */
export interface ChangeSource {
  /** From now on: a document that is written after the first `next` has answered is given by a later one. */
  changes(): ChangeCursor;
}

export interface ChangeCursor {
  /** Documents that were written since the last call, each in its newest version; deleted ones are left out. */
  next(): Promise<readonly LedgerDocument[]>;
}

export interface Find<T extends LedgerDocument> {
  readonly type: T["type"];
  /** @default all partitions */
  readonly pk?: string;
  /** Fields with these values. */
  readonly where?: Readonly<Record<string, string>>;
  /** Fields that are smaller, as text. */
  readonly below?: Readonly<Record<string, string>>;
  /** Fields that are greater, as text. */
  readonly above?: Readonly<Record<string, string>>;
  readonly orderBy: keyof T & string;
  readonly limit: number;
}

/** Rows that people read (containers `jobs`, `apps`, `deployments`, `auditLogs`, `feedback`): copies made after the truth was written. */
export interface ProjectionStore {
  /** Writes the row unless one with a higher `version` is there. */
  project(container: ProjectionContainer, partition: string, row: ProjectionRow): Promise<void>;
  list(container: ProjectionContainer, partition: string, query: ListQuery): Promise<readonly ProjectionRow[]>;
  /** Rows of a tenant in all partitions, by time, oldest first. */
  between(container: ProjectionContainer, query: RangeQuery): Promise<readonly ProjectionRow[]>;
  /** What statistics need of a tenant's jobs that were made since then. */
  jobTimes(tenantId: string, since: string): Promise<readonly JobTimes[]>;
  /** What analytics need of a tenant's jobs of a period: of the container `deployments`, where each job has a row. */
  jobFacts(tenantId: string, from: string, to: string): Promise<readonly JobFacts[]>;
}

export type ProjectionContainer = "jobs" | "apps" | "deployments" | "auditLogs" | "feedback";

export interface ProjectionRow {
  readonly id: string;
  readonly version: number;
  readonly tenantId: string;
  readonly [field: string]: unknown;
}

export interface RangeQuery {
  readonly tenantId: string;
  /** Field with an ISO 8601 time. */
  readonly field: string;
  /** The first time that counts, and the first that no longer does. */
  readonly from: string;
  readonly to: string;
  /** How many of the first rows are left out. */
  readonly skip: number;
  readonly limit: number;
}

export interface ListQuery {
  readonly tenantId: string;
  /** Field to sort by. */
  readonly orderBy: string;
  readonly direction: "ascending" | "descending";
  readonly limit: number;
  /** The first value of that field that counts. @default all do */
  readonly from?: string;
  /** How many of the first rows are left out. */
  readonly skip?: number;
}

/** A job as its row in `deployments` says; numbers are there when it has ended. */
export interface JobFacts extends JobTimes {
  readonly appId: string;
  readonly steps?: readonly StepSummary[];
  readonly costMetrics?: CostMetrics;
  readonly monthlyUsd?: number;
  /** Where it failed, and why. */
  readonly error?: { readonly code: string; readonly step?: string };
}

export interface JobTimes {
  readonly status: string;
  readonly kind: string;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
}
