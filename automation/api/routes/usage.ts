import { createRoute, z } from "@hono/zod-openapi";
import { AutomationError } from "../../errors.ts";
import { type RunningApp, usage } from "../../jobs/usage.ts";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { Spread } from "../queueSchemas.ts";
import { type AppView, json } from "../schemas.ts";

const DAY_MS = 86_400_000;
const MAX_DAYS = 366;
const MAX_APPS = 5_000;

const USED = {
  jobs: z.int(),
  deployments: z.int().openapi({ description: "Jobs that brought something up and succeeded" }),
  failed: z.int(),
  aiTokens: z.number(),
  computeSeconds: z.number().openapi({ description: "Of agents and builds" }),
  storageBytes: z.int().openapi({ description: "Of archives and logs that the jobs left" }),
  usd: z.number().openapi({ description: "Of models, measured" }),
};

export const Usage = z
  .object({
    from: z.string(),
    to: z.string(),
    ...USED,
    monthlyUsd: z
      .number()
      .openapi({ description: "What all apps that run now are estimated to cost on Azure in a month" }),
    apps: z.array(
      z.object({ appId: z.string(), title: z.string().optional(), ...USED, monthlyUsd: z.number().optional() }),
    ),
    steps: z.record(z.string(), Spread).openapi({ description: "Seconds of each step that ended well" }),
    failures: z.record(z.string(), z.int()).openapi({ description: "Failed jobs by the step in which they failed" }),
  })
  .openapi("Usage");
export type Usage = z.infer<typeof Usage>;

const Time = z.iso
  .datetime({ offset: true, error: "must be a time as 2026-11-28T10:00:00Z" })
  .transform((text) => new Date(text).toISOString());

const getUsage = createRoute({
  operationId: "getUsage",
  method: "get",
  path: "/usage",
  summary: "What your tenant used in a period, by app; durations and failures by step",
  request: {
    query: z.strictObject({
      from: Time.optional().openapi({ description: "The first time that counts; default: 30 days before `to`" }),
      to: Time.optional().openapi({ description: "The first time that no longer counts; default: now" }),
    }),
  },
  responses: { 200: json(Usage, "The numbers"), ...problems("INVALID_REQUEST") },
});

export function mountUsage(api: Api, { projections }: ApiServices): void {
  api.openapi(getUsage, async (c) => {
    const { tenantId } = c.var.principal;
    const given = c.req.valid("query");
    const to = given.to ?? new Date().toISOString();
    const from = given.from ?? new Date(Date.parse(to) - 30 * DAY_MS).toISOString();
    const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
    if (days <= 0 || days > MAX_DAYS)
      throw new AutomationError("INVALID_REQUEST", {
        problem: `from: must be before \`to\`, by ${MAX_DAYS} days at most`,
      });
    const query = { tenantId, orderBy: "updatedAt", direction: "descending", limit: MAX_APPS } as const;
    const [facts, rows] = await Promise.all([
      projections.jobFacts(tenantId, from, to),
      projections.list("apps", tenantId, query),
    ]);
    const running = rows.map(({ view }) => view as AppView).filter(({ status }) => status === "live");
    return c.json(usage(facts, running.map(toRunning), { from, to }) as Usage, 200);
  });
}

function toRunning({ appId, title, estimate }: AppView): RunningApp {
  return { appId, ...(title !== undefined && { title }), ...(estimate && { monthlyUsd: estimate.monthlyUsd }) };
}
