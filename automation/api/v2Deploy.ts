import { createHash } from "node:crypto";
import { z } from "@hono/zod-openapi";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { AutomationError } from "../errors.ts";
import { startDeployment } from "../jobs/startDeployment.ts";
import { isTerminal } from "../jobs/states.ts";
import { addDomain } from "./addDomain.ts";
import type { Api, ApiServices } from "./context.ts";
import { principalOf } from "./principal.ts";

/** Which deployment service answers: the older one, this one, or this one for a share of the projects. */
export interface V2Options {
  /** Percent of the projects that this service takes. */
  readonly share: number;
  /** Address of the older service; needed below 100. */
  readonly url?: string;
  /** @default the global one */
  readonly fetch?: typeof fetch;
}

const BODY_LIMIT = 64 * 1024;
const FORWARD_MS = 30_000;

const Body = z.strictObject({
  projectId: z.string().min(1).max(64),
  customDomain: z.string().max(253).optional(),
  /** Of the older clients. They give no rights: tenant and user come from the token. */
  orgId: z.string().max(200),
  userId: z.string().max(200),
});

/** Codes of the older contract, with their status. */
const CODES = {
  INVALID_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  PROJECT_NOT_FOUND: 404,
  DEPLOYMENT_TIMEOUT: 408,
  DEPLOYMENT_IN_PROGRESS: 409,
  DEPLOYMENT_QUOTA_EXCEEDED: 429,
  INTERNAL_ERROR: 500,
} as const;
type Code = keyof typeof CODES;

/** What our errors are called there. */
const OURS: Readonly<Record<string, Code>> = {
  INVALID_REQUEST: "INVALID_REQUEST",
  MALFORMED_BODY: "INVALID_REQUEST",
  BODY_TOO_LARGE: "INVALID_REQUEST",
  SOURCE_MISSING: "INVALID_REQUEST",
  DOMAIN_INVALID: "INVALID_REQUEST",
  DOMAIN_SERVICE: "INVALID_REQUEST",
  DOMAIN_TAKEN: "INVALID_REQUEST",
  UNAUTHORIZED: "UNAUTHORIZED",
  FORBIDDEN: "FORBIDDEN",
  PLAN_INACTIVE: "FORBIDDEN",
  APP_NOT_FOUND: "PROJECT_NOT_FOUND",
  APP_DESTROYED: "PROJECT_NOT_FOUND",
  LEDGER_BUSY: "DEPLOYMENT_TIMEOUT",
  DEPLOYMENT_IN_PROGRESS: "DEPLOYMENT_IN_PROGRESS",
  TENANT_QUOTA: "DEPLOYMENT_QUOTA_EXCEEDED",
};

const Answer = z.union([
  z.object({ success: z.literal(true), deploymentId: z.string(), message: z.string() }),
  z.object({ success: z.literal(false), error: z.enum(Object.keys(CODES) as [Code, ...Code[]]), message: z.string() }),
]);

/** `POST /api/deploy` as clients of the older service know it. It is older than `/deploy` under `/api`, and wins over it. */
export function v2Deploy(services: ApiServices): Hono {
  const app = new Hono();
  const onError = (c: Context) => refuse(c, new AutomationError("BODY_TOO_LARGE", { limitBytes: BODY_LIMIT }));
  app.post("/api/deploy", bodyLimit({ maxSize: BODY_LIMIT, onError }), async (c) => {
    try {
      const principal = await principalOf(services.verifier, c.req.header("authorization"), "Jobs.Write");
      const text = await c.req.text();
      const body = parse(text);
      const { v2 } = services;
      if (v2.url !== undefined && !isOurs(body.projectId, v2.share))
        return await forward(c, v2.url, text, v2.fetch ?? fetch);
      const app = await services.ledger.app(principal, body.projectId);
      const first = app.active[0];
      const running = first === undefined ? undefined : await services.ledger.job(principal, first);
      if (running && !isTerminal(running.state))
        throw new AutomationError("DEPLOYMENT_IN_PROGRESS", { id: running.jobId });
      if (body.customDomain !== undefined) await addDomain(services, principal, body.projectId, body.customDomain);
      const job = await startDeployment(services.ledger, principal, body.projectId);
      return c.json({ success: true, deploymentId: job.jobId, message: "The deployment is queued." });
    } catch (error) {
      return refuse(c, error, services);
    }
  });
  return app;
}

/** Tells the API's document of it. */
export function describeV2Deploy(api: Api): void {
  const json = (description: string) => ({ description, content: { "application/json": { schema: Answer } } });
  const failures = [...new Set(Object.values(CODES))].map((status) => [String(status), json("Not deployed")] as const);
  api.openAPIRegistry.registerPath({
    operationId: "deployV2",
    method: "post",
    path: "/api/deploy",
    summary: "Deploy a project, in the shape of the older service",
    request: { body: { required: true, content: { "application/json": { schema: Body } } } },
    responses: { 200: json("Queued"), ...Object.fromEntries(failures) },
  });
}

function parse(text: string): z.infer<typeof Body> {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (cause) {
    throw new AutomationError("MALFORMED_BODY", { expected: "valid JSON" }, { cause });
  }
  const parsed = Body.safeParse(given);
  if (parsed.success) return parsed.data;
  const problem = parsed.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`).join("; ");
  throw new AutomationError("INVALID_REQUEST", { problem });
}

/** The same project always meets the same service while the share stays, and never goes back while it grows. */
function isOurs(projectId: string, share: number): boolean {
  return createHash("sha256").update(projectId).digest().readUInt32BE(0) % 100 < share;
}

async function forward(c: Context, url: string, body: string, send: typeof fetch): Promise<Response> {
  const answer = await send(new URL("/api/deploy", url), {
    method: "POST",
    headers: { "content-type": "application/json", authorization: c.req.header("authorization") ?? "" },
    body,
    redirect: "error",
    signal: AbortSignal.timeout(FORWARD_MS),
  });
  return c.body(await answer.text(), answer.status as 200, { "content-type": "application/json" });
}

function refuse(c: Context, error: unknown, services?: ApiServices): Response {
  const known = error instanceof AutomationError ? OURS[error.code] : undefined;
  const timeout = error instanceof Error && error.name === "TimeoutError";
  const code = known ?? (timeout ? "DEPLOYMENT_TIMEOUT" : "INTERNAL_ERROR");
  if (code === "INTERNAL_ERROR") services?.log.error({ err: error, path: c.req.path }, "request failed");
  const message =
    error instanceof Error && known
      ? error.message
      : timeout
        ? "It took too long."
        : "The request could not be finished.";
  if (code === "DEPLOYMENT_QUOTA_EXCEEDED") c.header("retry-after", "5");
  return c.json({ success: false, error: code, message }, CODES[code]);
}
