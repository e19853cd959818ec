import { z } from "zod";

const positive = z.number().positive();
const whole = positive.int();

/** Limits of one tenant in place of those of all. */
const TenantLimits = z
  .strictObject({
    unfinished: whole,
    concurrent: whole,
    weight: positive,
    jobsPerMinute: positive,
    redrivesPerMinute: positive,
  })
  .partial();

/** `devfactory:queue`: who runs when (docs/jobs.md). */
export const QueueSettings = z.strictObject({
  /** Workers at most, each with a replica of its own. */
  workers: whole.max(30).default(10),
  /** Jobs that all workers together work on at once. @default five for each worker */
  slots: whole.max(10_000).optional(),
  tenantJobs: whole.optional(),
  tenantConcurrency: whole.optional(),
  tenantRate: positive.optional(),
  /** Tenant id → its own limits. */
  tenantLimits: z.record(z.string(), TenantLimits).optional(),
});
export type QueueSettings = z.infer<typeof QueueSettings>;

/** `devfactory:care`: what the platform does by itself (docs/operations.md). */
export const CareSettings = z.strictObject({
  /** Between two looks at an app for drift; 0: never. */
  driftHours: z.number().min(0).max(720).optional(),
  expiryNoticeHours: z.number().min(0).max(720).optional(),
  expiryGraceHours: z.number().min(1).max(720).optional(),
  /** Days after a job's end for which its events, artifacts and images are kept. */
  keepDays: whole.max(3_650).optional(),
});
export type CareSettings = z.infer<typeof CareSettings>;

/** Jobs that wait before another worker starts. */
export const JOBS_PER_WORKER = 5;

/** The settings as API and worker read them; what is not set keeps the default that they have themselves. */
export function runningEnvironment(queue: QueueSettings, care: CareSettings): Readonly<Record<string, string>> {
  const slots = queue.slots ?? queue.workers * JOBS_PER_WORKER;
  const values = {
    DEVFACTORY_QUEUE_SLOTS: slots,
    DEVFACTORY_TENANT_JOBS: queue.tenantJobs,
    DEVFACTORY_TENANT_CONCURRENCY: queue.tenantConcurrency,
    DEVFACTORY_TENANT_RATE: queue.tenantRate,
    DEVFACTORY_TENANT_LIMITS: queue.tenantLimits && JSON.stringify(queue.tenantLimits),
    DEVFACTORY_DRIFT_HOURS: care.driftHours,
    DEVFACTORY_EXPIRY_NOTICE_HOURS: care.expiryNoticeHours,
    DEVFACTORY_EXPIRY_GRACE_HOURS: care.expiryGraceHours,
    DEVFACTORY_KEEP_DAYS: care.keepDays,
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}
