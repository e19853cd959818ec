import { createHash } from "node:crypto";
import { type AppDocument, appPk, type JobDocument, jobDocId, type OutboxDocument } from "../jobs/documents.ts";
import { isTerminal, type JobStatus, statusOf } from "../jobs/states.ts";
import { type LedgerStore, StoreConflict } from "../jobs/store.ts";
import { type EndpointDocument, type EventType, notifyPk, type OutgoingEvent } from "./documents.ts";
import { MAX_ENDPOINTS } from "./endpoints.ts";
import { newNotification } from "./newNotification.ts";

const TYPES: Partial<Readonly<Record<JobStatus, EventType>>> = {
  succeeded: "job.succeeded",
  finalized: "job.succeeded",
  failed: "job.failed",
  cancelled: "job.cancelled",
};

/**
 * Writes down what the end of a job is to tell the endpoints of its tenant. Done twice it is as done once: event and rows have ids
 * made of the end's own.
 */
export function announceEnd(store: Pick<LedgerStore, "read" | "batch" | "range">) {
  return async (note: OutboxDocument): Promise<void> => {
    const { appId, jobId, tenantId } = note;
    const pk = notifyPk(tenantId);
    const endpoints = await store.range<EndpointDocument>(pk, "endpoint:", "endpoint;", MAX_ENDPOINTS * 2);
    const active = endpoints.filter(({ doc }) => doc.status === "active");
    if (active.length === 0) return;
    const [job, app] = await Promise.all([
      store.read<JobDocument>(appPk(appId), jobDocId(jobId)),
      store.read<AppDocument>(appPk(appId), "app"),
    ]);
    if (!job || !isTerminal(job.doc.state)) return; // it was taken up again: its next end tells
    const event = eventOf(note, job.doc, app?.doc.title);
    if (!event) return;
    for (const { doc } of active) {
      if (!doc.events.some((each) => each === event.type)) continue;
      try {
        await store.batch(pk, [{ kind: "create", doc: newNotification(doc, event) }]);
      } catch (error) {
        if (!(error instanceof StoreConflict)) throw error; // it was written down before
      }
    }
  };
}

function eventOf(note: OutboxDocument, job: JobDocument, title: string | undefined): OutgoingEvent | undefined {
  const status = statusOf(job.state);
  const type = TYPES[status];
  if (!type) return undefined;
  const { jobId, appId, kind, url, error } = job;
  const said = error && { code: error.code, title: error.title, detail: error.detail, fix: error.fix };
  const data = {
    jobId,
    appId,
    kind,
    status,
    ...(title !== undefined && { title }),
    ...(url !== undefined && status === "succeeded" && { url }),
    ...(said && type !== "job.succeeded" && { error: said }),
  };
  const id = `evt_${createHash("sha256").update(note.id).digest("hex").slice(0, 32)}`;
  return { id, type, createdAt: note.createdAt, data };
}
