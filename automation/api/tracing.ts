import { SpanKind } from "@opentelemetry/api";
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { instruments } from "../telemetry/metrics.ts";
import { inSpan } from "../telemetry/spans.ts";

/**
 * A span and a duration for each request, by the route's pattern: names must not grow with ids. A caller's `traceparent` is taken up.
 *
 * @see OpenTelemetry semantic conventions, "HTTP server"
 */
export const traceRequests: MiddlewareHandler = async (c, next) => {
  const { method } = c.req;
  const started = performance.now();
  const settings = { kind: SpanKind.SERVER, parent: c.req.header("traceparent") };
  await inSpan(method, settings, async (span) => {
    await next();
    const route = routePath(c, -1);
    const { status } = c.res;
    const told = { "http.request.method": method, "http.route": route, "http.response.status_code": status };
    span.updateName(`${method} ${route}`);
    span.setAttributes({ ...told, "url.path": c.req.path });
    if (status >= 500) span.setStatus({ code: 2 });
    instruments().requestSeconds.record((performance.now() - started) / 1000, told);
  });
};
