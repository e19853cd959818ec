import { createRoute, z } from "@hono/zod-openapi";
import { type JobDocument, tenantPk } from "../../jobs/documents.ts";
import { statistics } from "../../jobs/statistics.ts";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { QueueStatus, Status } from "../queueSchemas.ts";
import { json } from "../schemas.ts";

const DAY_MS = 86_400_000;

const getStatus = createRoute({
  operationId: "getStatus",
  method: "get",
  path: "/status",
  summary: "How your tenant's jobs went: counts, success rate, durations",
  request: { query: z.object({ days: z.coerce.number().int().min(1).max(365).default(30) }) },
  responses: { 200: json(Status, "The numbers"), ...problems("INVALID_REQUEST") },
});

const getQueueStatus = createRoute({
  operationId: "getQueueStatus",
  method: "get",
  path: "/status/queue",
  summary: "What your tenant has in the queue",
  responses: { 200: json(QueueStatus, "The queue as it is now"), ...problems() },
});

export function mountStatus(api: Api, services: ApiServices): void {
  const { projections, store, scheduler, limitsOf } = services;
  api.openapi(getStatus, async (c) => {
    const { days } = c.req.valid("query");
    const since = new Date(Date.now() - days * DAY_MS).toISOString();
    const jobs = await projections.jobTimes(c.var.principal.tenantId, since);
    return c.json({ since, ...statistics(jobs) }, 200);
  });
  api.openapi(getQueueStatus, async (c) => {
    const { tenantId } = c.var.principal;
    const ofState = (state: string) => ({ type: "job", where: { tenantId, state } }) as const;
    const [schedule, dead, unfinished, oldest] = await Promise.all([
      scheduler.schedule(),
      store.count<JobDocument>(ofState("dead")),
      store.count({ type: "reservation", pk: tenantPk(tenantId) }),
      store.find<JobDocument>({ ...ofState("queued"), orderBy: "createdAt", limit: 1 }),
    ]);
    const { admitted = 0, waiting = 0 } = schedule.tenants[tenantId] ?? {};
    const inUse = Object.values(schedule.tenants).reduce((sum, line) => sum + line.admitted, 0);
    const { unfinished: most, concurrent, jobsPerMinute } = limitsOf(tenantId);
    const since = oldest[0]?.doc.createdAt;
    const oldestSeconds = since === undefined ? null : Math.max(0, (Date.now() - Date.parse(since)) / 1000);
    const limits = { unfinished: most, concurrent, jobsPerMinute };
    const slots = { inUse, all: scheduler.sharing.slots };
    return c.json({ active: admitted, waiting, unfinished, dead, oldestSeconds, limits, slots }, 200);
  });
}
