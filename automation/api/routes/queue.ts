import { createRoute } from "@hono/zod-openapi";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { Redrive, Redriven } from "../queueSchemas.ts";
import { operatorsOnly } from "../rights.ts";
import { json } from "../schemas.ts";

const redrive = createRoute({
  operationId: "redrive",
  method: "post",
  path: "/queue/redrive",
  summary: "Try jobs again that were given up (operators)",
  description:
    "Each gets a new series of attempts at the end of its app's line. `all` takes the oldest first, as many as the rate allows.",
  middleware: [operatorsOnly] as const,
  request: { body: { required: true, content: { "application/json": { schema: Redrive } } } },
  responses: {
    202: json(Redriven, "They are queued again"),
    ...problems("INVALID_REQUEST", "MALFORMED_BODY", "JOB_NOT_FOUND", "WRONG_STATE", "TENANT_QUOTA", "RATE_LIMITED"),
  },
});

export function mountQueue(api: Api, { ledger, store }: ApiServices): void {
  api.openapi(redrive, async (c) => {
    const tenant = c.var.principal;
    const { jobId, limit = 20, reason } = c.req.valid("json");
    if (jobId === undefined) return c.json(await ledger.redriveAll(tenant, reason, limit), 202);
    await ledger.redrive(tenant, jobId, reason);
    const left = await store.count({ type: "job", where: { tenantId: tenant.tenantId, state: "dead" } });
    return c.json({ redriven: [jobId], left }, 202);
  });
}
