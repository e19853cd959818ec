import { z } from "@hono/zod-openapi";
import { JOB_STATUSES } from "../jobs/states.ts";
import { JobId } from "./schemas.ts";

export const Spread = z.object({ p50: z.number(), p95: z.number(), max: z.number() }).nullable();

export const Status = z
  .object({
    since: z.string(),
    total: z.int(),
    counts: z.record(z.enum(JOB_STATUSES), z.int()),
    successRate: z.number().nullable().openapi({ description: "Of the jobs that succeeded or failed, 0 to 1" }),
    durationSeconds: Spread.openapi({ description: "From the start to the end" }),
    waitSeconds: Spread.openapi({ description: "From the acceptance to the start" }),
  })
  .openapi("Status");

export const QueueStatus = z
  .object({
    active: z.int().openapi({ description: "Jobs with a slot: worked on, or on the way to a worker" }),
    waiting: z.int().openapi({ description: "Apps whose next job waits for a slot" }),
    unfinished: z.int(),
    dead: z.int().openapi({ description: "Jobs that were given up; an operator can redrive them" }),
    oldestSeconds: z.number().nullable().openapi({ description: "How long the oldest queued job waits" }),
    limits: z.object({ unfinished: z.int(), concurrent: z.int(), jobsPerMinute: z.number() }),
    slots: z.object({ inUse: z.int(), all: z.int() }).openapi({ description: "Of all tenants together" }),
  })
  .openapi("QueueStatus");

export const Redrive = z
  .strictObject({
    jobId: JobId.optional(),
    all: z.literal(true).optional(),
    limit: z.int().min(1).max(100).optional(),
    reason: z.string().trim().min(3).max(500).openapi({ description: "Why it will go better now; it is audited" }),
  })
  .refine((body) => (body.jobId === undefined) !== (body.all === undefined), {
    path: ["jobId"],
    message: "must be there, or `all`",
  })
  .openapi("Redrive");

export const Redriven = z
  .object({
    redriven: z.array(z.string()),
    left: z.int().openapi({ description: "Jobs that are still given up" }),
    retryAfterSeconds: z.number().optional().openapi({ description: "When the rate allows more" }),
  })
  .openapi("Redriven");

export type Status = z.infer<typeof Status>;
export type QueueStatus = z.infer<typeof QueueStatus>;
export type Redrive = z.infer<typeof Redrive>;
export type Redriven = z.infer<typeof Redriven>;
