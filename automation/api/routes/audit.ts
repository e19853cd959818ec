import { createRoute, z } from "@hono/zod-openapi";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { JobId, json } from "../schemas.ts";

const AuditEntry = z
  .object({
    id: z.string(),
    jobId: z.string(),
    event: z.string(),
    message: z.string(),
    timestamp: z.string(),
    agentId: z.string().optional(),
    processingTime: z.number().optional().openapi({ description: "Seconds" }),
  })
  .openapi("AuditEntry");

const getJobAudit = createRoute({
  operationId: "getJobAudit",
  method: "get",
  path: "/jobs/{id}/audit",
  summary: "The audit trail of a job, in order",
  request: { params: z.object({ id: JobId }) },
  responses: { 200: json(z.object({ entries: z.array(AuditEntry) }), "All entries"), ...problems("JOB_NOT_FOUND") },
});

export function mountAudit(api: Api, { ledger, projections }: ApiServices): void {
  api.openapi(getJobAudit, async (c) => {
    const { tenantId } = c.var.principal;
    const { jobId } = await ledger.job(c.var.principal, c.req.valid("param").id);
    const query = { tenantId, orderBy: "id", direction: "ascending", limit: 5_000 } as const;
    const rows = await projections.list("auditLogs", jobId, query);
    return c.json({ entries: rows.map((row) => AuditEntry.parse(row)) }, 200);
  });
}
