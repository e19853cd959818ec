import { createRoute, z } from "@hono/zod-openapi";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { IdempotencyKey, JobId, JobView, json } from "../schemas.ts";
import { viewJob } from "../view.ts";

const request = { params: z.object({ id: JobId }) };

const cancelJob = createRoute({
  operationId: "cancelJob",
  method: "post",
  path: "/jobs/{id}/cancel",
  summary: "Ask for the end of a job",
  request,
  responses: { 202: json(JobView, "The request is recorded"), ...problems("JOB_NOT_FOUND", "WRONG_STATE") },
});

const finalizeJob = createRoute({
  operationId: "finalizeJob",
  method: "post",
  path: "/jobs/{id}/finalize",
  summary: "Freeze the version that a job deployed",
  request,
  responses: { 200: json(JobView, "The version is frozen"), ...problems("JOB_NOT_FOUND", "WRONG_STATE") },
});

const retryJob = createRoute({
  operationId: "retryJob",
  method: "post",
  path: "/jobs/{id}/retry",
  summary: "Do the work of a failed or cancelled job again, as a new job",
  request: { ...request, headers: IdempotencyKey },
  responses: {
    202: json(JobView, "The new job"),
    ...problems(
      "JOB_NOT_FOUND",
      "WRONG_STATE",
      "APP_DESTROYED",
      "TENANT_QUOTA",
      "PLAN_INACTIVE",
      "RATE_LIMITED",
      "IDEMPOTENCY_MISMATCH",
      "STILL_ACCEPTING",
    ),
  },
});

export function mountJobActions(api: Api, services: ApiServices): void {
  const { ledger } = services;
  api.openapi(cancelJob, async (c) => {
    const tenant = c.var.principal;
    const job = await ledger.requestCancel(tenant, c.req.valid("param").id);
    return c.json(await viewJob(services, tenant, job), 202);
  });
  api.openapi(finalizeJob, async (c) => {
    const tenant = c.var.principal;
    const job = await ledger.finalize(tenant, c.req.valid("param").id);
    return c.json(await viewJob(services, tenant, job), 200);
  });
  api.openapi(retryJob, async (c) => {
    const tenant = c.var.principal;
    const job = await ledger.retry(tenant, c.req.valid("param").id, c.req.valid("header")["idempotency-key"]);
    c.header("location", `/jobs/${job.jobId}`);
    return c.json(await viewJob(services, tenant, job), 202);
  });
}
