import {
  CheckError,
  CostInput,
  EstimateSchema,
  estimate,
  evaluatePolicies,
  PolicyPlan,
} from "@devfactory/checks/index.ts";
import { createRoute, z } from "@hono/zod-openapi";
import { AutomationError } from "../../errors.ts";
import type { Api } from "../context.ts";
import { problems } from "../problem.ts";
import { json } from "../schemas.ts";

const Finding = z
  .object({
    rule: z.string(),
    urn: z.string(),
    verdict: z.enum(["pass", "fail", "unknown", "not-applicable"]),
    path: z.string().optional(),
    message: z.string(),
    fix: z.string().optional(),
  })
  .openapi("Finding");

/** Unlike the command, which may take it from an option, the route needs the region in the body. */
const PricedPlan = CostInput.required({ region: true })
  .extend({ region: z.string().min(1).max(60) })
  .strict();

const plan = <T extends z.ZodType>(schema: T) => ({
  body: { required: true as const, content: { "application/json": { schema } } },
});
const refusals = problems("INVALID_REQUEST", "MALFORMED_BODY", "BODY_TOO_LARGE", "UNSUPPORTED_TYPE");

const estimateCosts = createRoute({
  operationId: "estimateCosts",
  method: "post",
  path: "/estimates",
  summary: "What a plan costs a month",
  description:
    "As `devfactory cost --input`: resources with their inputs, and usage where it is known (docs/costs.md).",
  request: plan(PricedPlan),
  responses: { 200: json(EstimateSchema, "The estimate"), ...refusals },
});

const judgePlan = createRoute({
  operationId: "judgePlan",
  method: "post",
  path: "/policy/evaluate",
  summary: "What the rules say of a plan",
  description:
    "As `devfactory policy --input`: one finding for every rule that names a resource's type (docs/policies.md).",
  request: plan(PolicyPlan.strict()),
  responses: { 200: json(z.object({ findings: z.array(Finding) }), "All findings"), ...refusals },
});

/** The two checks of a plan over HTTP. They take nothing but what is sent, so they need no tenant's data. */
export function mountChecks(api: Api): void {
  api.openapi(estimateCosts, (c) => {
    const { grants, guardrails = [], ...input } = c.req.valid("json");
    const rules = guardrails.map(({ name, ...rule }) => ({ ...rule, ...(name && { name }) }));
    const answer = orRefused(() => estimate({ ...input, ...(grants && { grants }), guardrails: rules }));
    return c.json(answer as z.infer<typeof EstimateSchema>, 200);
  });
  api.openapi(judgePlan, (c) => {
    const { findings } = evaluatePolicies({ ...c.req.valid("json"), now: new Date() });
    return c.json({ findings: [...findings] }, 200);
  });
}

/** A region or usage that no price is known for is the caller's to correct. */
function orRefused<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof CheckError) throw new AutomationError("INVALID_REQUEST", { problem: error.message });
    throw error;
  }
}
