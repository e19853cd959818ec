import { createRoute, z } from "@hono/zod-openapi";
import { PROVIDERS } from "../../keys/keyStore.ts";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { operatorsOnly } from "../rights.ts";
import { json } from "../schemas.ts";

const KeyInfo = z
  .object({
    provider: z.enum(PROVIDERS),
    last4: z.string().openapi({ description: "The last four characters; no more is ever shown." }),
    version: z.int(),
    updatedAt: z.string(),
    updatedBy: z.string(),
  })
  .openapi("ProviderKey");

const params = z.object({
  provider: z.enum(PROVIDERS).openapi({ param: { name: "provider", in: "path" }, example: "openai" }),
});
/** Keys of all providers are printable ASCII without blanks. */
const NewKey = z.strictObject({
  key: z
    .string()
    .min(16, "must have at least 16 characters")
    .max(500)
    .regex(/^[!-~]+$/, "must be printable, without blanks"),
});

const putKey = createRoute({
  operationId: "putKey",
  method: "put",
  path: "/keys/{provider}",
  summary: "Store or replace your tenant's key of a model provider, or its token of a git provider",
  description: "It is sealed under a key of the vault and is never shown again.",
  middleware: [operatorsOnly] as const,
  request: { params, body: { required: true, content: { "application/json": { schema: NewKey } } } },
  responses: {
    200: json(KeyInfo, "It is stored"),
    ...problems("INVALID_REQUEST", "MALFORMED_BODY", "UNSUPPORTED_TYPE", "KEYS_UNAVAILABLE"),
  },
});

const getKey = createRoute({
  operationId: "getKey",
  method: "get",
  path: "/keys/{provider}",
  summary: "Whether your tenant has a key of a provider, and since when",
  request: { params },
  responses: { 200: json(KeyInfo, "What may be shown"), ...problems("KEY_NOT_FOUND", "INVALID_REQUEST") },
});

const deleteKey = createRoute({
  operationId: "deleteKey",
  method: "delete",
  path: "/keys/{provider}",
  summary: "Forget your tenant's key of a provider",
  middleware: [operatorsOnly] as const,
  request: { params },
  responses: { 204: { description: "It is gone" }, ...problems("KEY_NOT_FOUND", "INVALID_REQUEST") },
});

export function mountKeys(api: Api, { keys, tenantAudit }: ApiServices): void {
  api.openapi(putKey, async (c) => {
    const { provider } = c.req.valid("param");
    const info = await keys.put(c.var.principal, provider, c.req.valid("json").key);
    await tenantAudit(c.var.principal, "key_stored", `Key of ${provider}, version ${info.version}`);
    return c.json(info, 200);
  });
  api.openapi(getKey, async (c) => c.json(await keys.info(c.var.principal, c.req.valid("param").provider), 200));
  api.openapi(deleteKey, async (c) => {
    const { provider } = c.req.valid("param");
    await keys.remove(c.var.principal, provider);
    await tenantAudit(c.var.principal, "key_removed", `Key of ${provider}`);
    return c.body(null, 204);
  });
}
