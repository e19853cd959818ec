import { type NewEvent, planWrite } from "../jobs/change.ts";
import { type AppDocument, appPk, type JobDocument, type OutboxDocument } from "../jobs/documents.ts";
import { type LedgerStore, StoreConflict, type Stored } from "../jobs/store.ts";

export interface AppWriter {
  readonly store: Pick<LedgerStore, "find" | "batch">;
  readonly dispatch: (notes: readonly OutboxDocument[]) => void;
}

const NEWEST_OF = 1_000;

/**
 * Changes an app and tells it as an event of its newest job, in one transaction: the event is audited as its type says, and seen by
 * whoever follows the job.
 *
 * @returns the app afterwards; nothing when somebody else changed it meanwhile, or when it never had a job
 */
export async function tellAndChange(
  { store, dispatch }: AppWriter,
  app: Stored<AppDocument>,
  change: Partial<AppDocument>,
  event: NewEvent,
  nowMs: number,
): Promise<AppDocument | undefined> {
  const job = await newestJob(store, app.doc.appId);
  if (!job) return undefined;
  const write = planWrite({ app, job }, { app: change, events: [event] }, nowMs);
  try {
    await store.batch(app.doc.pk, write.operations);
  } catch (error) {
    if (error instanceof StoreConflict) return undefined;
    throw error;
  }
  dispatch(write.outbox);
  return write.app;
}

async function newestJob(store: AppWriter["store"], appId: string): Promise<Stored<JobDocument> | undefined> {
  const query = { type: "job", pk: appPk(appId), orderBy: "createdAt", limit: NEWEST_OF } as const;
  return (await store.find<JobDocument>(query)).at(-1);
}
