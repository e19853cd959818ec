import type { AppDocument } from "../jobs/documents.ts";

/** How long before and after its end an expiring app is treated gently. */
export interface ExpiryRules {
  /** Before the end the owner is told. */
  readonly noticeMs: number;
  /** Between the end, or the notice when that came later, and the destruction. */
  readonly graceMs: number;
}

const HOUR_MS = 3_600_000;

export function expiryRules(settings: {
  readonly DEVFACTORY_EXPIRY_NOTICE_HOURS: number;
  readonly DEVFACTORY_EXPIRY_GRACE_HOURS: number;
}): ExpiryRules {
  const { DEVFACTORY_EXPIRY_NOTICE_HOURS: notice, DEVFACTORY_EXPIRY_GRACE_HOURS: grace } = settings;
  return { noticeMs: notice * HOUR_MS, graceMs: grace * HOUR_MS };
}

/** When an app of this age of hours ends. */
export function expiryAfter(hours: number, nowMs: number): string {
  return new Date(nowMs + hours * HOUR_MS).toISOString();
}

/** Whether the owner was told of this very end: another end needs another notice. */
export function isTold({ expiresAt, expiryNotice }: Pick<AppDocument, "expiresAt" | "expiryNotice">): boolean {
  return expiryNotice !== undefined && expiryNotice.of === expiresAt;
}

/**
 * The first moment at which an app may be destroyed because it expired: a whole grace period after its end, and after the notice.
 *
 * @returns nothing for an app without an end; for one that nobody was told of yet, as if the notice came now or in due time
 */
export function destroyFrom(
  app: Pick<AppDocument, "expiresAt" | "expiryNotice">,
  { noticeMs, graceMs }: ExpiryRules,
  nowMs: number,
): number | undefined {
  if (app.expiresAt === undefined) return undefined;
  const end = Date.parse(app.expiresAt);
  const told = isTold(app) ? Date.parse(app.expiryNotice?.at ?? "") : Math.max(nowMs, end - noticeMs);
  return Math.max(end, told) + graceMs;
}
