import { createRoute, z } from "@hono/zod-openapi";
import { toAppView } from "../../jobs/view.ts";
import { expectedVersion } from "../conditional.ts";
import type { Api, ApiServices } from "../context.ts";
import { Next, Page, readPage } from "../cursor.ts";
import { problems } from "../problem.ts";
import { AppId, AppView, CreateApp, IdempotencyKey, JobView, json } from "../schemas.ts";
import { viewJob } from "../view.ts";

const listApps = createRoute({
  operationId: "listApps",
  method: "get",
  path: "/apps",
  summary: "The apps of your tenant, last changed first",
  request: { query: Page },
  responses: {
    200: json(z.object({ apps: z.array(AppView), next: Next }), "A page of apps"),
    ...problems("INVALID_REQUEST"),
  },
});

const getApp = createRoute({
  operationId: "getApp",
  method: "get",
  path: "/apps/{id}",
  summary: "One app",
  request: { params: z.object({ id: AppId }) },
  responses: { 200: json(AppView, "The app as it is now"), ...problems("APP_NOT_FOUND") },
});

const createApp = createRoute({
  operationId: "createApp",
  method: "post",
  path: "/apps",
  summary: "Make an app for files of your own; bring them with POST /apps/{id}/source",
  request: { body: { required: true, content: { "application/json": { schema: CreateApp } } } },
  responses: {
    201: json(AppView, "An app without files: nothing is made on Azure yet"),
    ...problems("INVALID_REQUEST", "MALFORMED_BODY", "BODY_TOO_LARGE", "UNSUPPORTED_TYPE"),
  },
});

const destroyApp = createRoute({
  operationId: "destroyApp",
  method: "delete",
  path: "/apps/{id}",
  summary: "Destroy an app with all its resources, as a job",
  request: { params: z.object({ id: AppId }), headers: IdempotencyKey },
  responses: {
    202: json(JobView, "The job that destroys it"),
    ...problems(
      "APP_NOT_FOUND",
      "APP_DESTROYED",
      "TENANT_QUOTA",
      "RATE_LIMITED",
      "IDEMPOTENCY_MISMATCH",
      "STILL_ACCEPTING",
      "VERSION_CHANGED",
      "INVALID_REQUEST",
    ),
  },
});

export function mountApps(api: Api, services: ApiServices): void {
  const { ledger, projections, apps } = services;
  api.openapi(createApp, async (c) => {
    const app = await apps.create(c.var.principal, c.req.valid("json"));
    c.header("location", `/apps/${app.appId}`);
    return c.json(toAppView(app) as AppView, 201);
  });
  api.openapi(listApps, async (c) => {
    const { tenantId } = c.var.principal;
    const wish = { tenantId, orderBy: "updatedAt", direction: "descending", ...c.req.valid("query") } as const;
    const { rows, ...more } = await readPage(projections, "apps", tenantId, wish);
    return c.json({ apps: rows.map((row) => row.view as AppView), ...more }, 200);
  });
  api.openapi(getApp, async (c) => {
    const app = await ledger.app(c.var.principal, c.req.valid("param").id);
    c.set("version", app.version);
    return c.json(toAppView(app) as AppView, 200);
  });
  api.openapi(destroyApp, async (c) => {
    const tenant = c.var.principal;
    const { id } = c.req.valid("param");
    const idempotencyKey = c.req.valid("header")["idempotency-key"];
    const wish = { kind: "destroy", prompt: "Destroy the app", idempotencyKey, expected: expectedVersion(c) } as const;
    const job = await ledger.addToApp(tenant, id, wish);
    c.header("location", `/jobs/${job.jobId}`);
    return c.json(await viewJob(services, tenant, job), 202);
  });
}
