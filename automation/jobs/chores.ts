import { SCHEDULE_PK, type TurnDocument } from "./documents.ts";
import { type LedgerStore, StoreConflict, type Stored } from "./store.ts";

/**
 * Chores that one process of many does, whoever comes first. A process that looks at intervals gets the turn when nobody else had it
 * since its last look; clocks are not compared, and the death of one costs an interval.
 */
export class Chores {
  readonly #store: Pick<LedgerStore, "read" | "batch">;
  readonly #by: string;
  readonly #seen = new Map<string, string>();

  constructor(store: Pick<LedgerStore, "read" | "batch">, by: string) {
    this.#store = store;
    this.#by = by;
  }

  /** @returns the turn with how far the chore had come; nothing when somebody else has it */
  async take(name: string): Promise<Stored<TurnDocument> | undefined> {
    const id = `turn-${name}`;
    const found = await this.#store.read<TurnDocument>(SCHEDULE_PK, id);
    const seen = this.#seen.get(name);
    this.#seen.set(name, found?.etag ?? "");
    // At the first look nothing is known about the others.
    if (found && seen !== found.etag) return undefined;
    const base = { id, pk: SCHEDULE_PK, schema: 1, type: "turn", by: this.#by } as const;
    return this.#put({ ...found?.doc, ...base, count: (found?.doc.count ?? 0) + 1 }, found?.etag);
  }

  /** Keeps how far a chore has come, for whoever does it next. */
  async reached(turn: Stored<TurnDocument>, until: string): Promise<void> {
    await this.#put({ ...turn.doc, until }, turn.etag);
  }

  async #put(doc: TurnDocument, etag: string | undefined): Promise<Stored<TurnDocument> | undefined> {
    try {
      const operation =
        etag === undefined ? ({ kind: "create", doc } as const) : ({ kind: "replace", doc, etag } as const);
      const [next = ""] = await this.#store.batch(SCHEDULE_PK, [operation]);
      this.#seen.set(doc.id.slice("turn-".length), next);
      return { doc, etag: next };
    } catch (error) {
      if (error instanceof StoreConflict) return undefined;
      throw error;
    }
  }
}
