import { OpenAPIHono } from "@hono/zod-openapi";
import { Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import { secureHeaders } from "hono/secure-headers";
import { AutomationError, ERRORS } from "../errors.ts";
import { guardJson } from "./bodyGuard.ts";
import { conditional } from "./conditional.ts";
import type { Api, ApiServices, ApiVariables } from "./context.ts";
import { DOCS_POLICY, docsPage } from "./docs.ts";
import { docsScript } from "./docsScript.ts";
import { modelCalls } from "./modelCalls.ts";
import { toResponse } from "./problem.ts";
import { rateHeaders } from "./rateHeaders.ts";
import { authenticate } from "./rights.ts";
import { mountAbandoned } from "./routes/abandoned.ts";
import { mountApps } from "./routes/apps.ts";
import { mountArtifacts } from "./routes/artifacts.ts";
import { mountAudit } from "./routes/audit.ts";
import { mountChecks } from "./routes/checks.ts";
import { mountDeploy } from "./routes/deploy.ts";
import { mountDeployments } from "./routes/deployments.ts";
import { mountDomains } from "./routes/domains.ts";
import { mountDrift } from "./routes/drift.ts";
import { mountEndpoints } from "./routes/endpoints.ts";
import { mountEvents } from "./routes/events.ts";
import { mountExpiry } from "./routes/expiry.ts";
import { mountFeedback, mountFeedbackStates } from "./routes/feedback.ts";
import { mountHealth, mountHealthDetailed } from "./routes/health.ts";
import { mountJobActions } from "./routes/jobActions.ts";
import { mountJobs } from "./routes/jobs.ts";
import { mountKeys } from "./routes/keys.ts";
import { mountQueue } from "./routes/queue.ts";
import { mountRepo } from "./routes/repo.ts";
import { mountSource } from "./routes/source.ts";
import { mountStatus } from "./routes/status.ts";
import { mountUsage } from "./routes/usage.ts";
import { mountWebhooks } from "./routes/webhooks.ts";
import { traceRequests } from "./tracing.ts";
import { describeV2Deploy, v2Deploy } from "./v2Deploy.ts";

const MEGABYTE = 1024 * 1024;
/** Bytes of a body, by route; other routes take none. No two fit one address: a body is read once. */
const BODY_LIMITS = {
  "/jobs": MEGABYTE / 2,
  "/apps": MEGABYTE / 2,
  /** Packed: an archive may unpack to more (archive/limits.ts). */
  "/apps/:id/expiry": 4 * 1024,
  "/apps/:id/repo": 8 * 1024,
  "/apps/:id/source": 64 * MEGABYTE,
  "/apps/:id/domains/:host": 4 * 1024,
  "/deploy": MEGABYTE / 2,
  "/jobs/:id/feedback": 25 * MEGABYTE,
  "/jobs/:id/finalize": 4 * 1024,
  "/jobs/:id/retry": 4 * 1024,
  "/deploy/:id/retry": 4 * 1024,
  "/jobs/:id/feedback/:feedbackId": 16 * 1024,
  "/estimates": 8 * MEGABYTE,
  "/policy/evaluate": 8 * MEGABYTE,
  "/queue/*": MEGABYTE / 2,
  "/keys/*": 4 * 1024,
  "/webhooks/:source": 5 * MEGABYTE,
  "/webhooks/endpoints/:endpoint": 8 * 1024,
} as const;
/** What needs a token: everything but health and the description of the API itself. A `/*` at the end fits what stands before it too. */
const PROTECTED = [
  "/jobs/*",
  "/apps/*",
  "/expiring",
  "/abandoned",
  "/deploy/*",
  "/deployments/*",
  "/usage",
  "/health/detailed",
  "/audit",
  "/keys/*",
  "/estimates",
  "/policy/*",
  "/status/*",
  "/queue/*",
  "/webhooks/endpoints/*",
] as const;

/** So many mistakes are told at once: a list may have one in each of its thousands. */
const MAX_FIELDS = 50;
/** Version of the HTTP contract. */
const VERSION = "0.1.0";

/** The whole API, at `/` and under `/api` (where a linked static site forwards it). */
export function createApp(services: ApiServices): Hono {
  const api = createApi(services);
  const root = new Hono();
  const origins = [...services.dashboardOrigins];
  root.use(traceRequests);
  root.use(secureHeaders({ crossOriginResourcePolicy: "cross-origin" }));
  root.use(
    cors({
      origin: (origin) => (origins.includes(origin) ? origin : null),
      allowHeaders: ["authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "last-event-id"],
      exposeHeaders: ["etag", "location", "ratelimit", "ratelimit-policy", "retry-after"],
      maxAge: 600,
    }),
  );
  root.route("/", v2Deploy(services));
  root.route("/", modelCalls(services));
  root.route("/api", api);
  root.route("/", api);
  root.notFound((c) =>
    toResponse(c, new AutomationError("ROUTE_NOT_FOUND", { method: c.req.method, path: c.req.path })),
  );
  root.onError((error, c) => {
    if (error instanceof HTTPException && error.status === 400) {
      return toResponse(c, new AutomationError("MALFORMED_BODY", { expected: "valid JSON or form data" }));
    }
    if (error instanceof HTTPException && error.status === 415) {
      return toResponse(c, new AutomationError("UNSUPPORTED_TYPE", { given: c.req.header("content-type") ?? "none" }));
    }
    if (!(error instanceof AutomationError) || ERRORS[error.code].status >= 500) {
      services.log.error({ err: error, method: c.req.method, path: c.req.path }, "request failed");
    }
    return toResponse(c, error);
  });
  return root;
}

/** Routes and their OpenAPI description. */
export function createApi(services: ApiServices): Api {
  const api: Api = new OpenAPIHono<{ Variables: ApiVariables }>({
    defaultHook: (result, c) => {
      if (result.success) return undefined;
      const fields = result.error.issues
        .slice(0, MAX_FIELDS)
        .map((issue) => ({ path: issue.path.join("."), problem: issue.message }));
      const problem = fields.map((each) => `${each.path || "body"}: ${each.problem}`).join("; ");
      return toResponse(c, new AutomationError("INVALID_REQUEST", { problem }), fields);
    },
  });
  mountHealth(api, services);
  for (const path of PROTECTED) api.use(path, rateHeaders(services), conditional(), authenticate(services));
  for (const [path, bytes] of Object.entries(BODY_LIMITS)) api.use(path, limit(bytes), guardJson());
  mountHealthDetailed(api, services);
  mountJobs(api, services);
  mountEvents(api, services);
  mountFeedback(api, services);
  mountFeedbackStates(api, services);
  mountJobActions(api, services);
  mountArtifacts(api, services);
  mountAudit(api, services);
  mountChecks(api);
  mountApps(api, services);
  mountExpiry(api, services);
  mountDrift(api, services);
  mountAbandoned(api, services);
  mountRepo(api, services);
  mountSource(api, services);
  mountDeploy(api, services);
  mountDeployments(api, services);
  mountDomains(api, services);
  describeV2Deploy(api);
  mountKeys(api, services);
  mountStatus(api, services);
  mountUsage(api, services);
  mountQueue(api, services);
  mountEndpoints(api, services);
  mountWebhooks(api, services);
  api.openAPIRegistry.registerComponent("securitySchemes", "entra", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
  });
  const document = () =>
    api.getOpenAPI31Document({
      openapi: "3.1.0",
      info: { title: "DevFactory", version: VERSION, description: "A prompt becomes a running app on Azure." },
      security: [{ entra: [] }],
    });
  api.get("/openapi.json", (c) => c.json(document()));
  api.get("/docs", (c) => c.html(docsPage(document()), 200, { "content-security-policy": DOCS_POLICY }));
  api.get("/docs/try.js", (c) => c.body(docsScript(), 200, { "content-type": "text/javascript; charset=utf-8" }));
  return api;
}

function limit(maxSize: number): MiddlewareHandler {
  return bodyLimit({
    maxSize,
    onError: (c) => toResponse(c, new AutomationError("BODY_TOO_LARGE", { limitBytes: maxSize })),
  });
}
