import type { Bucket } from "../jobs/tenantDocuments.ts";
import type { Sharing } from "./schedule.ts";

/** What one tenant may have and do. */
export interface TenantLimits {
  /** Jobs that are not finished. */
  readonly unfinished: number;
  /** Jobs that are worked on at once. */
  readonly concurrent: number;
  /** Jobs per turn, beside the other tenants' weights. */
  readonly weight: number;
  readonly jobsPerMinute: number;
  readonly redrivesPerMinute: number;
}

export type LimitsOf = (tenantId: string) => TenantLimits;

export const DEFAULT_LIMITS: TenantLimits = {
  unfinished: 100,
  concurrent: 10,
  weight: 1,
  jobsPerMinute: 120,
  redrivesPerMinute: 10,
};

/** Limits of every tenant: the defaults, with what one tenant has of its own. */
export function tenantLimits(
  defaults: Partial<TenantLimits> = {},
  own: Readonly<Record<string, Partial<TenantLimits>>> = {},
): LimitsOf {
  return (tenantId) => ({
    ...DEFAULT_LIMITS,
    ...defaults,
    ...(Object.hasOwn(own, tenantId) ? own[tenantId] : {}),
  });
}

/** How slots are given under these limits. */
export function sharingOf(slots: number, limitsOf: LimitsOf): Sharing {
  return { slots, shareOf: limitsOf };
}

const MINUTE_MS = 60_000;

/**
 * Takes one token. A clock that runs ahead or behind fills no more than one minute's worth, and takes nothing away. Pure.
 *
 * @param perMinute also what the bucket holds
 * @returns the bucket after it, or how long to wait for a token
 */
export function take(
  bucket: Bucket | undefined,
  perMinute: number,
  nowMs: number,
): { readonly bucket: Bucket } | { readonly waitMs: number } {
  const elapsed = Math.min(MINUTE_MS, Math.max(0, nowMs - (bucket?.atMs ?? 0)));
  const tokens = Math.min(perMinute, (bucket?.tokens ?? perMinute) + (elapsed * perMinute) / MINUTE_MS);
  if (tokens >= 1) return { bucket: { tokens: tokens - 1, atMs: nowMs } };
  return { waitMs: Math.ceil(((1 - tokens) * MINUTE_MS) / perMinute) };
}
