import { LRUCache } from "lru-cache";
import { AutomationError } from "../errors.ts";
import { JOB_KINDS, type JobDocument, type LedgerDocument } from "./documents.ts";
import { JOB_STATES } from "./states.ts";
import type { Find, LedgerStore, Stored, StoreOperation } from "./store.ts";

/** By type of document: the form that a release writes, and the newest that it understands. What is not named has the form 1. */
export type Forms = Readonly<Partial<Record<LedgerDocument["type"], number>>>;

/**
 * Forms of this release. A form is raised when its meaning changes or a closed list gets a new value (a kind or state of a job, a kind of
 * a note); an additional field that may be absent raises nothing (docs/operations.md, "Two releases side by side").
 */
export const FORMS: Forms = {
  endpoint: 2, // may be of the kind `mail`
};

/** As {@link FORMS}, of the messages in the queue. */
export const MESSAGE_FORM = 1;

/** ETags of rows of newer releases that a process remembers. */
const KNOWN_ETAGS = 10_000;

/** Whether a newer release wrote it: it can be shown, and must not be changed. */
export function isNewer({ type, schema }: Pick<LedgerDocument, "type" | "schema">, forms: Forms = FORMS): boolean {
  return schema > (forms[type] ?? 1);
}

/** Whether this release knows what to do with a job. */
export function knowsJob(job: JobDocument, forms: Forms = FORMS): boolean {
  return !isNewer(job, forms) && JOB_KINDS.includes(job.kind) && JOB_STATES.includes(job.state);
}

/** @throws {AutomationError} `ROW_IS_NEWER` */
export function refuseNewer(doc: LedgerDocument, forms: Forms = FORMS): void {
  if (isNewer(doc, forms)) throw new AutomationError("ROW_IS_NEWER", { row: doc.id, schema: doc.schema });
}

/**
 * The same store, as a process of a release uses it: what it writes gets the form of the release, and what a newer release wrote is read
 * and never written over: neither what is carried along from it nor what is built afresh in its place.
 *
 * Throws `ROW_IS_NEWER` for such a batch, of which nothing is written.
 */
export function formedStore<T extends LedgerStore>(store: T, forms: Forms = FORMS): T {
  const newer = new LRUCache<string, true>({ max: KNOWN_ETAGS });
  const seen = <D extends LedgerDocument>(each: Stored<D>): Stored<D> => {
    if (isNewer(each.doc, forms)) newer.set(`${each.doc.id} ${each.etag}`, true);
    return each;
  };
  const formed = (operation: StoreOperation): StoreOperation => {
    const id = operation.kind === "delete" ? operation.id : operation.doc.id;
    if ("etag" in operation && newer.has(`${id} ${operation.etag}`))
      throw new AutomationError("ROW_IS_NEWER", { row: id, schema: "newer" });
    if (operation.kind === "delete") return operation;
    refuseNewer(operation.doc, forms);
    return { ...operation, doc: { ...operation.doc, schema: forms[operation.doc.type] ?? 1 } };
  };
  const own: Partial<LedgerStore> = {
    read: async <D extends LedgerDocument>(pk: string, id: string) => {
      const found = await store.read<D>(pk, id);
      return found && seen(found);
    },
    range: async <D extends LedgerDocument>(pk: string, from: string, to: string, limit: number) =>
      (await store.range<D>(pk, from, to, limit)).map(seen),
    find: async <D extends LedgerDocument>(query: Find<D>) => (await store.find<D>(query)).map(seen),
    outbox: async (createdBefore, limit) => (await store.outbox(createdBefore, limit)).map(seen),
    batch: async (pk, operations) => store.batch(pk, operations.map(formed)),
  };
  return new Proxy(store, {
    get(of, name) {
      const found: unknown = Reflect.get(own, name) ?? Reflect.get(of, name, of);
      return typeof found === "function" && !Reflect.has(own, name) ? found.bind(of) : found;
    },
  });
}
