import { createRoute, z } from "@hono/zod-openapi";
import { type EndpointDocument, EVENT_TYPES, KINDS, type NotificationDocument } from "../../notify/documents.ts";
import type { EndpointWish, PutEndpoint } from "../../notify/endpoints.ts";
import { MAX_RECIPIENTS } from "../../notify/recipients.ts";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { operatorsOnly } from "../rights.ts";
import { json } from "../schemas.ts";

const params = z.object({
  endpoint: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, "must be 1 to 40 small letters, digits and hyphens")
    .openapi({ param: { name: "endpoint", in: "path" }, example: "build-room" }),
});

const Endpoint = z
  .object({
    id: z.string(),
    kind: z.enum(KINDS),
    events: z.array(z.enum(EVENT_TYPES)),
    host: z
      .string()
      .openapi({ description: "Of the address, of mail its domains; the rest is kept sealed and not shown." }),
    last4: z.string().openapi({ description: "The last four characters of the address." }),
    recipients: z.int().optional().openapi({ description: "Of mail: how many get it." }),
    status: z.enum(["active", "disabled"]),
    reason: z.string().optional().openapi({ description: "Why it is disabled; PUT enables it again." }),
    failingSince: z.string().optional(),
    createdAt: z.string(),
    updatedAt: z.string(),
    updatedBy: z.string(),
    secret: z.string().optional().openapi({ description: "Signs what is sent; shown when it is made, never again." }),
  })
  .openapi("Endpoint");

const NewEndpoint = z
  .strictObject({
    url: z
      .string()
      .min(1)
      .max(2_000)
      .optional()
      .openapi({ example: "https://hooks.example.com/devfactory", description: "Of every kind but `mail`." }),
    to: z
      .array(z.email().max(254))
      .min(1)
      .max(MAX_RECIPIENTS)
      .optional()
      .openapi({ description: "Of the kind `mail`: addresses of domains that your tenant may send to." }),
    kind: z.enum(KINDS).default("webhook"),
    events: z
      .array(z.enum(EVENT_TYPES))
      .min(1)
      .max(EVENT_TYPES.length)
      .default([...EVENT_TYPES]),
  })
  .superRefine(({ kind, url, to }, context) => {
    const [needed, other] = kind === "mail" ? (["to", "url"] as const) : (["url", "to"] as const);
    const given = { url, to };
    if (given[needed] === undefined)
      context.addIssue({ code: "custom", path: [needed], message: `is needed by the kind ${kind}` });
    if (given[other] !== undefined)
      context.addIssue({ code: "custom", path: [other], message: `does not belong to the kind ${kind}: leave it out` });
  })
  .openapi("NewEndpoint");

const Notification = z
  .object({
    id: z.string().openapi({ description: "Id of the event: the same with every attempt." }),
    type: z.string(),
    status: z.enum(["pending", "delivered", "failed", "dropped"]),
    attempts: z.int(),
    createdAt: z.string(),
    nextAt: z.string().optional().openapi({ description: "The next attempt is not before." }),
    deliveredAt: z.string().optional(),
    lastStatus: z.int().optional().openapi({ description: "Of HTTP; of mail of SMTP." }),
    lastProblem: z.string().optional(),
  })
  .openapi("Notification");

const middleware = operatorsOnly;

const putEndpoint = createRoute({
  operationId: "putEndpoint",
  method: "put",
  path: "/webhooks/endpoints/{endpoint}",
  summary: "Be told of the end of jobs: make or change an endpoint (operators)",
  description:
    "A webhook gets signed events; `slack` and `teams` get messages at an incoming webhook of theirs; `mail` goes to up to ten addresses.",
  middleware,
  request: { params, body: { required: true, content: { "application/json": { schema: NewEndpoint } } } },
  responses: {
    200: json(Endpoint, "It is changed, and enabled"),
    201: json(Endpoint, "It is made; a webhook's secret is shown this once"),
    ...problems(
      "INVALID_REQUEST",
      "MALFORMED_BODY",
      "UNSUPPORTED_TYPE",
      "OUTBOUND_REFUSED",
      "MAIL_NOT_CONFIGURED",
      "RECIPIENT_REFUSED",
      "TOO_MANY_ENDPOINTS",
      "KEYS_UNAVAILABLE",
    ),
  },
});

const listEndpoints = createRoute({
  operationId: "listEndpoints",
  method: "get",
  path: "/webhooks/endpoints",
  summary: "Your tenant's endpoints (operators)",
  middleware,
  responses: { 200: json(z.object({ endpoints: z.array(Endpoint) }), "All of them"), ...problems() },
});

const getEndpoint = createRoute({
  operationId: "getEndpoint",
  method: "get",
  path: "/webhooks/endpoints/{endpoint}",
  summary: "One endpoint (operators)",
  middleware,
  request: { params },
  responses: { 200: json(Endpoint, "What may be shown"), ...problems("ENDPOINT_NOT_FOUND", "INVALID_REQUEST") },
});

