import { z } from "zod";
import type { PriceBook } from "./priceBook.ts";

const Price = z.number().min(0);
const Confidence = z.enum(["a", "b", "c"]);
const Day = z.iso.date();

const Region = z
  .strictObject({
    price: Price.optional(),
    priceMin: Price.optional(),
    priceMax: Price.optional(),
    confidence: Confidence,
    note: z.string().optional(),
    retrievedAt: Day.optional(),
  })
  .refine(
    ({ price, priceMin, priceMax }) => (price !== undefined) !== (priceMin !== undefined && priceMax !== undefined),
    {
      message: "either a price or its least and most",
    },
  );

const Query = z.union([
  z.strictObject({ notInApi: z.string().min(1) }),
  z.strictObject({
    filter: z.record(z.string(), z.string()).refine((filter) => "serviceName" in filter, "serviceName is missing"),
    unit: z.string().min(1),
    factor: z.number().positive(),
    region: z.string().optional(),
  }),
]);

const Row = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  service: z.string().min(1),
  meter: z.string().min(1),
  unit: z.string().min(1),
  note: z.string().optional(),
  regions: z.record(z.string().regex(/^[a-z0-9]+$/), Region),
  tiers: z.array(z.strictObject({ from: Price, price: Price })).optional(),
  freeGrant: z
    .strictObject({ amount: Price, unit: z.string(), scope: z.string(), note: z.string().optional() })
    .optional(),
  included: z.strictObject({ amount: Price, unit: z.string() }).optional(),
  source: z.array(z.string()).min(1),
  retrievedAt: Day.nullable(),
  query: Query,
});

/** The form of `prices.json`: each price has a source and a confidence, each row the query that finds it. */
export const PriceBookSchema = z
  .looseObject({
    schemaVersion: z.literal(1),
    currency: z.literal("USD"),
    hoursPerMonth: z.literal(730),
    daysPerMonth: z.literal(30),
    sources: z.record(z.string(), z.string()),
    rows: z.array(Row),
  })
  .superRefine(({ rows, sources }, context) => {
    const twice = rows.map(({ id }) => id).filter((id, index, ids) => ids.indexOf(id) !== index);
    for (const id of twice) context.addIssue({ code: "custom", path: ["rows"], message: `${id} stands there twice` });
    for (const { id, source } of rows) {
      const unknown = source.filter((each) => !(each in sources));
      if (unknown.length > 0) context.addIssue({ code: "custom", path: ["rows", id], message: `no source ${unknown}` });
    }
  })
  .transform((book) => book as unknown as PriceBook & Readonly<Record<string, unknown>>);
