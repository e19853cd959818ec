import { createReadStream } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { findRoute, matches, mediaType, NO_CONFIG, type RouteRule, type SiteConfig } from "./config.ts";
import type { SiteContent } from "./content.ts";
import type { ClientPrincipal, SignIn } from "./signIn.ts";

export interface SiteParts {
  readonly content: () => SiteContent | undefined;
  readonly signIn: SignIn;
  /** Passes a request to the linked back end. @returns `false` when none is linked */
  readonly backend: (
    request: IncomingMessage,
    response: ServerResponse,
    principal: ClientPrincipal | undefined,
  ) => Promise<boolean>;
}

/** Default of the service for files whose route sets nothing. */
const CACHE_CONTROL = "public, must-revalidate, max-age=30";

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly content: SiteContent;
  readonly config: SiteConfig;
  readonly route: RouteRule | undefined;
}

/** Answers one request of a site, in the order that the service documents: sign-in, routes, API, files, fallback, overrides. */
export async function serveSite(parts: SiteParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const content = parts.content();
  const config = content?.config ?? NO_CONFIG;
  const url = new URL(request.url ?? "/", "http://site");
  const path = decode(url.pathname);
  if (path === undefined) return void end(response, 400, "The path cannot be decoded.");
  const method = request.method ?? "GET";
  const route = findRoute(config, path, method);
  const principal = parts.signIn.principal(request);
  const call = content && { request, response, content, config, route };
  const refused = refusal(route, principal);
  if (refused) return call ? void override(call, refused) : void end(response, refused, "");
  if (route?.redirect !== undefined) return redirect(response, route.redirect, route.statusCode ?? 302);
  if (path.startsWith("/.auth/") && (await parts.signIn.handle(request, response, url))) return;
  if (path === "/api" || path.startsWith("/api/")) {
    if (!(await parts.backend(request, response, principal))) end(response, 404, "There is no API on this site.");
    return;
  }
  if (!call) return void end(response, 404, WAITING, "text/html; charset=utf-8");
  if (route?.statusCode !== undefined && route.rewrite === undefined) return void override(call, route.statusCode);
  if (method !== "GET" && method !== "HEAD") return void end(response, 405, "Only GET and HEAD are allowed.");
  if (slashed(call, path, url)) return;
  await serveFile(call, route?.rewrite ?? path, route?.statusCode ?? 200, path);
}

const WAITING =
  '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>Waiting</title><p>Nothing has been deployed to this site yet.</p>';

/** 401 for someone who is not signed in, 403 for someone without the role. */
function refusal(route: RouteRule | undefined, principal: ClientPrincipal | undefined): 401 | 403 | undefined {
  const roles = route?.allowedRoles;
  if (!roles || roles.length === 0) return undefined;
  const own = principal?.userRoles ?? ["anonymous"];
  if (roles.some((role) => own.includes(role))) return undefined;
  return principal ? 403 : 401;
}

/** `trailingSlash` of the configuration: one address for each page. */
function slashed({ content, config, response }: Call, path: string, url: URL): boolean {
  const found = content.find(path);
  if (config.trailingSlash === "auto" || !found || path === "/" || /\.[^/]+$/.test(path)) return false;
  const wants = config.trailingSlash === "always";
  if (path.endsWith("/") === wants) return false;
  redirect(response, `${wants ? `${url.pathname}/` : url.pathname.replace(/\/$/, "")}${url.search}`, 301);
  return true;
}

async function serveFile(call: Call, path: string, status: number, asked: string): Promise<void> {
  const { content, config } = call;
  const found = content.find(path);
  if (found) return send(call, found.name, status);
  const { navigationFallback } = config;
  const excluded = navigationFallback?.exclude?.some((each) => matches(each, asked)) ?? false;
  const page = navigationFallback && !excluded ? content.find(navigationFallback.rewrite) : undefined;
  if (page) return send(call, page.name, 200);
  return override(call, 404);
}

/** An error answer, as `responseOverrides` wants it. */
function override(call: Call, status: number): void {
  const wish = call.config.responseOverrides[String(status)];
  if (wish?.redirect !== undefined) {
    const asked = encodeURIComponent(call.request.url ?? "/");
    redirect(call.response, wish.redirect.replaceAll(".referrer", asked), wish.statusCode ?? 302);
    return;
  }
  const page =
    wish?.rewrite === undefined
      ? status === 404
        ? call.content.find("/404.html")
        : undefined
      : call.content.find(wish.rewrite);
  if (page) {
    send(call, page.name, wish?.statusCode ?? status);
    return;
  }
  const headers = headersOf(call);
  call.response.writeHead(wish?.statusCode ?? status, { ...headers, "content-type": "text/html; charset=utf-8" });
  call.response.end(
    call.request.method === "HEAD" ? undefined : `<!doctype html><title>${status}</title><h1>${status}</h1>`,
  );
}

function send(call: Call, name: string, status: number): void {
  const { request, response, content, config } = call;
  const file = content.files.get(name);
  if (!file) return;
  const headers = {
    "cache-control": CACHE_CONTROL,
    ...headersOf(call),
    "content-type": mediaType(name, config.mimeTypes),
    etag: file.etag,
  };
  if (status === 200 && request.headers["if-none-match"]?.split(/,\s*/).includes(file.etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(status, { ...headers, "content-length": `${file.size}` });
  if (request.method === "HEAD") return void response.end();
  createReadStream(file.path)
    .once("error", () => response.destroy())
    .pipe(response);
}

/** Global headers with the route's laid over; an empty value takes one away. */
function headersOf({ config, route }: Call): Record<string, string> {
  const all = [...Object.entries(config.globalHeaders), ...Object.entries(route?.headers ?? {})];
  const merged = new Map(all.map(([name, value]) => [name.toLowerCase(), value]));
  return Object.fromEntries([...merged].filter(([, value]) => value !== ""));
}

function redirect(response: ServerResponse, location: string, status: number): void {
  response.writeHead(status, { location }).end();
}

function end(response: ServerResponse, status: number, text: string, type = "text/plain; charset=utf-8"): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(text);
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
