import type { MiddlewareHandler } from "hono";
import { tenantPk } from "../jobs/documents.ts";
import type { QuotaDocument } from "../jobs/tenantDocuments.ts";
import { type TenantLimits, take } from "../schedule/limits.ts";
import type { ApiServices, ApiVariables } from "./context.ts";

const WINDOW_SECONDS = 60;
/** What takes something of a limit, or was refused by it. */
const COUNTED: ReadonlySet<number> = new Set([201, 202, 429]);

/**
 * What is left of the tenant's limits, on answers to requests that take from them: `jobs` a minute and `unfinished` ones.
 *
 * @see IETF draft-ietf-httpapi-ratelimit-headers-10
 */
export function rateHeaders({
  store,
  limitsOf,
}: Pick<ApiServices, "store" | "limitsOf">): MiddlewareHandler<{ Variables: ApiVariables }> {
  return async (c, next) => {
    await next();
    const { method } = c.req;
    if (method === "GET" || method === "HEAD" || !COUNTED.has(c.res.status)) return;
    const { tenantId } = c.var.principal ?? {};
    if (tenantId === undefined) return;
    // A header is no reason to fail what was done.
    const quota = await store.read<QuotaDocument>(tenantPk(tenantId), "quota").catch(() => undefined);
    const { policy, left } = rateFields(quota?.doc, limitsOf(tenantId), Date.now());
    c.header("ratelimit-policy", policy);
    c.header("ratelimit", left);
  };
}

/** The two fields. Pure. */
export function rateFields(
  quota: Pick<QuotaDocument, "active" | "rates"> | undefined,
  { jobsPerMinute, unfinished }: Pick<TenantLimits, "jobsPerMinute" | "unfinished">,
  nowMs: number,
): { readonly policy: string; readonly left: string } {
  const taken = take(quota?.rates?.jobs, jobsPerMinute, nowMs);
  // What would be left after one more, and that one.
  const tokens = "bucket" in taken ? taken.bucket.tokens + 1 : 0;
  const full = Math.ceil(((jobsPerMinute - tokens) * WINDOW_SECONDS) / jobsPerMinute);
  const room = Math.max(0, unfinished - (quota?.active ?? 0));
  return {
    policy: `"jobs";q=${Math.floor(jobsPerMinute)};w=${WINDOW_SECONDS}, "unfinished";q=${unfinished}`,
    left: `"jobs";r=${Math.floor(tokens)};t=${full}, "unfinished";r=${room}`,
  };
}
