import type { LedgerDocument } from "../documents.ts";
import type { Find, LedgerStore, Stored } from "../store.ts";

/** A field that this release does not know. */
const LATER = "laterField";
/** Kinds of rows that one worker makes and ends: nobody else's field can be in them. */
const OWN: ReadonlySet<string> = new Set(["step"]);

/**
 * The same store among processes of a newer release: every row that is read has a field that nobody here knows, and who writes the row
 * again must have carried it along. A row that was written here and by nobody since may lack it.
 *
 * @param dropped gets the ids of rows that were written without it
 */
export function laterFields<T extends LedgerStore>(store: T, dropped: string[]): T {
  const written = new Set<string>();
  /** By ETag: the job whose place it is. The place of the app's next job is a new one in the same row. */
  const places = new Map<string, string>();
  const later = <D extends LedgerDocument>({ doc, etag }: Stored<D>): Stored<D> => {
    if (doc.type === "place") places.set(etag, doc.jobId);
    return { doc: { ...doc, [LATER]: { of: doc.id } }, etag };
  };
  const own: Partial<LedgerStore> = {
    read: async <D extends LedgerDocument>(pk: string, id: string) => {
      const found = await store.read<D>(pk, id);
      return found && later(found);
    },
    range: async <D extends LedgerDocument>(pk: string, from: string, to: string, limit: number) =>
      (await store.range<D>(pk, from, to, limit)).map(later),
    find: async <D extends LedgerDocument>(query: Find<D>) => (await store.find<D>(query)).map(later),
    outbox: async (createdBefore, limit) => (await store.outbox(createdBefore, limit)).map(later),
    batch: async (pk, operations) => {
      for (const each of operations) {
        if (each.kind !== "replace" || OWN.has(each.doc.type)) continue;
        if (each.doc.type === "place" && places.get(each.etag) !== each.doc.jobId) continue;
        if (!(LATER in each.doc) && !written.has(each.etag)) dropped.push(each.doc.id);
      }
      const etags = await store.batch(pk, operations);
      for (const [index, each] of operations.entries())
        if (each.kind !== "delete" && !(LATER in each.doc)) written.add(etags[index] ?? "");
      return etags;
    },
  };
  return new Proxy(store, {
    get(of, name) {
      if (Reflect.has(own, name)) return Reflect.get(own, name);
      const found: unknown = Reflect.get(of, name, of);
      return typeof found === "function" ? found.bind(of) : found;
    },
  });
}
