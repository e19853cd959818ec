import { createReadStream, statSync } from "node:fs";
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { join, normalize } from "node:path";
import type { Location, ServerSettings } from "./settings.ts";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  css: "text/css",
  js: "application/javascript",
  mjs: "application/javascript",
  json: "application/json",
  svg: "image/svg+xml",
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  ico: "image/x-icon",
  txt: "text/plain",
  xml: "text/xml",
  woff: "font/woff",
  woff2: "font/woff2",
  wasm: "application/wasm",
};

const EVERYWHERE: Location = {
  exact: false,
  prefix: "/",
  root: undefined,
  tryFiles: ["$uri", "$uri/", "=404"],
  proxyPass: undefined,
  returns: undefined,
  headers: {},
};

/** Answers a request as nginx would with these settings. */
export function serve(server: ServerSettings, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://server");
  const path = decode(url.pathname);
  if (path === undefined) {
    fail(response, 400);
    return;
  }
  const location =
    server.locations.find((each) => (each.exact ? path === each.prefix : path.startsWith(each.prefix))) ?? EVERYWHERE;
  if (location.returns) {
    const { status, text } = location.returns;
    const moved = status >= 300 && status < 400;
    response.writeHead(status, moved ? { location: text } : { "content-type": "text/plain" }).end(moved ? "" : text);
    return;
  }
  if (location.proxyPass) {
    pass(location, url, request, response);
    return;
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    fail(response, 405);
    return;
  }
  const root = location.root ?? server.root;
  for (const wish of location.tryFiles) {
    const status = /^=(\d+)$/.exec(wish)?.[1];
    if (status) {
      fail(response, Number(status));
      return;
    }
    const file = find(root, wish.replace("$uri", path), server.index);
    if (file) {
      send(file, { ...server.headers, ...location.headers }, request, response);
      return;
    }
  }
  fail(response, 404);
}

/** A file of the root; a name with a slash at its end means the folder's index. The root is never left. */
function find(
  root: string,
  name: string,
  index: readonly string[],
): { path: string; size: number; changed: Date } | undefined {
  const inside = normalize(`/${name}`);
  const names = inside.endsWith("/") ? index.map((each) => inside + each) : [inside];
  for (const each of names) {
    const path = join(root, each);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile()) return { path, size: stat.size, changed: stat.mtime };
  }
  return undefined;
}

function send(
  file: { path: string; size: number; changed: Date },
  headers: Readonly<Record<string, string>>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const extension = /\.(\w+)$/.exec(file.path)?.[1]?.toLowerCase() ?? "";
  const etag = `"${Math.floor(file.changed.getTime() / 1000).toString(16)}-${file.size.toString(16)}"`;
  const all = {
    ...headers,
    etag,
    "last-modified": file.changed.toUTCString(),
    "content-type": TYPES[extension] ?? "application/octet-stream",
  };
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304, all).end();
    return;
  }
  response.writeHead(200, { ...all, "content-length": `${file.size}` });
  if (request.method === "HEAD") response.end();
  else
    createReadStream(file.path)
      .once("error", () => response.destroy())
      .pipe(response);
}

/** `proxy_pass http://host[:port][/path]`: with a path, the location's prefix is replaced by it. */
function pass(location: Location, url: URL, request: IncomingMessage, response: ServerResponse): void {
  const target = new URL(location.proxyPass ?? "");
  const replaces = /^https?:\/\/[^/]+\//.test(location.proxyPass ?? "");
  const path = replaces ? target.pathname + url.pathname.slice(location.prefix.length) : url.pathname;
  const { host: _, ...headers } = request.headers;
  const options = {
    host: target.hostname,
    port: target.port || 80,
    method: request.method,
    path: path + url.search,
    headers: { ...headers, host: target.host },
  };
  const upstream = httpRequest(options, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  upstream.once("error", () => fail(response, 502));
  request.pipe(upstream);
}

function fail(response: ServerResponse, status: number): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { "content-type": "text/html" }).end(`<html><body><h1>${status}</h1></body></html>`);
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
