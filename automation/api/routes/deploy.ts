import { createRoute, z } from "@hono/zod-openapi";
import { AutomationError } from "../../errors.ts";
import { logLine } from "../../jobs/deploymentView.ts";
import type { JobDocument, TenantContext } from "../../jobs/documents.ts";
import type { JobLedger } from "../../jobs/ledger.ts";
import { startDeployment } from "../../jobs/startDeployment.ts";
import { startRetry } from "../../jobs/startRetry.ts";
import { checkedRepo } from "../../repos/repoTarget.ts";
import { addDomain } from "../addDomain.ts";
import type { Api, ApiServices } from "../context.ts";
import { Next, Page } from "../cursor.ts";
import { Deploy, DeploymentView } from "../deploymentSchemas.ts";
import { problems } from "../problem.ts";
import { RETRY_PROBLEMS, RETRY_TEXT, Retry } from "../retrySchemas.ts";
import { AppId, IdempotencyKey, JobId, json } from "../schemas.ts";
import { deployments, viewDeployment } from "../viewDeployment.ts";

const LogLine = z.object({
  seq: z.int(),
  at: z.string(),
  level: z.string(),
  step: z.string().optional(),
  message: z.string(),
});

const createDeployment = createRoute({
  operationId: "createDeployment",
  method: "post",
  path: "/deploy",
  summary: "Deploy the files of an app: validate, container, sync, build, deploy, cleanup",
  request: {
    headers: z.object({ "idempotency-key": z.string().min(1).max(200).optional() }),
    body: { required: true, content: { "application/json": { schema: Deploy } } },
  },
  responses: {
    202: json(DeploymentView, "The deployment is accepted"),
    ...problems(
      "INVALID_REQUEST",
      "MALFORMED_BODY",
      "APP_NOT_FOUND",
      "APP_DESTROYED",
      "SOURCE_MISSING",
      "DOMAIN_INVALID",
      "DOMAIN_SERVICE",
      "DOMAIN_TAKEN",
      "REPO_INVALID",
      "TENANT_QUOTA",
      "PLAN_INACTIVE",
      "BODY_TOO_LARGE",
      "UNSUPPORTED_TYPE",
    ),
  },
});

const request = { params: z.object({ id: JobId }) };

const getDeploymentStatus = createRoute({
  operationId: "getDeploymentStatus",
  method: "get",
  path: "/deploy/{id}/status",
  summary: "Where a deployment stands",
  request,
  responses: { 200: json(DeploymentView, "The deployment as it is now"), ...problems("DEPLOYMENT_NOT_FOUND") },
});

const getDeploymentLogs = createRoute({
  operationId: "getDeploymentLogs",
  method: "get",
  path: "/deploy/{id}/logs",
  summary: "The log of a deployment, oldest line first",
  request: {
    ...request,
    query: z.object({
      after: z.coerce.number().int().min(0).default(0).openapi({ description: "Only lines after this number." }),
      limit: z.coerce.number().int().min(1).max(1_000).default(500),
    }),
  },
  responses: {
    200: json(z.object({ lines: z.array(LogLine), last: z.int() }), "Lines; `last` is the `after` of the next call"),
    ...problems("DEPLOYMENT_NOT_FOUND", "INVALID_REQUEST"),
  },
});

const cancelDeployment = createRoute({
  operationId: "cancelDeployment",
  method: "post",
  path: "/deploy/{id}/cancel",
  summary: "Ask for the end of a deployment",
  request,
  responses: {
    202: json(DeploymentView, "The request is recorded"),
    ...problems("DEPLOYMENT_NOT_FOUND", "WRONG_STATE"),
  },
});

const retryDeployment = createRoute({
  operationId: "retryDeployment",
  method: "post",
  path: "/deploy/{id}/retry",
  summary: "Deploy the same files again after a failure or a cancel, as a new deployment",
  description: RETRY_TEXT,
  request: { ...request, headers: IdempotencyKey, body: { content: { "application/json": { schema: Retry } } } },
  responses: {
    202: json(DeploymentView, "The new deployment"),
    ...problems("DEPLOYMENT_NOT_FOUND", ...RETRY_PROBLEMS),
  },
});

const listDeployments = createRoute({
  operationId: "listDeployments",
  method: "get",
  path: "/deploy/project/{id}",
  summary: "The deployments of an app, newest first",
  request: { params: z.object({ id: AppId }), query: Page },
  responses: {
    200: json(z.object({ deployments: z.array(DeploymentView), next: Next }), "A page of deployments"),
    ...problems("APP_NOT_FOUND", "INVALID_REQUEST"),
  },
});

export function mountDeploy(api: Api, services: ApiServices): void {
  const { ledger, gitHosts } = services;
  api.openapi(createDeployment, async (c) => {
    const { appId, options, customDomain, repo: wish } = c.req.valid("json");
    const key = c.req.valid("header")["idempotency-key"];
    const repo = wish && checkedRepo(wish, gitHosts);
    if (customDomain !== undefined) await addDomain(services, c.var.principal, appId, customDomain);
    const job = await startDeployment(ledger, c.var.principal, appId, options, key, repo);
    c.header("location", `/deploy/${job.jobId}/status`);
    return c.json(viewDeployment(job), 202);
  });
  api.openapi(getDeploymentStatus, async (c) => {
    const job = await deployment(ledger, c.var.principal, c.req.valid("param").id);
    c.set("version", job.version);
    return c.json(viewDeployment(job), 200);
  });
  api.openapi(getDeploymentLogs, async (c) => {
    const { after, limit } = c.req.valid("query");
    const job = await deployment(ledger, c.var.principal, c.req.valid("param").id);
    const lines = (await ledger.eventsOf(job, after, limit)).map(logLine);
    return c.json({ lines, last: lines.at(-1)?.seq ?? after }, 200);
  });
  api.openapi(cancelDeployment, async (c) => {
    const job = await deployment(ledger, c.var.principal, c.req.valid("param").id);
    return c.json(viewDeployment(await ledger.requestCancel(c.var.principal, job.jobId)), 202);
  });
  api.openapi(retryDeployment, async (c) => {
    const job = await deployment(ledger, c.var.principal, c.req.valid("param").id);
    const { fromStep } = c.req.valid("json");
    const idempotencyKey = c.req.valid("header")["idempotency-key"];
    const next = await startRetry(ledger, c.var.principal, job.jobId, { fromStep, idempotencyKey });
    c.header("location", `/deploy/${next.jobId}/status`);
    return c.json(viewDeployment(next), 202);
  });
  api.openapi(listDeployments, async (c) => {
    const page = await deployments(services, c.var.principal, c.req.valid("param").id, c.req.valid("query"));
    return c.json(page, 200);
  });
}

/** @throws {AutomationError} `DEPLOYMENT_NOT_FOUND`, in the same shape for unknown and foreign ids */
export async function deployment(ledger: JobLedger, tenant: TenantContext, id: string): Promise<JobDocument> {
  try {
    return await ledger.job(tenant, id);
  } catch (error) {
    if (!(error instanceof AutomationError) || error.code !== "JOB_NOT_FOUND") throw error;
    throw new AutomationError("DEPLOYMENT_NOT_FOUND", { id }, { cause: error });
  }
}
