import { z } from "zod";
import { fromPreview, Preview } from "../plan/fromPreview.ts";
import { ResourceInFile } from "../plan/planFile.ts";
import type { UsedResource } from "./entries.ts";
import type { Estimate } from "./estimate.ts";
import type { Grants } from "./grants.ts";
import { UsageSchema } from "./usageFile.ts";

const Amount = z.number().min(0);
const Action = z.enum(["notify", "comment", "block"]);
const Name = z.string().min(1).optional();

/** A guardrail as written. */
export const GuardrailSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("increase"), usd: Amount, action: Action, name: Name }),
  z.strictObject({ kind: z.literal("increasePercent"), percent: Amount, action: Action, name: Name }),
  z.strictObject({ kind: z.literal("budget"), monthlyUsd: Amount, action: Action, name: Name }),
]);

const GrantsSchema = z.union([z.enum(["fresh", "exhausted", "none"]), z.record(z.string(), Amount)]);

/** What is estimated: a plan with usage. */
export const CostInput = z.object({
  region: z.string().min(1).optional(),
  resources: z.array(ResourceInFile.extend({ usage: UsageSchema.optional() })),
  grants: GrantsSchema.optional(),
  guardrails: z.array(GuardrailSchema).optional(),
});

/** A plan with usage, or what `pulumi preview --json` prints. */
export const CostDocument = z
  .unknown()
  .transform((document, context) => {
    const parsed = (isPreview(document) ? Preview : CostInput).safeParse(document);
    if (parsed.success) return isInput(parsed.data) ? parsed.data : { resources: fromPreview(parsed.data) };
    for (const { path, message } of parsed.error.issues) context.addIssue({ code: "custom", path, message });
    return z.NEVER;
  })
  .transform(
    (input) =>
      input as {
        readonly region?: string;
        readonly resources: readonly UsedResource[];
        readonly grants?: Grants;
        readonly guardrails?: readonly z.output<typeof GuardrailSchema>[];
      },
  );

function isPreview(document: unknown): boolean {
  return typeof document === "object" && document !== null && "steps" in document;
}

function isInput(data: z.output<typeof CostInput> | z.output<typeof Preview>): data is z.output<typeof CostInput> {
  return "resources" in data;
}

const Decimal = z.string().regex(/^-?\d+(\.\d{1,9})?$/);
const Quantity = Decimal.nullable();

/** The form of an estimate; `estimate.schema.json` is made of it. */
export const EstimateSchema = z.strictObject({
  version: z.literal("0.1"),
  currency: z.literal("USD"),
  region: z.string(),
  pricesAsOf: z.string(),
  usageProfile: z.string().optional(),
  totalMonthlyCost: Decimal,
  totalMonthlyUsageCost: Decimal,
  marginalMonthlyCost: Decimal,
  pastTotalMonthlyCost: Decimal.optional(),
  diffTotalMonthlyCost: Decimal.optional(),
  resources: z.array(
    z.strictObject({
      urn: z.string(),
      type: z.string(),
      name: z.string(),
      monthlyCost: Quantity,
      costComponents: z.array(
        z.strictObject({
          name: z.string(),
          meterId: z.string(),
          unit: z.string(),
          monthlyQuantity: Quantity,
          price: z
            .string()
            .regex(/^\d+(\.\d{1,12})?$/)
            .nullable(),
          monthlyCost: Quantity,
          usageBased: z.boolean(),
          priceNotFound: z.boolean(),
          grantUsed: Decimal.optional(),
          confidence: z.enum(["a", "b", "c"]),
          assumptions: z.array(z.string()).min(1).optional(),
        }),
      ),
    }),
  ),
  grants: z.array(
    z.strictObject({
      scope: z.string(),
      meterId: z.string(),
      amount: Decimal,
      usedByOthers: Decimal,
      usedHere: Decimal,
    }),
  ),
  guardrails: z.array(
    z.strictObject({ rule: z.string(), result: z.enum(["ok", "notify", "block"]), message: z.string() }),
  ),
  summary: z.strictObject({
    priced: z.int().min(0),
    usage: z.int().min(0),
    free: z.int().min(0),
    unpriced: z.int().min(0),
    unsupported: z.record(z.string(), z.int().min(1)),
  }),
});

/** What an estimate is compared with: an estimate, or a plan that is estimated in the same way. */
export const PastDocument = z.unknown().transform((document, context) => {
  const isEstimate = typeof document === "object" && document !== null && "totalMonthlyCost" in document;
  const parsed = (isEstimate ? EstimateSchema : CostDocument).safeParse(document);
  if (parsed.success) return parsed.data as Estimate | z.output<typeof CostDocument>;
  for (const { path, message } of parsed.error.issues) context.addIssue({ code: "custom", path, message });
  return z.NEVER;
});
