import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { forwardedHeaders, skipRest } from "../containerApps/ingress.ts";

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

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
  headers: Readonly<Record<string, string>> = {},
): void {
  const { method, url } = request;
  const { host, port } = hostAndPort(address);
  const options = { host, port, method, path: url, headers: { ...forwardedHeaders(request), ...headers }, agent };
  const upstream = httpRequest(options, (answer) => {
    const { connection: _, "keep-alive": __, "transfer-encoding": ___, ...kept } = answer.headers;
    response.writeHead(answer.statusCode ?? 502, kept);
    response.flushHeaders();
    answer.pipe(response);
    answer.once("error", () => response.destroy());
  });
  upstream.once("error", () => {
    if (response.headersSent) response.destroy();
    else
      response
        .writeHead(502, { "content-type": "text/plain; charset=utf-8" })
        .end("The app behind this address does not answer.\n");
  });
  response.once("close", () => upstream.destroy());
  response.once("finish", () => skipRest(request, upstream));
  request.pipe(upstream);
}

/** Passes a websocket through as it is. */
export function proxyUpgrade(address: string, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { host, port } = hostAndPort(address);
  const upstream = connect(port, host, () => {
    const headers = {
      ...forwardedHeaders(request),
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
