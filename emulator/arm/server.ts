import { randomUUID } from "node:crypto";
import { ArmError } from "../core/resources.ts";
import type { Caller } from "../core/tokens.ts";
import { dispatch } from "./dispatch.ts";
import { armError } from "./errors.ts";
import { parsePath } from "./path.ts";
import type { Answer, ControlPlane, Exchange } from "./plane.ts";

const AUDIENCES = ["https://management.azure.com", "https://management.core.windows.net"] as const;

/** What a test or the admin port may put before a request is served (an answer instead, or a delay), and behind it (its answer held back). */
export type Interceptor = (request: Request, serve: () => Promise<Response>) => Promise<Response>;

/** ARM as a fetch-style handler. */
export function armHandler(plane: ControlPlane, authority: () => string, intercept: Interceptor) {
  const serve = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const ids = { "x-ms-request-id": randomUUID(), "x-ms-correlation-request-id": randomUUID() };
    try {
      const caller = await authenticate(plane, request, url.origin);
      const exchange: Exchange = {
        method: request.method,
        path: parsePath(url.pathname),
        query: url.searchParams,
        headers: request.headers,
        body: await bodyOf(request),
        caller,
        origin: url.origin,
      };
      return respond(await dispatch(plane, exchange), ids);
    } catch (error) {
      return refuse(plane, error, ids, authority());
    }
  };
  return (request: Request): Promise<Response> => intercept(request, () => serve(request));
}

async function authenticate(plane: ControlPlane, request: Request, origin: string): Promise<Caller> {
  const [, token] = /^Bearer\s+(.+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  if (!token) throw armError("AuthenticationFailed", { reason: "The 'Authorization' header is missing." });
  try {
    return await plane.tokens.verify(token, [...AUDIENCES, origin]);
  } catch (error) {
    throw armError("AuthenticationFailed", { reason: error instanceof Error ? error.message : String(error) });
  }
}

async function bodyOf(request: Request): Promise<unknown> {
  if (request.method === "GET" || request.method === "HEAD") return undefined;
  const text = await request.text();
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw armError("InvalidRequestContent", { reason: "it is not JSON" });
  }
}

function respond(answer: Answer, ids: Readonly<Record<string, string>>): Response {
  const headers = { ...ids, "Cache-Control": "no-cache", ...answer.headers };
  const bare = answer.body === undefined || answer.status === 204;
  return bare
    ? new Response(null, { status: answer.status, headers })
    : Response.json(answer.body, { status: answer.status, headers });
}

function refuse(
  plane: ControlPlane,
  error: unknown,
  ids: Readonly<Record<string, string>>,
  authority: string,
): Response {
  const known = error instanceof ArmError;
  if (!known) plane.log("arm", `internal error: ${error instanceof Error ? error.stack : String(error)}`);
  const { status, code, message } = known
    ? error
    : { status: 500, code: "InternalServerError", message: error instanceof Error ? error.message : String(error) };
  const challenge = `Bearer authorization_uri="${authority}/${plane.tenantId}", error="invalid_token", error_description="${message.replaceAll('"', "'").replace(/[^\x20-\x7e]/g, " ")}"`;
  const headers = { ...ids, ...(status === 401 ? { "WWW-Authenticate": challenge } : {}) };
  return Response.json({ error: { code, message } }, { status, headers });
}
