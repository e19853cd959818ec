import { createServer, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import { AutomationError } from "../errors.ts";
import { problemBody } from "./problem.ts";
import { MAX_HEADER_BYTES, METHODS, refusalOf, tooManyHeaders, withoutProxyHeaders } from "./requestGuard.ts";
import { endSlowReaders, SLOW_READERS, type SlowReaderRules } from "./slowReaders.ts";

export interface ServerOptions {
  readonly port: number;
  /** So long the headers of a request are waited for. @default 10 s */
  readonly headersTimeoutMs?: number;
  /** So long a whole request is waited for: 64 MiB over 5 Mbit/s. @default 120 s */
  readonly requestTimeoutMs?: number;
  /** Who reads answers too slowly. @default less than 1 KiB in a second, for two minutes */
  readonly slowReaders?: SlowReaderRules;
}

const KEEP_ALIVE_MS = 5_000;
/** How often slow requests are looked for. */
const LOOK_MS = 1_000;

/**
 * Serves the API over HTTP/1.1: slow senders and slow readers are left, and what is no request is answered as every other mistake is.
 *
 * @returns the server and its port
 */
export async function startServer(
  fetch: (request: Request) => Response | Promise<Response>,
  { port, headersTimeoutMs = 10_000, requestTimeoutMs = 120_000, slowReaders = SLOW_READERS }: ServerOptions,
): Promise<{ readonly server: Server; readonly port: number }> {
  const listener = getRequestListener(fetch, {
    errorHandler: () => toResponse(new AutomationError("MALFORMED_REQUEST", { reason: "its address is none" })),
  });
  const options = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: Math.min(LOOK_MS, headersTimeoutMs),
    requireHostHeader: false, // said in our own words
  };
  const refused = new WeakSet<Duplex>();
  const server = createServer(options, (request, response) => {
    // What came behind a refused request is what its sender says it is: nobody acts on it, and the connection ends.
    if (refused.has(request.socket)) return undefined;
    const problem = refusalOf(request);
    if (problem) {
      refused.add(request.socket);
      return answer(response, problem);
    }
    request.rawHeaders = withoutProxyHeaders(request.rawHeaders);
    watch(response);
    return void listener(request, response);
  });
  const watch = endSlowReaders(server, slowReaders);
  server.on("checkExpectation", (_request, response) =>
    answer(response, new AutomationError("MALFORMED_REQUEST", { reason: "it expects what is not known" })),
  );
  const seconds = { headerSeconds: headersTimeoutMs / 1000, requestSeconds: requestTimeoutMs / 1000 };
  server.on("clientError", (error, socket) => refuse(socket, problemOf(error, seconds)));
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

function problemOf(error: NodeJS.ErrnoException, seconds: Readonly<Record<string, number>>): AutomationError {
  if (error.code === "HPE_HEADER_OVERFLOW") return tooManyHeaders();
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") return new AutomationError("REQUEST_TOO_SLOW", seconds);
  const { reason } = error as { reason?: unknown };
  return new AutomationError("MALFORMED_REQUEST", {
    reason: typeof reason === "string" ? reason : "it is not HTTP/1.1",
  });
}

/** What else comes on the connection is not read: it may be anything. */
function answer(response: ServerResponse, error: AutomationError): void {
  const { headers, body } = rendered(error);
  const allow = error.code === "METHOD_NOT_TAKEN" ? { allow: METHODS.join(", ") } : {};
  response.writeHead(error.row.status, { ...headers, ...allow, connection: "close" }).end(body);
}

/** There is no request to answer to, only a socket. */
function refuse(socket: Duplex, error: AutomationError): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { headers, body } = rendered(error);
  const lines = Object.entries({ ...headers, connection: "close" }).map(([name, value]) => `${name}: ${value}`);
  const status = `HTTP/1.1 ${error.row.status} ${STATUS_CODES[error.row.status]}`;
  socket.end(`${[status, ...lines].join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}

function toResponse(error: AutomationError): Response {
  const { headers, body } = rendered(error);
  return new Response(body, { status: error.row.status, headers });
}

function rendered(error: AutomationError) {
  const body = JSON.stringify(problemBody(error));
  const headers = {
    "content-type": "application/problem+json",
    "x-content-type-options": "nosniff",
    "content-length": String(Buffer.byteLength(body)),
  };
  return { headers, body };
}
