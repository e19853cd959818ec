import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { forwardedHeaders, skipRest } from "./containerApps/ingress.ts";

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

export interface ProxyOptions {
  /** On top of the client's. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Told when nothing answered and the client waits still: answers in its stead. @default 502 */
  readonly unanswered?: () => void;
}

/**
 * Streams a request to an address on this machine and the answer back. On Azure an API answer of a site is cut after 45 s; here events
 * may go on, so that a page works the same with or without the front door.
 *
 * @param address `localhost:<port>`, plain http
 */
export function proxy(
  address: string,
  request: IncomingMessage,
  response: ServerResponse,
  options: ProxyOptions = {},
): void {
  forward(address, request, response, { ...options, again: true });
}

/** Whether a request may be sent twice: it changes nothing, and no body of it is read yet. */
export function isRepeatable({ method, headers }: IncomingMessage): boolean {
  const bodyless = headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) === 0;
  return bodyless && (method === "GET" || method === "HEAD" || method === "OPTIONS");
}

function forward(
  address: string,
  request: IncomingMessage,
  response: ServerResponse,
  options: ProxyOptions & { readonly again: boolean },
): void {
  const { method, url } = request;
  const headers = { ...forwardedHeaders(request), ...options.headers };
  const upstream = httpRequest(
    // A second try does not meet another connection that the other side has left.
    { ...hostAndPort(address), method, path: url, headers, agent: options.again ? agent : false },
    (answer) => {
      const { connection: _, "keep-alive": __, "transfer-encoding": ___, ...kept } = answer.headers;
      response.writeHead(answer.statusCode ?? 502, kept);
      response.flushHeaders();
      answer.pipe(response);
      answer.once("error", () => response.destroy());
    },
  );
  const destroy = () => upstream.destroy();
  const skip = () => skipRest(request, upstream);
  upstream.once("error", () => {
    if (response.headersSent || response.destroyed) return void response.destroy();
    response.off("close", destroy).off("finish", skip);
    const left = options.again && upstream.reusedSocket && isRepeatable(request); // a kept-alive connection, closed meanwhile
    if (left) forward(address, request, response, { ...options, again: false });
    else if (options.unanswered) options.unanswered();
    else unreachable(response);
  });
  response.once("close", destroy);
  response.once("finish", skip);
  request.pipe(upstream);
}

/** Says that what stands behind an address does not answer. */
export function unreachable(response: ServerResponse): void {
  response.writeHead(502, { "content-type": "text/plain; charset=utf-8" });
  response.end("The app behind this address does not answer.\n");
}

/** Passes a websocket through as it is. */
export function proxyUpgrade(
  address: string,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  more: Readonly<Record<string, string>> = {},
): void {
  const { host, port } = hostAndPort(address);
  const upstream = connect(port, host, () => {
    const headers = {
      ...forwardedHeaders(request),
      ...more,
      connection: "Upgrade",
      upgrade: request.headers.upgrade ?? "websocket",
    };
    const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((each) => `${name}: ${each}`));
    upstream.write([`${request.method} ${request.url} HTTP/1.1`, ...lines, "", ""].join("\r\n"));
    if (head.length > 0) upstream.write(head);
    upstream.pipe(socket).pipe(upstream);
  });
  const end = () => {
    upstream.destroy();
    socket.destroy();
  };
  for (const each of [upstream, socket]) each.on("error", end).on("close", end);
}

function hostAndPort(address: string): { host: string; port: number } {
  return { host: "127.0.0.1", port: Number(address.split(":")[1]) };
}
