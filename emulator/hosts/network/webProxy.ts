import { lookup } from "node:dns/promises";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { BlockList, connect, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";

/** The port at which programs in a private network find the proxy; below those that the local Azure gives its listeners. */
export const PROXY_PORT = 19_128;

/** Addresses of machines, links and sites: never reached from inside. Source: RFC 6890, RFC 4193, RFC 4291. */
const NOT_PUBLIC = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["224.0.0.0", 3],
] as const)
  NOT_PUBLIC.addSubnet(network, prefix, "ipv4");
for (const [network, prefix] of [
  ["::", 127],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  NOT_PUBLIC.addSubnet(network, prefix, "ipv6");

/** Settings of the machine that name a package registry: it is reached wherever it stands. */
const REGISTRY_NAMES = ["npm_config_registry", "PIP_INDEX_URL", "UV_DEFAULT_INDEX"];

/** What was asked of one host. */
export interface HostUse {
  readonly host: string;
  readonly bytes: number;
  readonly refused: boolean;
}

/**
 * The way to the internet for programs in private networks: a proxy for http and https (`CONNECT`) that reaches public addresses and the
 * machine's configured package registries, and nothing of this machine or its site. Names are looked up here, once, so what is checked
 * is what is connected to. A proxy of the machine's own (`HTTPS_PROXY`) is passed through.
 */
export class WebProxy {
  readonly #server: Server;
  readonly #env: NodeJS.ProcessEnv;
  readonly #used = new Map<string, { bytes: number; refused: boolean }>();

  constructor(env: NodeJS.ProcessEnv = process.env) {
    this.#env = env;
    this.#server = createServer((asked, answer) => void this.#forward(asked, answer));
    this.#server.on(
      "connect",
      (asked: IncomingMessage, inner: Duplex, head: Buffer) => void this.#tunnel(asked, inner, head),
    );
  }

  /** Serves a connection that came to {@link PROXY_PORT} of a network. */
  take(inner: Socket): void {
    this.#server.emit("connection", inner);
  }

  /** Hosts that were asked for, in the order of their first use. */
  get used(): readonly HostUse[] {
    return [...this.#used].map(([host, use]) => ({ host, ...use }));
  }

  async #tunnel(asked: IncomingMessage, inner: Duplex, head: Buffer): Promise<void> {
    inner.on("error", () => inner.destroy());
    const refuse = (status: string) => inner.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    const target = URL.parse(`https://${asked.url}`);
    if (!target) return void refuse("400 Bad Request");
    const { hostname, port } = target;
    const outer = await this.#reach(hostname, Number(port) || 443).catch(() => undefined);
    if (outer === "refused") return void refuse("403 Forbidden");
    if (!outer) return void refuse("502 Bad Gateway");
    inner.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    if (head.length > 0) outer.write(head);
    outer.on("data", (chunk: Buffer) => this.#count(hostname, chunk.length));
    outer.pipe(inner).pipe(outer);
    outer.once("error", () => inner.destroy());
    outer.once("close", () => inner.destroy());
    inner.once("close", () => outer.destroy());
  }

  async #forward(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const refuse = (status: number, text: string) => answer.writeHead(status, { connection: "close" }).end(`${text}\n`);
    const url = URL.parse(asked.url ?? "");
    if (url?.protocol !== "http:") return void refuse(400, "ask for a whole http address");
    const outer = await this.#reach(url.hostname, Number(url.port) || 80).catch(() => undefined);
    if (outer === "refused") return void refuse(403, `${url.hostname} is not public`);
    if (!outer) return void refuse(502, `${url.hostname} cannot be reached`);
    const { "proxy-connection": _, ...headers } = asked.headers;
    const path = `${url.pathname}${url.search}`;
    const call = request({ method: asked.method, path, headers, createConnection: () => outer }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers);
      given.on("data", (chunk: Buffer) => this.#count(url.hostname, chunk.length));
      given.pipe(answer);
    });
    call.once("error", () =>
      answer.headersSent ? answer.destroy() : refuse(502, `${url.hostname} closed the connection`),
    );
    asked.pipe(call);
  }

  #count(host: string, bytes: number, refused = false): void {
    const before = this.#used.get(host);
    this.#used.set(host, { bytes: (before?.bytes ?? 0) + bytes, refused: refused || (before?.refused ?? false) });
  }

  async #reach(host: string, port: number): Promise<Socket | "refused"> {
    const name = host.replace(/^\[|\]$/g, "");
    const upstream = this.#env.HTTPS_PROXY || this.#env.https_proxy;
    const named = !isIP(name) && name !== "localhost" && !name.endsWith(".localhost");
    if (upstream && named && port === 443) return through(new URL(upstream), name, port);
    const { address, family } = isIP(name) ? { address: name, family: isIP(name) } : await lookup(name);
    const open = this.#registries().has(name) || !NOT_PUBLIC.check(address, family === 6 ? "ipv6" : "ipv4");
    this.#count(name, 0, !open);
    return open ? connected(connect({ host: address, port, noDelay: true })) : "refused";
  }

  #registries(): ReadonlySet<string> {
    return new Set(REGISTRY_NAMES.flatMap((name) => URL.parse(this.#env[name] ?? "")?.hostname ?? []));
  }
}

/** Settings by which programs inside find the proxy. */
export function proxyVariables(): Record<string, string> {
  const proxy = `http://127.0.0.1:${PROXY_PORT}`;
  const none = "localhost,127.0.0.1";
  return {
    ...{ HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: none },
    ...{ http_proxy: proxy, https_proxy: proxy, no_proxy: none },
    NODE_USE_ENV_PROXY: "1", // Node's own fetch and http read them only then
  };
}

function connected(socket: Socket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

/** A connection by way of the machine's proxy. */
function through(proxy: URL, host: string, port: number): Promise<Socket> {
  const credentials = proxy.username
    ? `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
    : "";
  const call = request({
    host: proxy.hostname,
    port: Number(proxy.port) || 80,
    method: "CONNECT",
    path: `${host}:${port}`,
    agent: false,
    headers: credentials ? { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` } : {},
  });
  return new Promise((resolve, reject) => {
    call.once("connect", (answer, socket: Socket) => {
      if (answer.statusCode === 200) resolve(socket);
      else reject(new Error(`the machine's proxy answered ${answer.statusCode}`));
    });
    call.once("error", reject);
    call.end();
  });
}
