import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex, Writable } from "node:stream";
import type { TLSSocket } from "node:tls";
import { reachedBy } from "./reach.ts";
import type { Replica } from "./replica.ts";

/** Hop-by-hop headers that a proxy does not pass on (RFC 9110, 7.6.1). */
const HOP = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "te", "trailer"]);
/** How long a request is held while a replica starts. Source: Container Apps, ingress request time-out. */
export const HOLD_MS = 240_000;

/** Finds the replica for a request, starting one if there is none. */
export type Chooser = (request: IncomingMessage) => Promise<Replica | undefined>;

/** The reverse proxy in front of an app: streams both ways, http and websockets. */
export class Ingress {
  readonly #choose: Chooser;

  constructor(choose: Chooser) {
    this.#choose = choose;
  }

  readonly handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const replica = await this.#choose(request);
    if (replica?.port === undefined) return refuse(response, replica === undefined ? 503 : 502, "no replica is ready");
    replica.active += 1;
    response.once("close", () => {
      replica.active -= 1;
    });
    this.#forward(request, response, replica, replica.port, true);
  };

  #forward(request: IncomingMessage, response: ServerResponse, replica: Replica, port: number, again: boolean): void {
    const { method, url } = request;
    const options = {
      host: "127.0.0.1",
      port,
      method,
      path: url,
      headers: forwardedHeaders(request),
      // a second try does not meet another connection that the app has left
      ...(again && replica.agent ? { agent: replica.agent } : reachedBy(replica.reach, port)),
    };
    const upstream = httpRequest(options, (answer) => {
      const headers = answer.rawHeaders.reduce<[string, string][]>((pairs, value, index, all) => {
        if (index % 2 === 0 && !HOP.has(value.toLowerCase())) pairs.push([value, all[index + 1] ?? ""]);
        return pairs;
      }, []);
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers.flat());
      response.flushHeaders(); // events and long answers begin at once
      answer.pipe(response);
      answer.once("error", () => response.destroy());
    });
    upstream.on("error", (error: NodeJS.ErrnoException) => {
      if (response.headersSent) return void response.destroy();
      // A kept-alive connection that the app closed meanwhile: nothing was read, a request without body can be sent again.
      const bodyless = method === "GET" || method === "HEAD";
      if (again && bodyless && upstream.reusedSocket) return this.#forward(request, response, replica, port, false);
      refuse(response, 502, `the app closed the connection (${error.code ?? error.message})`);
    });
    response.once("close", () => upstream.destroy());
    response.once("finish", () => skipRest(request, upstream));
    request.pipe(upstream);
  }

  readonly upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    socket.on("error", () => socket.destroy());
    const replica = await this.#choose(request);
    if (replica?.port === undefined) return void socket.end("HTTP/1.1 503 Service Unavailable\r\n\r\n");
    let upstream: Socket;
    try {
      upstream = await replica.reach(replica.port);
    } catch {
      return void socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    }
    replica.active += 1;
    upstream.once("close", () => {
      replica.active -= 1;
      socket.destroy();
    });
    upstream.on("error", () => socket.destroy());
    socket.once("close", () => upstream.destroy());
    const headers = Object.entries({
      ...forwardedHeaders(request),
      connection: "Upgrade",
      upgrade: request.headers.upgrade ?? "websocket",
    });
    const lines = headers.flatMap(([name, value]) => [value].flat().map((each) => `${name}: ${each}`));
    upstream.write([`${request.method} ${request.url} HTTP/1.1`, ...lines, "", ""].join("\r\n"));
    if (head.length > 0) upstream.write(head);
    upstream.pipe(socket).pipe(upstream);
  };
}

/** An app may answer before it has read the whole body: the rest is read here, or the next request on the connection would wait behind it. */
export function skipRest(request: IncomingMessage, upstream: Writable): void {
  request.unpipe(upstream);
  request.resume();
}

/** The client's headers without hop-by-hop ones, with `X-Forwarded-*` as Envoy sets them. */
export function forwardedHeaders(request: IncomingMessage): Record<string, string | string[]> {
  const kept = Object.entries(request.headers).flatMap(([name, value]) =>
    value === undefined || HOP.has(name) ? [] : [[name, value] as const],
  );
  const secure = (request.socket as TLSSocket).encrypted === true;
  const remote = request.socket.remoteAddress ?? "127.0.0.1";
  const before = request.headers["x-forwarded-for"];
  return {
    ...Object.fromEntries(kept),
    "x-forwarded-for": before === undefined ? remote : `${before},${remote}`,
    "x-forwarded-proto": String(request.headers["x-forwarded-proto"] ?? (secure ? "https" : "http")),
    "x-forwarded-host": String(request.headers["x-forwarded-host"] ?? request.headers.host ?? "localhost"),
  };
}

function refuse(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(`${message}\n`);
}
