import { PROFILES } from "@devfactory/stacks/spec/index.ts";
import { createRoute, z } from "@hono/zod-openapi";
import { promote } from "../../jobs/promote.ts";
import { startRetry } from "../../jobs/startRetry.ts";
import { expectedVersion } from "../conditional.ts";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { RETRY_PROBLEMS, RETRY_TEXT, Retry } from "../retrySchemas.ts";
import { IdempotencyKey, JobId, JobView, json } from "../schemas.ts";
import { viewJob } from "../view.ts";

const request = { params: z.object({ id: JobId }) };

const cancelJob = createRoute({
  operationId: "cancelJob",
  method: "post",
  path: "/jobs/{id}/cancel",
  summary: "Ask for the end of a job",
  request,
  responses: {
    202: json(JobView, "The request is recorded"),
    ...problems("JOB_NOT_FOUND", "WRONG_STATE", "CANCEL_NOT_PLACED", "VERSION_CHANGED", "INVALID_REQUEST"),
  },
});

const Finalize = z
  .strictObject({
    promote: z
      .strictObject({
        profile: z.enum(PROFILES),
        region: z
          .string()
          .regex(/^[a-z0-9]{2,40}$/, "must be an Azure region name such as westeurope")
          .optional(),
      })
      .optional()
      .openapi({ description: "Deploys the frozen version under another profile too, as an app of its own." }),
  })
  .openapi("Finalize");

const Finalized = JobView.extend({
  promotion: z
    .object({ appId: z.string(), jobId: z.string() })
    .optional()
    .openapi({ description: "The app that the version goes to, and the job that deploys it there" }),
}).openapi("FinalizedJob");

const finalizeJob = createRoute({
  operationId: "finalizeJob",
  method: "post",
  path: "/jobs/{id}/finalize",
  summary: "Freeze the version that a job deployed, and promote it",
  description:
    "The version is what the job deployed: images by digest, spec and files; it never changes. Its archives in `artifacts` are what is handed over. A repeated call goes on where it stopped.",
  request: { ...request, body: { content: { "application/json": { schema: Finalize } } } },
  responses: {
    200: json(Finalized, "The version is frozen"),
    ...problems(
      "JOB_NOT_FOUND",
      "WRONG_STATE",
      "VERSION_CHANGED",
      "INVALID_REQUEST",
      "MALFORMED_BODY",
      "PROMOTION_SAME_PROFILE",
      "TENANT_QUOTA",
      "RATE_LIMITED",
      "PLAN_INACTIVE",
    ),
  },
});

const retryJob = createRoute({
  operationId: "retryJob",
  method: "post",
  path: "/jobs/{id}/retry",
  summary: "Do the work of a failed or cancelled job again, as a new job",
  description: RETRY_TEXT,
  request: { ...request, headers: IdempotencyKey, body: { content: { "application/json": { schema: Retry } } } },
  responses: { 202: json(JobView, "The new job"), ...problems("JOB_NOT_FOUND", ...RETRY_PROBLEMS) },
});

export function mountJobActions(api: Api, services: ApiServices): void {
  const { ledger } = services;
  api.openapi(cancelJob, async (c) => {
    const tenant = c.var.principal;
    const job = await ledger.requestCancel(tenant, c.req.valid("param").id, expectedVersion(c));
    return c.json(await viewJob(services, tenant, job), 202);
  });
  api.openapi(finalizeJob, async (c) => {
    const tenant = c.var.principal;
    const { id } = c.req.valid("param");
    const { promote: wish } = c.req.valid("json");
    const job = await ledger.finalize(tenant, id, expectedVersion(c));
    const view = await viewJob(services, tenant, job);
    if (!wish) return c.json(view, 200);
    const { appId, jobId } = await promote(services, tenant, id, wish);
    return c.json({ ...view, promotion: { appId, jobId } }, 200);
  });
  api.openapi(retryJob, async (c) => {
    const tenant = c.var.principal;
    const { fromStep } = c.req.valid("json");
    const idempotencyKey = c.req.valid("header")["idempotency-key"];
    const job = await startRetry(ledger, tenant, c.req.valid("param").id, { fromStep, idempotencyKey });
    c.header("location", `/jobs/${job.jobId}`);
    return c.json(await viewJob(services, tenant, job), 202);
  });
}
