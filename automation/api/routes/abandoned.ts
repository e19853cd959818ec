import { createRoute, z } from "@hono/zod-openapi";
import type { FindingDocument } from "../../care/findingDocument.ts";
import { CARE_PK } from "../../jobs/documents.ts";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { operatorsOnly } from "../rights.ts";
import { json } from "../schemas.ts";

export const Finding = z
  .object({
    kind: z.enum(["group", "stack", "app"]).openapi({
      description: "A resource group or a stack whose app is gone; or a live app without a stack.",
    }),
    name: z.string(),
    appId: z.string(),
    expiresAt: z.string().optional().openapi({ description: "Its expiry tag; without one it is never removed." }),
    firstSeenAt: z.string(),
    lastSeenAt: z.string(),
  })
  .openapi("Finding");

export type Finding = z.infer<typeof Finding>;

const MOST = 500;

const listAbandoned = createRoute({
  operationId: "listAbandoned",
  method: "get",
  path: "/abandoned",
  summary: "What your tenant's apps left behind on Azure and in the state store (operators)",
  description:
    "Only a group with this platform's tag and an expiry that is over is removed, a grace period after it was first seen.",
  middleware: [operatorsOnly] as const,
  responses: { 200: json(z.object({ findings: z.array(Finding) }), "Longest known first"), ...problems() },
});

export function mountAbandoned(api: Api, { store }: ApiServices): void {
  api.openapi(listAbandoned, async (c) => {
    const where = { tenantId: c.var.principal.tenantId };
    const query = { type: "finding", pk: CARE_PK, where, orderBy: "firstSeenAt", limit: MOST } as const;
    const found = await store.find<FindingDocument>(query);
    const findings = found.map(({ doc: { kind, name, appId, expiresAt, firstSeenAt, lastSeenAt } }) => ({
      ...{ kind, name, appId, firstSeenAt, lastSeenAt },
      ...(expiresAt !== undefined && { expiresAt }),
    }));
    return c.json({ findings }, 200);
  });
}
