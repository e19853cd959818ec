import { isModelProvider } from "@devfactory/runtime/models/prices.ts";
import { createRoute, z } from "@hono/zod-openapi";
import { AutomationError } from "../../errors.ts";
import { type KeyTerms, PROVIDERS, type Provider } from "../../keys/keyStore.ts";
import { RESOURCE } from "../../models/upstreams.ts";
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
    monthlyUsd: z.number().optional().openapi({ description: "The spending cap; absent: there is none." }),
    resource: z.string().optional(),
  })
  .openapi("ProviderKey");

const KeyWithSpending = KeyInfo.extend({
  spending: z
    .object({
      month: z.string().openapi({ example: "2026-11" }),
      spentUsd: z.number(),
      reservedUsd: z.number().openapi({ description: "Kept for calls that run, at the most that they may cost." }),
      calls: z.int(),
      inputTokens: z.int(),
      outputTokens: z.int(),
      resetsAt: z.string(),
    })
    .optional()
    .openapi({ description: "With the key of a model provider: what was spent in this calendar month (UTC)." }),
}).openapi("ProviderKeyWithSpending");
export type ProviderKey = z.infer<typeof KeyWithSpending>;

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
  monthlyUsd: z.number().positive().max(1_000_000).optional().openapi({
    description: "Of a model provider: the most that may be spent with it in a calendar month (UTC). Absent: no cap.",
  }),
  resource: z.string().regex(RESOURCE, "must be the name of an Azure resource").optional().openapi({
    description: "Of azure-openai, and needed there: the name in <name>.openai.azure.com.",
  }),
});

export type NewProviderKey = z.infer<typeof NewKey>;

const putKey = createRoute({
  operationId: "putKey",
  method: "put",
  path: "/keys/{provider}",
  summary: "Store or replace your tenant's key of a model provider, or its token of a git provider",
  description:
    "It is sealed under a key of the vault and is never shown again. It replaces the one before it with its cap: a cap that is not sent again is gone.",
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
  responses: { 200: json(KeyWithSpending, "What may be shown"), ...problems("KEY_NOT_FOUND", "INVALID_REQUEST") },
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

export function mountKeys(api: Api, { keys, models, tenantAudit }: ApiServices): void {
  api.openapi(putKey, async (c) => {
    const { provider } = c.req.valid("param");
    const { key, ...terms } = c.req.valid("json");
    holdTerms(provider, terms);
    const info = await keys.put(c.var.principal, provider, key, terms);
    const cap = info.monthlyUsd === undefined ? "" : `, at most ${info.monthlyUsd} USD a month`;
    await tenantAudit(c.var.principal, "key_stored", `Key of ${provider}, version ${info.version}${cap}`);
    return c.json(info, 200);
  });
  api.openapi(getKey, async (c) => {
    const { provider } = c.req.valid("param");
    const { tenantId } = c.var.principal;
    const info = await keys.info(c.var.principal, provider);
    if (!isModelProvider(provider)) return c.json(info, 200);
    return c.json({ ...info, spending: await models.spending.spent({ tenantId, provider }) }, 200);
  });
  api.openapi(deleteKey, async (c) => {
    const { provider } = c.req.valid("param");
    await keys.remove(c.var.principal, provider);
    await tenantAudit(c.var.principal, "key_removed", `Key of ${provider}`);
    return c.body(null, 204);
  });
}

/** @throws {AutomationError} `INVALID_REQUEST` for terms that the provider's keys do not have, or lack */
function holdTerms(provider: Provider, { monthlyUsd, resource }: KeyTerms): void {
  const refuse = (problem: string) => new AutomationError("INVALID_REQUEST", { problem });
  if (monthlyUsd !== undefined && !isModelProvider(provider))
    throw refuse("monthlyUsd: only keys of model providers have a cap");
  if (provider === "azure-openai" && resource === undefined)
    throw refuse("resource: name the resource that the key belongs to");
  if (provider !== "azure-openai" && resource !== undefined)
    throw refuse("resource: only keys of azure-openai have one");
}
