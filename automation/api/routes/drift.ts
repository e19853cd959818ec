import { createRoute, z } from "@hono/zod-openapi";
import { AutomationError } from "../../errors.ts";
import type { TenantContext } from "../../jobs/documents.ts";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { AppId, IdempotencyKey, JobView, json } from "../schemas.ts";
import { viewJob } from "../view.ts";

const PROBLEMS = problems(
  "APP_NOT_FOUND",
  "APP_DESTROYED",
  "APP_NOT_LIVE",
  "TENANT_QUOTA",
  "PLAN_INACTIVE",
  "RATE_LIMITED",
  "IDEMPOTENCY_MISMATCH",
);
const request = { params: z.object({ id: AppId }), headers: IdempotencyKey };

const checkDrift = createRoute({
  operationId: "checkDrift",
  method: "post",
  path: "/apps/{id}/drift",
  summary: "Look whether an app is still as it was deployed, as a job; the app's `drift` says what was found",
  request,
  responses: { 202: json(JobView, "The job that looks; it changes nothing"), ...PROBLEMS },
});

const repairApp = createRoute({
  operationId: "repairApp",
  method: "post",
  path: "/apps/{id}/repair",
  summary: "Put an app back to what was deployed last, as a job",
  request,
  responses: { 202: json(JobView, "The job that repairs it"), ...PROBLEMS },
});

const PROMPTS = { drift: "Look whether the app is as it was deployed", repair: "Put the app back as it was deployed" };

export function mountDrift(api: Api, services: ApiServices): void {
  const add = async (tenant: TenantContext, id: string, kind: keyof typeof PROMPTS, key: string | undefined) => {
    const { ledger } = services;
    const { status } = await ledger.app(tenant, id);
    if (status === "new") throw new AutomationError("APP_NOT_LIVE", { id });
    const job = await ledger.addToApp(tenant, id, { kind, prompt: PROMPTS[kind], idempotencyKey: key });
    return { job, view: await viewJob(services, tenant, job) };
  };
  api.openapi(checkDrift, async (c) => {
    const key = c.req.valid("header")["idempotency-key"];
    const { job, view } = await add(c.var.principal, c.req.valid("param").id, "drift", key);
    c.header("location", `/jobs/${job.jobId}`);
    return c.json(view, 202);
  });
  api.openapi(repairApp, async (c) => {
    const key = c.req.valid("header")["idempotency-key"];
    const { job, view } = await add(c.var.principal, c.req.valid("param").id, "repair", key);
    c.header("location", `/jobs/${job.jobId}`);
    return c.json(view, 202);
  });
}
