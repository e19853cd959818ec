import { createRoute, z } from "@hono/zod-openapi";
import { startRollback } from "../../jobs/startRollback.ts";
import type { Api, ApiServices } from "../context.ts";
import { Next, Page } from "../cursor.ts";
import { DeploymentView } from "../deploymentSchemas.ts";
import { problems } from "../problem.ts";
import { AppId, IdempotencyKey, JobId, json } from "../schemas.ts";
import { deployments, viewDeployment } from "../viewDeployment.ts";
import { deployment } from "./deploy.ts";

const getAppDeployments = createRoute({
  operationId: "getAppDeployments",
  method: "get",
  path: "/apps/{id}/deployments",
  summary: "All deployments of an app, newest first: images, revisions, commit, who, outcome, cost",
  request: { params: z.object({ id: AppId }), query: Page },
  responses: {
    200: json(z.object({ deployments: z.array(DeploymentView), next: Next }), "A page of deployments"),
    ...problems("APP_NOT_FOUND", "INVALID_REQUEST"),
  },
});

const rollback = createRoute({
  operationId: "rollbackDeployment",
  method: "post",
  path: "/deployments/{id}/rollback",
  summary: "Bring an earlier deployment back, as a new deployment",
  description:
    "Of the deployment that runs now: the one before it. Of an earlier one: that one. Its images run again with its settings, without a build; they take the traffic when they are healthy. Databases, queues and stores stay as they are.",
  request: { params: z.object({ id: JobId }), headers: IdempotencyKey },
  responses: {
    202: json(DeploymentView, "The deployment that brings it back"),
    ...problems(
      "DEPLOYMENT_NOT_FOUND",
      "WRONG_STATE",
      "NO_EARLIER_DEPLOYMENT",
      "APP_DESTROYED",
      "TENANT_QUOTA",
      "RATE_LIMITED",
      "PLAN_INACTIVE",
      "IDEMPOTENCY_MISMATCH",
    ),
  },
});

export function mountDeployments(api: Api, services: ApiServices): void {
  const { ledger } = services;
  api.openapi(getAppDeployments, async (c) => {
    const page = await deployments(services, c.var.principal, c.req.valid("param").id, c.req.valid("query"));
    return c.json(page, 200);
  });
  api.openapi(rollback, async (c) => {
    const tenant = c.var.principal;
    const { jobId } = await deployment(ledger, tenant, c.req.valid("param").id);
    const job = await startRollback(ledger, tenant, jobId, c.req.valid("header")["idempotency-key"]);
    c.header("location", `/deploy/${job.jobId}/status`);
    return c.json(viewDeployment(job), 202);
  });
}
