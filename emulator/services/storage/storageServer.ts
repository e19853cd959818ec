import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { EmulatorContext } from "../../core/context.ts";
import { type Guard, type Listener, listen } from "../../core/listener.ts";
import { admits } from "../../core/privateAccess.ts";
import type { Account } from "./accounts.ts";
import { authorize } from "./authorize.ts";
import type { Operation } from "./blobRoutes.ts";
import { StorageError } from "./errors.ts";
import { parseRequest, type StorageAnswer, type StorageRequest } from "./request.ts";
import { document, element } from "./xml.ts";

/** Newest version of the service that is known here; clients may send any. */
const VERSION = "2026-10-06";

/** Serves the blob or the queue endpoint of one account. */
export function openEndpoint(
  context: EmulatorContext,
  account: Account,
  service: "blob" | "queue",
  port: number,
  route: (request: StorageRequest) => Operation,
): Promise<Listener> {
  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const fixed = {
      "x-ms-request-id": randomUUID(),
      "x-ms-version": String(incoming.headers["x-ms-version"] ?? VERSION),
      Server: "DevFactory-Storage",
    };
    const clientId = incoming.headers["x-ms-client-request-id"];
    for (const [name, value] of Object.entries(fixed)) response.setHeader(name, value);
    if (clientId) response.setHeader("x-ms-client-request-id", clientId);
    try {
      const request = parseRequest(incoming);
      if (request.account !== account.name) throw new StorageError("ResourceNotFound");
      const { right, run } = route(request);
      const who = await authorize(context, account, request, service, right);
      await send(response, await run(who), request.method === "HEAD");
    } catch (error) {
      incoming.resume(); // lets the client finish sending, so that it reads the answer
      sendError(context, incoming, response, error);
    }
  };
  const handler = { node: (incoming: IncomingMessage, response: ServerResponse) => void serve(incoming, response) };
  const guard: Guard = { admits: (connection) => admits(context, account.id, connection), refuse: refuseConnection };
  return listen({ port, certificates: context.certificates, handler, guard });
}

/** What an account says to who stands outside. Source: Microsoft Learn, "Common REST API error codes", AuthorizationFailure. */
function refuseConnection(response: ServerResponse): void {
  const { code, message, status } = new StorageError("AuthorizationFailure");
  response.writeHead(status, { "x-ms-error-code": code, "Content-Type": "application/xml" });
  response.end(document(`<Error>${element("Code", code)}${element("Message", message)}</Error>`));
}

async function send(response: ServerResponse, answer: StorageAnswer, isHead: boolean): Promise<void> {
  const { status, headers = {}, xml, stream } = answer;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value);
  if (xml !== undefined) response.setHeader("Content-Type", "application/xml");
  if (stream && !isHead) await stream(response);
  response.end(isHead ? undefined : xml);
}

function sendError(
  context: EmulatorContext,
  incoming: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  if (response.headersSent) {
    response.destroy(); // the body was under way: the client must not take it for whole
    return;
  }
  const known = error instanceof StorageError;
  if (!known) context.log("storage", "request failed", { method: incoming.method, error: String(error) });
  const code = known ? error.code : "InternalError";
  const text = known ? error.message : "The server encountered an internal error. Please retry the request.";
  response.statusCode = known ? error.status : 500;
  for (const [name, value] of Object.entries(known ? error.headers : {})) response.setHeader(name, value);
  response.setHeader("x-ms-error-code", code);
  response.setHeader("Content-Type", "application/xml");
  const body = document(`<Error>${element("Code", code)}${element("Message", text)}</Error>`);
  response.end(incoming.method === "HEAD" ? undefined : body);
}
