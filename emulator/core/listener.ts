import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createSecureContext, type TlsOptions } from "node:tls";
import { getRequestListener } from "@hono/node-server";
import type { Certificates } from "./certificates.ts";
import type { Connection } from "./peers.ts";

/** Who may come in at all; asked once for each connection. */
export interface Guard {
  admits(connection: Connection): boolean;
  /** Answers each request of a connection that may not. */
  refuse(response: ServerResponse): void;
}

export interface ListenerOptions {
  readonly port: number;
  readonly certificates: Certificates;
  /** A fetch-style handler (`hono.fetch`) or a plain Node listener. */
  readonly handler: ((request: Request) => Response | Promise<Response>) | { readonly node: RequestListener };
  /** Answers plain http on the same port too, by the first byte; without it plain http is dropped. @default false */
  readonly plainHttp?: boolean;
  /** @default everybody on this machine may */
  readonly guard?: Guard;
  /** Names of people's own that it answers under by https, with a certificate for each; asked at each handshake. @default none */
  readonly hostNames?: () => readonly string[];
  readonly onUpgrade?: (request: import("node:http").IncomingMessage, socket: Duplex, head: Buffer) => void;
}

export interface Listener {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

type SNI = NonNullable<TlsOptions["SNICallback"]>;

const TLS_HANDSHAKE = 0x16;

/** Serves https on loopback with the local certificate. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { certificates, handler, guard, onUpgrade } = options;
  const answer = typeof handler === "function" ? getRequestListener(handler) : handler.node;
  const serve = guard ? guarded(answer, guard) : answer;
  const { cert, key } = certificates;
  const sni = options.hostNames && { SNICallback: chooseCertificate(certificates, options.hostNames) };
  const https = createHttpsServer({ cert, key, ...sni }, serve);
  const http = createHttpServer(serve);
  for (const server of [https, http]) {
    server.keepAliveTimeout = 65_000;
    if (onUpgrade) server.on("upgrade", onUpgrade);
  }
  const sockets = new Set<Socket>();
  const door = createTcpServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    route(socket, https, options.plainHttp ? http : undefined);
  });
  await open(door, options.port);
  const address = door.address();
  const port = typeof address === "object" && address ? address.port : options.port;
  return { port, url: `https://localhost:${port}`, close: () => close(door, sockets) };
}

/** The certificate of the name that a client asks for (RFC 6066, server_name); without one it gets the listener's own. */
function chooseCertificate(certificates: Certificates, hostNames: () => readonly string[]): SNI {
  return (name, done) => {
    const isOwn = hostNames().some((each) => each.toLowerCase() === name.toLowerCase());
    if (!isOwn) return done(null);
    certificates.issue(name).then(
      (leaf) => done(null, createSecureContext(leaf)),
      (error: Error) => done(error),
    );
  };
}

/** A kept-alive connection has one peer: who it is, is looked up once. */
function guarded(serve: RequestListener, guard: Guard): RequestListener {
  const known = new WeakMap<object, boolean>();
  return (request, response) => {
    const { socket } = request;
    const admitted = known.get(socket) ?? guard.admits(socket);
    known.set(socket, admitted);
    if (admitted) return serve(request, response);
    request.resume(); // lets the client finish sending, so that it reads the answer
    guard.refuse(response);
  };
}

/** Looks at the first byte: a TLS handshake goes to https, anything else to http or away. */
function route(socket: Socket, https: HttpServer, http: HttpServer | undefined): void {
  socket.once("readable", () => {
    const first = socket.read(1) as Buffer | null;
    if (!first) return;
    socket.unshift(first);
    const target = first[0] === TLS_HANDSHAKE ? https : http;
    if (target) target.emit("connection", socket);
    else socket.destroy();
  });
}

function open(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
}

function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  return new Promise((resolve) => server.close(() => resolve()));
}
