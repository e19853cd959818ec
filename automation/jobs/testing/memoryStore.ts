import type { LedgerDocument, OutboxDocument } from "../documents.ts";
import {
  type ChangeCursor,
  type ChangeSource,
  type Find,
  type JobFacts,
  type JobTimes,
  type LedgerStore,
  type ListQuery,
  type ProjectionContainer,
  type ProjectionRow,
  type ProjectionStore,
  type RangeQuery,
  StoreConflict,
  type Stored,
  type StoreOperation,
} from "../store.ts";

/** The store's contract in memory, for tests of what stands on it. The real one is proved in test/contract/automation. */
export class MemoryStore implements LedgerStore, ProjectionStore, ChangeSource {
  readonly #partitions = new Map<string, Map<string, Stored>>();
  readonly #rows = new Map<string, ProjectionRow>();
  readonly #unread = new Set<Map<string, LedgerDocument>>();
  #writes = 0;
  /** Called before a batch is applied; throws to make it fail. */
  onBatch: (pk: string, operations: readonly StoreOperation[]) => void = () => {};
  /** Called after a batch was applied; throws to lose its answer. */
  afterBatch: (pk: string, operations: readonly StoreOperation[]) => void = () => {};

  now(): number {
    return Date.now();
  }

  async read<T extends LedgerDocument>(pk: string, id: string): Promise<Stored<T> | undefined> {
    return structuredClone(this.#partitions.get(pk)?.get(id)) as Stored<T> | undefined;
  }

  async batch(pk: string, operations: readonly StoreOperation[]): Promise<readonly string[]> {
    this.onBatch(pk, operations);
    const partition = this.#partitions.get(pk) ?? new Map<string, Stored>();
    const draft = new Map(partition);
    const etags = operations.map((operation) => {
      const id = operation.kind === "delete" ? operation.id : operation.doc.id;
      const found = draft.get(id);
      if (operation.kind === "create" && found) throw new StoreConflict(`${id} exists`);
      if ((operation.kind === "replace" || operation.kind === "delete") && !found) throw new StoreConflict(`no ${id}`);
      if ("etag" in operation && operation.etag !== undefined && found?.etag !== operation.etag) {
        throw new StoreConflict(`${id} changed`);
      }
      if (operation.kind === "delete") {
        draft.delete(id);
        return "";
      }
      this.#writes += 1;
      const etag = `"${this.#writes}"`;
      draft.set(id, { doc: structuredClone(operation.doc), etag });
      return etag;
    });
    this.#partitions.set(pk, draft);
    for (const each of operations) {
      if (each.kind !== "delete") for (const unread of this.#unread) unread.set(`${pk}/${each.doc.id}`, each.doc);
    }
    this.afterBatch(pk, operations);
    return etags;
  }

  changes(): ChangeCursor {
    const unread = new Map<string, LedgerDocument>();
    this.#unread.add(unread);
    return {
      next: async () => {
        const changed = [...unread.values()].map((doc) => structuredClone(doc));
        unread.clear();
        return changed;
      },
    };
  }

  /** Every document as it is: for looking, not for changing. */
  all(): readonly LedgerDocument[] {
    return [...this.#partitions.values()].flatMap((partition) => [...partition.values()].map(({ doc }) => doc));
  }

  async range<T extends LedgerDocument>(pk: string, from: string, to: string, limit: number) {
    const all = [...(this.#partitions.get(pk) ?? new Map<string, Stored>()).entries()];
    return all
      .filter(([id]) => id >= from && id < to)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, limit)
      .map(([, stored]) => structuredClone(stored) as Stored<T>);
  }

  async find<T extends LedgerDocument>({ orderBy, limit, ...query }: Find<T>): Promise<readonly Stored<T>[]> {
    return this.#matching(query)
      .sort((a, b) => (String(a.doc[orderBy]) < String(b.doc[orderBy]) ? -1 : 1))
      .slice(0, limit);
  }

  async count<T extends LedgerDocument>(query: Omit<Find<T>, "orderBy" | "limit">): Promise<number> {
    return this.#matching(query).length;
  }

  #matching<T extends LedgerDocument>({
    type,
    pk,
    where = {},
    below = {},
    above = {},
  }: Omit<Find<T>, "orderBy" | "limit">) {
    const partitions = pk === undefined ? [...this.#partitions.values()] : [this.#partitions.get(pk) ?? new Map()];
    const field = (stored: Stored, key: string) => (stored.doc as unknown as Record<string, unknown>)[key];
    return partitions
      .flatMap((partition) => [...partition.values()] as Stored[])
      .filter((stored) => stored.doc.type === type)
      .filter((stored) => Object.entries(where).every(([key, value]) => field(stored, key) === value))
      .filter((stored) => Object.entries(below).every(([key, value]) => String(field(stored, key)) < String(value)))
      .filter((stored) => Object.entries(above).every(([key, value]) => String(field(stored, key)) > String(value)))
      .map((stored) => structuredClone(stored) as Stored<T>);
  }

  async outbox(createdBefore: string, limit: number): Promise<readonly Stored<OutboxDocument>[]> {
    return [...this.#partitions.values()]
      .flatMap((partition) => [...partition.values()])
      .filter((stored): stored is Stored<OutboxDocument> => stored.doc.type === "outbox")
      .filter((stored) => stored.doc.createdAt <= createdBefore)
      .slice(0, limit);
  }

  async project(container: ProjectionContainer, partition: string, row: ProjectionRow): Promise<void> {
    const key = `${container}/${partition}/${row.id}`;
    if ((this.#rows.get(key)?.version ?? -1) <= row.version) this.#rows.set(key, structuredClone(row));
  }

  async list(container: ProjectionContainer, partition: string, query: ListQuery): Promise<readonly ProjectionRow[]> {
    const sign = query.direction === "ascending" ? 1 : -1;
    const { skip = 0, from } = query;
    const at = (row: ProjectionRow) => String(row[query.orderBy]);
    return [...this.#rows.entries()]
      .filter(([key, row]) => key.startsWith(`${container}/${partition}/`) && row.tenantId === query.tenantId)
      .map(([, row]) => row)
      .filter((row) => from === undefined || (sign > 0 ? at(row) >= from : at(row) <= from))
      .sort((a, b) => sign * (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0))
      .slice(skip, skip + query.limit);
  }

  async between(container: ProjectionContainer, query: RangeQuery): Promise<readonly ProjectionRow[]> {
    const at = (row: ProjectionRow) => String(row[query.field]);
    return [...this.#rows.entries()]
      .filter(([key, row]) => key.startsWith(`${container}/`) && row.tenantId === query.tenantId)
      .map(([, row]) => row)
      .filter((row) => at(row) >= query.from && at(row) < query.to)
      .sort((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0))
      .slice(query.skip, query.skip + query.limit);
  }

  async jobFacts(tenantId: string, from: string, to: string): Promise<readonly JobFacts[]> {
    return [...this.#rows.entries()]
      .filter(([key, row]) => key.startsWith("deployments/") && row.tenantId === tenantId)
      .map(([, row]) => row as unknown as JobFacts)
      .filter(({ createdAt }) => createdAt >= from && createdAt < to);
  }

  async jobTimes(tenantId: string, since: string): Promise<readonly JobTimes[]> {
    return [...this.#rows.entries()]
      .filter(([key, row]) => key.startsWith("jobs/") && row.tenantId === tenantId && String(row.createdAt) >= since)
      .map(([, { status, view }]) => ({ ...(view as JobTimes), status: String(status) }));
  }
}
