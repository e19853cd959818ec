import { PROFILES } from "@devfactory/stacks/spec/index.ts";
import { createRoute, z } from "@hono/zod-openapi";
import { AutomationError } from "../../errors.ts";
import { DEPLOYMENT_STATUSES, logLine, toDeploymentView } from "../../jobs/deploymentView.ts";
import { JOB_KINDS, type JobDocument, type TenantContext } from "../../jobs/documents.ts";
import type { JobLedger } from "../../jobs/ledger.ts";
import { startDeployment } from "../../jobs/startDeployment.ts";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { AppId, ErrorRecord, JobId, json, Page, Service, SourceView } from "../schemas.ts";

const Deploy = z
  .strictObject({
    appId: z.string().max(64).openapi({ description: "The app whose source is deployed.", example: "ak3m9x2pq7" }),
    options: z
      .strictObject({
        profile: z.enum(PROFILES).optional(),
        region: z
          .string()
          .regex(/^[a-z0-9]{2,40}$/, "must be an Azure region name such as westeurope")
          .optional(),
      })
      .optional(),
  })
  .openapi("Deploy");

export const DeploymentView = z
  .object({
    deploymentId: z.string(),
    projectId: z.string().openapi({ description: "The same as `appId`." }),
    appId: z.string(),
    kind: z.enum(JOB_KINDS),
    status: z.enum(DEPLOYMENT_STATUSES),
    step: z.string().optional().openapi({ description: "The step that runs." }),
    progress: z.int().min(0).max(100),
    steps: z.array(
      z.object({
        name: z.string(),
        status: z.enum(["ahead", "running", "succeeded", "failed", "cancelled", "skipped"]),
        startedAt: z.string().optional(),
        durationMs: z.number().optional(),
      }),
    ),
    attempts: z.int(),
    createdAt: z.string(),
    startedAt: z.string().optional(),
    finishedAt: z.string().optional(),
    durationMs: z.number().optional(),
    source: SourceView.optional(),
    services: z.array(Service),
    url: z.string().optional(),
    estimate: z.object({ monthlyUsd: z.number() }).optional(),
    cancel: z.object({ requestedAt: z.string(), by: z.string(), outcome: z.string().optional() }).optional(),
    error: ErrorRecord.optional(),
    retryOf: z.string().optional(),
  })
  .openapi("Deployment");

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
  request,
  responses: {
    202: json(DeploymentView, "The new deployment"),
    ...problems("DEPLOYMENT_NOT_FOUND", "WRONG_STATE", "APP_DESTROYED", "TENANT_QUOTA", "PLAN_INACTIVE"),
  },
});

const listDeployments = createRoute({
  operationId: "listDeployments",
  method: "get",
  path: "/deploy/project/{id}",
  summary: "The deployments of an app, newest first",
  request: { params: z.object({ id: AppId }), query: Page },
  responses: {
    200: json(z.object({ deployments: z.array(DeploymentView) }), "A page of deployments"),
    ...problems("APP_NOT_FOUND", "INVALID_REQUEST"),
  },
});

export type DeploymentView = z.infer<typeof DeploymentView>;

export function mountDeploy(api: Api, { ledger, projections }: ApiServices): void {
  api.openapi(createDeployment, async (c) => {
    const { appId, options } = c.req.valid("json");
    const key = c.req.valid("header")["idempotency-key"];
    const job = await startDeployment(ledger, c.var.principal, appId, options, key);
    c.header("location", `/deploy/${job.jobId}/status`);
    return c.json(toDeploymentView(job) as DeploymentView, 202);
  });
  api.openapi(getDeploymentStatus, async (c) => {
    const job = await deployment(ledger, c.var.principal, c.req.valid("param").id);
    return c.json(toDeploymentView(job) as DeploymentView, 200);
  });
  api.openapi(getDeploymentLogs, async (c) => {
    const { after, limit } = c.req.valid("query");
    const job = await deployment(ledger, c.var.principal, c.req.valid("param").id);
    const lines = (await ledger.eventsOf(job, after, limit)).map(logLine);
    return c.json({ lines, last: lines.at(-1)?.seq ?? after }, 200);
  });
  api.openapi(cancelDeployment, async (c) => {
    const job = await deployment(ledger, c.var.principal, c.req.valid("param").id);
    return c.json(toDeploymentView(await ledger.requestCancel(c.var.principal, job.jobId)) as DeploymentView, 202);
  });
  api.openapi(retryDeployment, async (c) => {
    const job = await deployment(ledger, c.var.principal, c.req.valid("param").id);
    const next = await ledger.retry(c.var.principal, job.jobId);
    c.header("location", `/deploy/${next.jobId}/status`);
    return c.json(toDeploymentView(next) as DeploymentView, 202);
  });
  api.openapi(listDeployments, async (c) => {
    const tenant = c.var.principal;
    const app = await ledger.app(tenant, c.req.valid("param").id);
    const query = {
      tenantId: tenant.tenantId,
      orderBy: "createdAt",
      direction: "descending",
      ...c.req.valid("query"),
    } as const;
    const rows = await projections.list("deployments", app.appId, query);
    // Rows are written at the start and the end of a deployment: those that run are read from the ledger.
    const jobs = await Promise.all(rows.map((row) => ledger.job(tenant, row.id)));
    return c.json({ deployments: jobs.map((job) => toDeploymentView(job) as DeploymentView) }, 200);
  });
}

/** @throws {AutomationError} `DEPLOYMENT_NOT_FOUND`, in the same shape for unknown and foreign ids */
async function deployment(ledger: JobLedger, tenant: TenantContext, id: string): Promise<JobDocument> {
  try {
    return await ledger.job(tenant, id);
  } catch (error) {
    if (!(error instanceof AutomationError) || error.code !== "JOB_NOT_FOUND") throw error;
    throw new AutomationError("DEPLOYMENT_NOT_FOUND", { id }, { cause: error });
  }
}
