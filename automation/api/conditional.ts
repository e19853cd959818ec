import { createHash } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { AutomationError } from "../errors.ts";
import type { ApiVariables } from "./context.ts";

const HASH_LENGTH = 22;

/**
 * ETags on answers to GET, and 304 without a body to a client that has them (RFC 9110, 8.8.3 and 13.1.2). A tag is the hash of the
 * answer; where the thing has a version (`c.var.version`) it stands before, for `If-Match`. A route that sets a tag itself keeps it.
 */
export function conditional(): MiddlewareHandler<{ Variables: ApiVariables }> {
  return async (c, next) => {
    await next();
    const { method } = c.req;
    if ((method !== "GET" && method !== "HEAD") || c.res.status !== 200) return;
    if (c.res.headers.get("cache-control") === "no-store") return; // another one each time
    if (!c.res.headers.has("etag")) {
      if (!(c.res.headers.get("content-type") ?? "").startsWith("application/json")) return;
      c.header("etag", tagOf(await c.res.clone().text(), c.var.version));
    }
    // Whoever keeps an answer asks before using it again, and shares it with nobody.
    c.header("cache-control", "private, no-cache");
    const etag = c.res.headers.get("etag") ?? "";
    if (!names(c.req.header("if-none-match"), etag)) return;
    const headers = new Headers(c.res.headers);
    for (const name of ["content-length", "content-type", "content-disposition"]) headers.delete(name);
    await c.res.body?.cancel();
    c.res = undefined; // else the headers of before are merged in
    c.res = new Response(null, { status: 304, headers });
  };
}

/**
 * The version that `If-Match` asks for; undefined without it, and for `*`.
 *
 * @throws {AutomationError} `INVALID_REQUEST` for what is no tag of a thing with versions
 */
export function expectedVersion(c: Context): number | undefined {
  const header = c.req.header("if-match");
  if (header === undefined || header.trim() === "*") return undefined;
  const version = /^\s*"(\d{1,12})\.[\w-]+"\s*$/.exec(header)?.[1];
  if (version) return Number(version);
  throw new AutomationError("INVALID_REQUEST", { problem: "If-Match: must be the ETag of a GET, or *" });
}

function tagOf(body: string, version: number | undefined): string {
  const hash = createHash("sha256").update(body).digest("base64url").slice(0, HASH_LENGTH);
  return version === undefined ? `"${hash}"` : `"${version}.${hash}"`;
}

/** Weak comparison, as `If-None-Match` wants it. */
function names(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const bare = (tag: string) => tag.trim().replace(/^W\//, "");
  return header.trim() === "*" || header.split(",").some((each) => bare(each) === bare(etag));
}
