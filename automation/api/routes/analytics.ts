import { createRoute, z } from "@hono/zod-openapi";
import { type AppCostRow, analyse, type DeploymentRow } from "../../jobs/analytics.ts";
import type { ProjectionStore } from "../../jobs/store.ts";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { json } from "../schemas.ts";

const Spread = z.object({ p50: z.number(), p95: z.number(), max: z.number() });

export const AnalyticsView = z
  .object({
    since: z.string(),
    deployments: z.int(),
    seconds: Spread.nullable().openapi({ description: "From start to end." }),
    steps: z.array(z.object({ step: z.string(), runs: z.int(), failed: z.int(), seconds: Spread })),
    failures: z.array(z.object({ step: z.string(), code: z.string(), count: z.int() })),
    apps: z.array(
      z.object({
        appId: z.string(),
        title: z.string().optional(),
        deployments: z.int(),
        failed: z.int(),
        computeSec: z.number(),
        aiTokens: z.number(),
        usd: z.number().openapi({ description: "Of models, in the time." }),
        monthlyUsd: z.number().nullable().openapi({ description: "Estimate of its resources; null: not deployed." }),
      }),
    ),
  })
  .openapi("Analytics");
export type AnalyticsView = z.infer<typeof AnalyticsView>;

const DAY_MS = 86_400_000;
const PAGE = 500;
/** More are not looked at: the newest would be missing, and `deployments` says how many there were. */
const MOST_ROWS = 20_000;
const MOST_APPS = 2_000;

const getAnalytics = createRoute({
  operationId: "getAnalytics",
  method: "get",
  path: "/status/deployments",
  summary: "How long your tenant's deployments took, where they failed, and what each app costs",
  request: { query: z.object({ days: z.coerce.number().int().min(1).max(365).default(30) }) },
  responses: { 200: json(AnalyticsView, "The numbers"), ...problems("INVALID_REQUEST") },
});

export function mountAnalytics(api: Api, { projections, store }: ApiServices): void {
  api.openapi(getAnalytics, async (c) => {
    const { tenantId } = c.var.principal;
    const now = store.now();
    const since = new Date(now - c.req.valid("query").days * DAY_MS).toISOString();
    const [rows, apps] = await Promise.all([
      deploymentsSince(projections, tenantId, since, new Date(now + DAY_MS).toISOString()),
      projections.list("apps", tenantId, { tenantId, orderBy: "updatedAt", direction: "descending", limit: MOST_APPS }),
    ]);
    const { steps, failures, apps: byApp, ...rest } = analyse(rows, apps as unknown as readonly AppCostRow[]);
    return c.json({ since, ...rest, steps: [...steps], failures: [...failures], apps: [...byApp] }, 200);
  });
}

async function deploymentsSince(
  projections: Pick<ProjectionStore, "between">,
  tenantId: string,
  from: string,
  to: string,
): Promise<readonly DeploymentRow[]> {
  const rows: DeploymentRow[] = [];
  while (rows.length < MOST_ROWS) {
    const range = { tenantId, field: "createdAt", from, to, skip: rows.length, limit: PAGE };
    const page = await projections.between("deployments", range);
    rows.push(...(page as unknown as readonly DeploymentRow[]));
    if (page.length < PAGE) break;
  }
  return rows;
}
