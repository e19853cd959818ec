import { createRoute, z } from "@hono/zod-openapi";
import type { Api, ApiServices } from "../context.ts";
import { fromCursor, Next, Page, placeAfter, readPage, toCursor } from "../cursor.ts";
import { problems } from "../problem.ts";
import { operatorsOnly } from "../rights.ts";
import { JobId, json } from "../schemas.ts";

const AuditEntry = z
  .object({
    id: z.string(),
    jobId: z.string(),
    event: z.string(),
    message: z.string(),
    timestamp: z.string(),
    agentId: z.string().optional(),
    userId: z.string().optional(),
    processingTime: z.number().optional().openapi({ description: "Seconds" }),
  })
  .openapi("AuditEntry");

const getJobAudit = createRoute({
  operationId: "getJobAudit",
  method: "get",
  path: "/jobs/{id}/audit",
  summary: "The audit trail of a job, in order",
  request: { params: z.object({ id: JobId }), query: Page.extend({ limit: Page.shape.limit.default(200) }) },
  responses: {
    200: json(z.object({ entries: z.array(AuditEntry), next: Next }), "A page of entries"),
    ...problems("JOB_NOT_FOUND", "INVALID_REQUEST"),
  },
});

const Time = z.iso
  .datetime({ offset: true, error: "must be a time as 2026-11-28T10:00:00Z" })
  .transform((text) => new Date(text).toISOString());

const getAudit = createRoute({
  operationId: "getAudit",
  method: "get",
  path: "/audit",
  summary: "Who did what in your tenant, by time, oldest first",
  middleware: [operatorsOnly] as const,
  request: {
    query: z
      .object({
        from: Time.openapi({ description: "The first time that counts" }),
        to: Time.optional().openapi({ description: "The first time that no longer counts; default: now" }),
        limit: z.coerce.number().int().min(1).max(500).default(100),
        cursor: z.string().max(500).optional().openapi({ description: "`next` of the page before" }),
      })
      .refine(({ from, to }) => to === undefined || from < to, { path: ["to"], message: "must be later than `from`" }),
  },
  responses: {
    200: json(z.object({ entries: z.array(AuditEntry), next: Next }), "A page of entries"),
    ...problems("INVALID_REQUEST"),
  },
});

export function mountAudit(api: Api, { ledger, projections }: ApiServices): void {
  api.openapi(getJobAudit, async (c) => {
    const { tenantId } = c.var.principal;
    const { jobId } = await ledger.job(c.var.principal, c.req.valid("param").id);
    const wish = { tenantId, orderBy: "id", direction: "ascending", ...c.req.valid("query") } as const;
    const { rows, ...more } = await readPage(projections, "auditLogs", jobId, wish);
    return c.json({ entries: rows.map((row) => AuditEntry.parse(row)), ...more }, 200);
  });
  api.openapi(getAudit, async (c) => {
    const { tenantId } = c.var.principal;
    const { from, to = new Date().toISOString(), limit, cursor } = c.req.valid("query");
    const start = cursor === undefined ? { at: from, seen: 0 } : fromCursor(`${tenantId} audit`, cursor);
    const range = { tenantId, field: "timestamp", from: start.at, to, skip: start.seen, limit: limit + 1 };
    const rows = (await projections.between("auditLogs", range)).map((row) => AuditEntry.parse(row));
    const entries = rows.slice(0, limit);
    const end = placeAfter(
      entries.map(({ timestamp }) => timestamp),
      start,
    );
    return c.json({ entries, ...(rows.length > limit && { next: toCursor(`${tenantId} audit`, end) }) }, 200);
  });
}
