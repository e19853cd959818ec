import { isDeepStrictEqual } from "node:util";
import { toErrorRecord } from "../errors.ts";
import { type Pause, pause } from "./pause.ts";
import { type LedgerStore, StoreConflict, type StoreOperation } from "./store.ts";

const TRIES = 5;
const PAUSE_MS = 20;
/** Whoever waits is told: a store that took so long to fail is asked once more at most. */
const PATIENCE_MS = 1_000;

/**
 * Makes a conditional write whose answer may get lost. After an error that says nothing of the write, its effect is looked for, and it is
 * made again when there is none; a conflict with an earlier try of its own is its success.
 *
 * @param landed what the write would have given, when what it was to leave is there
 * @throws {StoreConflict} when somebody else was faster, and what the last try met
 */
export async function surely<T>(
  write: () => Promise<T>,
  landed: () => Promise<{ readonly result: T } | undefined>,
  wait: Pause = pause,
): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      const conflict = error instanceof StoreConflict;
      if (conflict ? attempt === 1 : toErrorRecord(error).class !== "infrastructure") throw error;
      const found = await landed().catch(() => undefined);
      if (found) return found.result;
      if (conflict || attempt >= TRIES || (attempt > 1 && performance.now() > end)) throw error;
      await wait(Math.random() * PAUSE_MS * 2 ** (attempt - 1));
    }
  }
}

/**
 * A transaction of few documents, as {@link surely}: it has landed when every document that it was to leave is there, equal in all fields.
 * What is meant for its writer alone, as a claim, must have something of the writer in it: others may write the same in the same moment.
 *
 * @returns as {@link LedgerStore.batch}
 */
export async function writeSurely(
  store: Pick<LedgerStore, "read" | "batch">,
  pk: string,
  operations: readonly StoreOperation[],
  wait?: Pause,
): Promise<readonly string[]> {
  return surely(
    () => store.batch(pk, operations),
    async () => {
      const etags = await Promise.all(operations.map((each) => left(store, pk, each)));
      return etags.includes(undefined) ? undefined : { result: etags as readonly string[] };
    },
    wait,
  );
}

/** @returns the ETag of what the operation was to leave; empty for a delete; nothing when it is not so */
async function left(
  store: Pick<LedgerStore, "read">,
  pk: string,
  operation: StoreOperation,
): Promise<string | undefined> {
  const found = await store.read(pk, operation.kind === "delete" ? operation.id : operation.doc.id);
  if (operation.kind === "delete") return found ? undefined : "";
  const { schema: _, ...wanted } = JSON.parse(JSON.stringify(operation.doc)); // as it is stored: without fields that are undefined
  if (!found) return undefined;
  const { schema: __, ...stored } = found.doc; // the form is the store's to give (forms.ts)
  return isDeepStrictEqual(stored, wanted) ? found.etag : undefined;
}
