import { createRoute, z } from "@hono/zod-openapi";
import type { Api, ApiServices } from "../context.ts";
import { json } from "../schemas.ts";

const Status = z.object({ status: z.enum(["ok", "degraded", "unavailable"]) });

const live = createRoute({
  operationId: "healthLive",
  method: "get",
  path: "/health/live",
  summary: "The process runs",
  security: [],
  responses: { 200: json(Status, "It does") },
});

const ready = createRoute({
  operationId: "healthReady",
  method: "get",
  path: "/health/ready",
  summary: "The ledger can be reached",
  security: [],
  responses: {
    200: json(Status, "It can; `degraded`: the vault does not answer, what was read before counts"),
    503: json(Status, "It cannot"),
  },
});

export function mountHealth(api: Api, services: ApiServices): void {
  api.openapi(live, (c) => c.json({ status: "ok" as const }, 200));
  api.openapi(ready, async (c) => {
    try {
      await services.ready();
      return c.json({ status: services.isDegraded?.() ? ("degraded" as const) : ("ok" as const) }, 200);
    } catch (error) {
      services.log.warn({ err: error }, "not ready");
      return c.json({ status: "unavailable" as const }, 503);
    }
  });
}
