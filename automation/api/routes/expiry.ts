import { createRoute, z } from "@hono/zod-openapi";
import { expiryAfter } from "../../care/expiry.ts";
import { toAppView } from "../../jobs/view.ts";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { AppId, AppView, json } from "../schemas.ts";

const HOURS_OF_A_YEAR = 8_760;

const ExpiringApp = z
  .object({
    appId: z.string(),
    title: z.string().optional(),
    url: z.string().optional(),
    ownerId: z.string(),
    monthlyUsd: z.number().optional(),
    expiresAt: z.string(),
    toldAt: z.string().optional().openapi({ description: "When its owner was told." }),
    destroyedFrom: z.string().openapi({ description: "The first moment at which it is destroyed." }),
  })
  .openapi("ExpiringApp");

const Expiry = z
  .strictObject({
    hours: z.number().positive().max(HOURS_OF_A_YEAR).optional().openapi({ description: "From now." }),
    expiresAt: z.iso.datetime().optional(),
  })
  .refine((body) => (body.hours === undefined) !== (body.expiresAt === undefined), {
    path: ["hours"],
    message: "must be there, or `expiresAt`",
  })
  .openapi("Expiry");

const listExpiring = createRoute({
  operationId: "listExpiring",
  method: "get",
  path: "/expiring",
  summary: "Apps of your tenant that end soon, and when each is destroyed: a look, nothing is done",
  request: { query: z.object({ hours: z.coerce.number().positive().max(HOURS_OF_A_YEAR).default(168) }) },
  responses: { 200: json(z.object({ apps: z.array(ExpiringApp) }), "Soonest first"), ...problems("INVALID_REQUEST") },
});

const setExpiry = createRoute({
  operationId: "setExpiry",
  method: "put",
  path: "/apps/{id}/expiry",
  summary: "Give an app an end, or another one",
  description: "Its owner is told before; it is destroyed with its data a grace period after the end.",
  request: {
    params: z.object({ id: AppId }),
    body: { required: true, content: { "application/json": { schema: Expiry } } },
  },
  responses: {
    200: json(AppView, "The app with its end"),
    ...problems(
      "INVALID_REQUEST",
      "MALFORMED_BODY",
      "APP_NOT_FOUND",
      "APP_DESTROYED",
      "APP_DESTROYING",
      "EXPIRY_PAST",
      "BODY_TOO_LARGE",
      "UNSUPPORTED_TYPE",
    ),
  },
});

const removeExpiry = createRoute({
  operationId: "removeExpiry",
  method: "delete",
  path: "/apps/{id}/expiry",
  summary: "Let an app stay",
  request: { params: z.object({ id: AppId }) },
  responses: {
    200: json(AppView, "The app, without an end"),
    ...problems("APP_NOT_FOUND", "APP_DESTROYED", "APP_DESTROYING"),
  },
});

export function mountExpiry(api: Api, { expiries, store, tenantAudit }: ApiServices): void {
  api.openapi(listExpiring, async (c) => {
    const apps = await expiries.list(c.var.principal.tenantId, c.req.valid("query").hours);
    return c.json({ apps: [...apps] }, 200);
  });
  api.openapi(setExpiry, async (c) => {
    const tenant = c.var.principal;
    const { hours, expiresAt: given = "" } = c.req.valid("json");
    const expiresAt = hours === undefined ? new Date(given).toISOString() : expiryAfter(hours, store.now());
    const app = await expiries.set(tenant, c.req.valid("param").id, expiresAt);
    await tenantAudit(tenant, "expiry_set", `The app ${app.appId} expires at ${expiresAt}`);
    return c.json(toAppView(app) as AppView, 200);
  });
  api.openapi(removeExpiry, async (c) => {
    const tenant = c.var.principal;
    const app = await expiries.set(tenant, c.req.valid("param").id, undefined);
    await tenantAudit(tenant, "expiry_removed", `The app ${app.appId} stays`);
    return c.json(toAppView(app) as AppView, 200);
  });
}
