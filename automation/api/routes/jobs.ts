import { createRoute, z } from "@hono/zod-openapi";
import { checkedRepo } from "../../repos/repoTarget.ts";
import type { Api, ApiServices } from "../context.ts";
import { Next, Page, readPage } from "../cursor.ts";
import { problems } from "../problem.ts";
import { CreateJob, IdempotencyKey, JobId, JobView, json } from "../schemas.ts";
import { viewJob } from "../view.ts";

const createJob = createRoute({
  operationId: "createJob",
  method: "post",
  path: "/jobs",
  summary: "Describe an app, or a change of one; a worker makes it",
  request: {
    headers: IdempotencyKey,
    body: { required: true, content: { "application/json": { schema: CreateJob } } },
  },
  responses: {
    202: json(JobView, "The job is accepted"),
    ...problems(
      "INVALID_REQUEST",
      "IDEMPOTENCY_MISMATCH",
      "STILL_ACCEPTING",
      "MALFORMED_BODY",
      "APP_NOT_FOUND",
      "APP_DESTROYED",
      "APP_FILES_ARE_OWN",
      "APP_IS_PROMOTED",
      "REPO_INVALID",
      "TENANT_QUOTA",
      "PLAN_INACTIVE",
      "MODEL_UNKNOWN",
      "MODEL_KEY_MISSING",
      "MODEL_CAP_REACHED",
      "RATE_LIMITED",
      "BODY_TOO_LARGE",
      "UNSUPPORTED_TYPE",
    ),
  },
});

const listJobs = createRoute({
  operationId: "listJobs",
  method: "get",
  path: "/jobs",
  summary: "Your jobs, newest first",
  request: { query: Page },
  responses: {
    200: json(z.object({ jobs: z.array(JobView), next: Next }), "A page of jobs"),
    ...problems("INVALID_REQUEST"),
  },
});

const getJobStatus = createRoute({
  operationId: "getJobStatus",
  method: "get",
  path: "/jobs/{id}",
  summary: "One job",
  request: { params: z.object({ id: JobId }) },
  responses: { 200: json(JobView, "The job as it is now"), ...problems("JOB_NOT_FOUND") },
});

export function mountJobs(api: Api, services: ApiServices): void {
  const { ledger, models, projections, gitHosts } = services;
  api.openapi(createJob, async (c) => {
    const idempotencyKey = c.req.valid("header")["idempotency-key"];
    const tenant = c.var.principal;
    const { model, repo: wish, ...wanted } = c.req.valid("json");
    const repo = wish && { repo: checkedRepo(wish, gitHosts) };
    if (model) await models.choices.check(tenant.tenantId, model);
    const options = model ? { ...wanted.options, model } : wanted.options;
    const job = await ledger.create(tenant, { ...wanted, ...(options && { options }), ...repo, idempotencyKey });
    c.header("location", `/jobs/${job.jobId}`);
    return c.json(await viewJob(services, tenant, job), 202);
  });
  api.openapi(listJobs, async (c) => {
    const { tenantId, userId } = c.var.principal;
    const wish = { tenantId, orderBy: "createdAt", direction: "descending", ...c.req.valid("query") } as const;
    const { rows, ...more } = await readPage(projections, "jobs", userId, wish);
    return c.json({ jobs: rows.map((row) => row.view as JobView), ...more }, 200);
  });
  api.openapi(getJobStatus, async (c) => {
    const tenant = c.var.principal;
    const job = await ledger.job(tenant, c.req.valid("param").id);
    c.set("version", job.version);
    return c.json(await viewJob(services, tenant, job), 200);
  });
}