const deleteEndpoint = createRoute({
  operationId: "deleteEndpoint",
  method: "delete",
  path: "/webhooks/endpoints/{endpoint}",
  summary: "Tell an endpoint nothing any more (operators)",
  middleware,
  request: { params },
  responses: { 204: { description: "It is gone" }, ...problems("ENDPOINT_NOT_FOUND", "INVALID_REQUEST") },
});

const rotateEndpoint = createRoute({
  operationId: "rotateEndpoint",
  method: "post",
  path: "/webhooks/endpoints/{endpoint}/rotate",
  summary: "A new secret; for a day the one before signs too (operators)",
  middleware,
  request: { params },
  responses: {
    200: json(Endpoint, "With the new secret, shown this once"),
    ...problems("ENDPOINT_NOT_FOUND", "NOT_SIGNED", "INVALID_REQUEST", "KEYS_UNAVAILABLE"),
  },
});

const pingEndpoint = createRoute({
  operationId: "pingEndpoint",
  method: "post",
  path: "/webhooks/endpoints/{endpoint}/ping",
  summary: "Try an endpoint (operators)",
  middleware,
  request: { params },
  responses: {
    202: json(z.object({ id: z.string() }), "The event `ping` is sent in a moment"),
    ...problems("ENDPOINT_NOT_FOUND", "INVALID_REQUEST"),
  },
});

const listNotifications = createRoute({
  operationId: "listNotifications",
  method: "get",
  path: "/webhooks/endpoints/{endpoint}/deliveries",
  summary: "The last hundred that were or will be sent, the newest first (operators)",
  middleware,
  request: { params },
  responses: {
    200: json(z.object({ deliveries: z.array(Notification) }), "With what each met"),
    ...problems("ENDPOINT_NOT_FOUND", "INVALID_REQUEST"),
  },
});

export function mountEndpoints(api: Api, { endpoints, tenantAudit }: ApiServices): void {
  api.openapi(putEndpoint, async (c) => {
    const { endpoint: id } = c.req.valid("param");
    const put = await endpoints.put(c.var.principal, id, toWish(c.req.valid("json")));
    await tenantAudit(c.var.principal, "endpoint_stored", `Endpoint ${id} at ${put.endpoint.host}`);
    return c.json(shown(put), put.created ? 201 : 200);
  });
  api.openapi(listEndpoints, async (c) => {
    const all = await endpoints.list(c.var.principal);
    return c.json({ endpoints: all.map((endpoint) => shown({ endpoint })) }, 200);
  });
  api.openapi(getEndpoint, async (c) =>
    c.json(shown({ endpoint: await endpoints.get(c.var.principal, c.req.valid("param").endpoint) }), 200),
  );
  api.openapi(deleteEndpoint, async (c) => {
    const { endpoint: id } = c.req.valid("param");
    await endpoints.remove(c.var.principal, id);
    await tenantAudit(c.var.principal, "endpoint_removed", `Endpoint ${id}`);
    return c.body(null, 204);
  });
  api.openapi(rotateEndpoint, async (c) => {
    const { endpoint: id } = c.req.valid("param");
    const rotated = await endpoints.rotate(c.var.principal, id);
    await tenantAudit(c.var.principal, "endpoint_rotated", `Secret of endpoint ${id}`);
    return c.json(shown(rotated), 200);
  });
  api.openapi(pingEndpoint, async (c) => {
    const { id } = await endpoints.ping(c.var.principal, c.req.valid("param").endpoint);
    return c.json({ id }, 202);
  });
  api.openapi(listNotifications, async (c) => {
    const all = await endpoints.notifications(c.var.principal, c.req.valid("param").endpoint);
    return c.json({ deliveries: all.map(delivery) }, 200);
  });
}

/** The schema has seen to it that each kind has what it needs. */
function toWish({ kind, events, url = "", to = [] }: z.infer<typeof NewEndpoint>): EndpointWish {
  return kind === "mail" ? { kind, events, to } : { kind, events, url };
}

function shown({ endpoint, secret }: Pick<PutEndpoint, "endpoint" | "secret">): z.infer<typeof Endpoint> {
  const { endpointId: id, kind, host, last4, status, createdAt, updatedAt, updatedBy }: EndpointDocument = endpoint;
  const { events, reason, failingSince, recipients } = endpoint;
  const count = recipients === undefined ? {} : { recipients };
  const always = { id, kind, events: [...events], host, last4, ...count, status, createdAt, updatedAt, updatedBy };
  return { ...always, ...(reason && { reason }), ...(failingSince && { failingSince }), ...(secret && { secret }) };
}

function delivery(doc: NotificationDocument): z.infer<typeof Notification> {
  const { event, status, attempts, createdAt, nextAt, deliveredAt, lastStatus, lastProblem } = doc;
  return {
    id: event.id,
    type: event.type,
    status,
    attempts,
    createdAt,
    ...(nextAt && { nextAt }),
    ...(deliveredAt && { deliveredAt }),
    ...(lastStatus !== undefined && { lastStatus }),
    ...(lastProblem && { lastProblem }),
  };
}
