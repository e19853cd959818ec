import { createRoute, z } from "@hono/zod-openapi";
import { toErrorRecord } from "../../errors.ts";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { operatorsOnly } from "../rights.ts";
import { json } from "../schemas.ts";

const CHECK_MS = 5_000;

const Status = z.object({ status: z.enum(["ok", "unavailable"]) });

const Dependency = z.object({
  status: z.enum(["ok", "unavailable"]),
  latencyMs: z.int(),
  reason: z
    .string()
    .optional()
    .openapi({ description: "Why it cannot be reached: a code, never an address or a secret" }),
});
const Detailed = z
  .object({
    status: z.enum(["ok", "degraded", "unavailable"]).openapi({
      description: "degraded: something is away, what is accepted is kept. unavailable: nothing can be accepted.",
    }),
    dependencies: z.record(z.string(), Dependency),
  })
  .openapi("Health");

const health = createRoute({
  operationId: "health",
  method: "get",
  path: "/health",
  summary: "Whether the service can be used",
  security: [],
  responses: { 200: json(Status, "It can"), 503: json(Status, "It cannot") },
});

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
  responses: { 200: json(Status, "It can"), 503: json(Status, "It cannot") },
});

const detailed = createRoute({
  operationId: "healthDetailed",
  method: "get",
  path: "/health/detailed",
  summary: "What the service depends on, each with its state and how fast it answers (operators)",
  middleware: [operatorsOnly] as const,
  responses: {
    200: json(Detailed, "How each is; `status` sums it up"),
    ...problems(),
  },
});

export function mountHealth(api: Api, services: ApiServices): void {
  const status = async () => {
    try {
      await services.ready();
      return { status: "ok" } as const;
    } catch (error) {
      services.log.warn({ err: error }, "not ready");
      return { status: "unavailable" } as const;
    }
  };
  api.openapi(live, (c) => c.json({ status: "ok" as const }, 200));
  for (const route of [health, ready]) {
    api.openapi(route, async (c) => {
      const now = await status();
      return c.json(now, now.status === "ok" ? 200 : 503);
    });
  }
}

/** Apart, because it needs to know who asks. */
export function mountHealthDetailed(api: Api, { dependencies, log }: ApiServices): void {
  api.openapi(detailed, async (c) => {
    const entries = await Promise.all(
      Object.entries(dependencies).map(async ([name, check]) => {
        const result = await checked(check);
        if (result.error !== undefined) log.warn({ err: result.error, dependency: name }, "a dependency is away");
        return [name, result.shown] as const;
      }),
    );
    const away = entries.filter(([, each]) => each.status !== "ok").map(([name]) => name);
    // Without the ledger nothing is accepted; what waits for the others is kept in it.
    const status = away.includes("ledger") ? "unavailable" : away.length > 0 ? "degraded" : "ok";
    return c.json({ status, dependencies: Object.fromEntries(entries) } as const, 200);
  });
}

async function checked(check: (signal: AbortSignal) => Promise<void>) {
  const started = performance.now();
  const signal = AbortSignal.timeout(CHECK_MS);
  const latencyMs = () => Math.round(performance.now() - started);
  try {
    const late = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    await Promise.race([check(signal), late]);
    return { shown: { status: "ok" as const, latencyMs: latencyMs() } };
  } catch (error) {
    const reason = signal.aborted ? `no answer within ${CHECK_MS / 1000} s` : toErrorRecord(error).code;
    return { shown: { status: "unavailable" as const, latencyMs: latencyMs(), reason }, error };
  }
}
