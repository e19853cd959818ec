import { randomUUID } from "node:crypto";
import type { TenantContext } from "../jobs/documents.ts";
import type { ProjectionStore } from "../jobs/store.ts";

/** Writes a row of the audit trail that belongs to a tenant and to none of its jobs. */
export type TenantAudit = (tenant: TenantContext, event: string, message: string) => Promise<void>;

/** Rows in the container `auditLogs`, under the key `tenant:<tenantId>` in place of a job's id. */
export function tenantAudit(projections: ProjectionStore, now: () => number = Date.now): TenantAudit {
  return async ({ tenantId, userId }, event, message) => {
    const jobId = `tenant:${tenantId}`;
    const timestamp = new Date(now()).toISOString();
    const row = { id: randomUUID(), version: 1, jobId, tenantId, userId, event, message, timestamp };
    await projections.project("auditLogs", jobId, row);
  };
}
