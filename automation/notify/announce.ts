import { createHash } from "node:crypto";
import {
  type AppDocument,
  type AuditRow,
  appPk,
  type JobDocument,
  jobDocId,
  type OutboxDocument,
} from "../jobs/documents.ts";
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
    const active = await activeEndpoints(store, tenantId);
    if (active.length === 0) return;
    const [job, app] = await Promise.all([
      store.read<JobDocument>(appPk(appId), jobDocId(jobId)),
      store.read<AppDocument>(appPk(appId), "app"),
    ]);
    if (!job || !isTerminal(job.doc.state)) return; // it was taken up again: its next end tells
    const event = eventOf(note, job.doc, app?.doc.title);
    if (!event) return;
    await writeDown(store, active, event);
  };
}

/** What an outbox tells the endpoints of tenants. */
export function announcing(store: Pick<LedgerStore, "read" | "batch" | "range">) {
  return { onEnd: announceEnd(store), onNews: announceNews(store) };
}

/** What of the audit trail is told besides the ends of jobs. */
const NEWS: Readonly<Record<string, EventType>> = { expiry_notice: "app.expiring", drift_found: "app.drifted" };

/** Writes down what rows of the audit trail are to tell; done twice it is as done once. */
export function announceNews(store: Pick<LedgerStore, "batch" | "range">) {
  return async ({ appId, tenantId }: JobDocument, rows: readonly AuditRow[]): Promise<void> => {
    const news = rows.filter(({ event }) => NEWS[event] !== undefined);
    if (news.length === 0) return;
    const active = await activeEndpoints(store, tenantId);
    for (const { id, event, jobId, message, timestamp: createdAt } of news) {
      const type = NEWS[event];
      if (type) await writeDown(store, active, { id: eventId(id), type, createdAt, data: { appId, jobId, message } });
    }
  };
}

async function activeEndpoints(
  store: Pick<LedgerStore, "range">,
  tenantId: string,
): Promise<readonly EndpointDocument[]> {
  const all = await store.range<EndpointDocument>(notifyPk(tenantId), "endpoint:", "endpoint;", MAX_ENDPOINTS * 2);
  return all.map(({ doc }) => doc).filter(({ status }) => status === "active");
}

async function writeDown(
  store: Pick<LedgerStore, "batch">,
  endpoints: readonly EndpointDocument[],
  event: OutgoingEvent,
): Promise<void> {
  for (const endpoint of endpoints) {
    if (!endpoint.events.some((each) => each === event.type)) continue;
    try {
      await store.batch(endpoint.pk, [{ kind: "create", doc: newNotification(endpoint, event) }]);
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error; // it was written down before
    }
  }
}

function eventId(of: string): string {
  return `evt_${createHash("sha256").update(of).digest("hex").slice(0, 32)}`;
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
  return { id: eventId(note.id), type, createdAt: note.createdAt, data };
}
