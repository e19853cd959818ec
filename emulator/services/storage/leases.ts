import { randomUUID } from "node:crypto";
import { StorageError, type StorageErrorCode } from "./errors.ts";

/** A lease on a blob or container. Times in milliseconds since the epoch. */
export interface Lease {
  readonly id: string;
  /** -1: without end. */
  readonly durationSeconds: number;
  readonly expiresAt: number | undefined;
  /** Set once it was broken: when the break is complete. */
  readonly brokenAt?: number;
}

export type LeaseState = "available" | "leased" | "expired" | "breaking" | "broken";

export interface LeaseRequest {
  readonly action: string;
  readonly id: string | undefined;
  readonly proposedId: string | undefined;
  readonly durationSeconds: number | undefined;
  readonly breakSeconds: number | undefined;
}

/** What a lease operation leads to. */
export interface LeaseChange {
  readonly lease: Lease | undefined;
  readonly status: 200 | 201 | 202;
  readonly id?: string;
  /** Seconds until a break is complete. */
  readonly breakSeconds?: number;
}

export function leaseState(lease: Lease | undefined, now: number): LeaseState {
  if (!lease) return "available";
  if (lease.brokenAt !== undefined) return lease.brokenAt <= now ? "broken" : "breaking";
  return lease.expiresAt !== undefined && lease.expiresAt <= now ? "expired" : "leased";
}

/** Headers that describe a lease. */
export function leaseHeaders(lease: Lease | undefined, now: number): Readonly<Record<string, string | undefined>> {
  const state = leaseState(lease, now);
  const isLocked = state === "leased" || state === "breaking";
  const duration = state === "leased" ? (lease?.expiresAt === undefined ? "infinite" : "fixed") : undefined;
  return {
    "x-ms-lease-state": state,
    "x-ms-lease-status": isLocked ? "locked" : "unlocked",
    "x-ms-lease-duration": duration,
  };
}

/**
 * One lease operation as a pure step.
 *
 * @throws {StorageError} as documented for "Lease Blob", "Outcomes of lease operations by lease state"
 */
export function changeLease(lease: Lease | undefined, request: LeaseRequest, now: number): LeaseChange {
  const state = leaseState(lease, now);
  switch (request.action.toLowerCase()) {
    case "acquire":
      return acquire(lease, state, request, now);
    case "renew":
      return renew(lease, state, request, now);
    case "change":
      return change(lease, state, request);
    case "release":
      if (!lease) throw new StorageError("LeaseNotPresentWithLeaseOperation");
      requireMatch(lease, request.id);
      return { lease: undefined, status: 200 };
    case "break":
      return breakLease(lease, state, request, now);
    default:
      throw new StorageError("InvalidHeaderValue", "x-ms-lease-action");
  }
}

/** May a write go on under this lease? `given` is the request's lease id. */
export function checkLease(
  lease: Lease | undefined,
  given: string | undefined,
  now: number,
  mismatch: StorageErrorCode = "LeaseIdMismatchWithBlobOperation",
): void {
  const state = leaseState(lease, now);
  const isLocked = state === "leased" || state === "breaking";
  if (given === undefined) {
    if (isLocked) throw new StorageError("LeaseIdMissing");
    return;
  }
  if (!lease) throw new StorageError("LeaseNotPresentWithBlobOperation");
  if (lease.id !== given) throw new StorageError(mismatch);
  if (!isLocked) throw new StorageError("LeaseLost");
}

function acquire(lease: Lease | undefined, state: LeaseState, request: LeaseRequest, now: number): LeaseChange {
  const { durationSeconds = -1, proposedId } = request;
  if (durationSeconds !== -1 && (durationSeconds < 15 || durationSeconds > 60))
    throw new StorageError("InvalidHeaderValue", "x-ms-lease-duration");
  if (state === "breaking")
    throw new StorageError(lease?.id === proposedId ? "LeaseIsBreakingAndCannotBeAcquired" : "LeaseAlreadyPresent");
  if (state === "leased" && lease?.id !== proposedId) throw new StorageError("LeaseAlreadyPresent");
  const id = proposedId ?? randomUUID();
  return { lease: timed(id, durationSeconds, now), status: 201, id };
}

function renew(lease: Lease | undefined, state: LeaseState, request: LeaseRequest, now: number): LeaseChange {
  if (!lease) throw new StorageError("LeaseIdMismatchWithLeaseOperation");
  requireMatch(lease, request.id);
  if (state === "breaking" || state === "broken") throw new StorageError("LeaseIsBrokenAndCannotBeRenewed");
  return { lease: timed(lease.id, lease.durationSeconds, now), status: 200, id: lease.id };
}

function change(lease: Lease | undefined, state: LeaseState, { id, proposedId }: LeaseRequest): LeaseChange {
  if (!lease || state !== "leased") throw new StorageError("LeaseNotPresentWithLeaseOperation");
  if (!proposedId) throw new StorageError("MissingRequiredHeader", "x-ms-proposed-lease-id");
  if (lease.id !== proposedId) requireMatch(lease, id);
  return { lease: { ...lease, id: proposedId }, status: 200, id: proposedId };
}

function breakLease(
  lease: Lease | undefined,
  state: LeaseState,
  { breakSeconds }: LeaseRequest,
  now: number,
): LeaseChange {
  if (!lease) throw new StorageError("LeaseNotPresentWithLeaseOperation");
  if (state === "expired" || state === "broken")
    return { lease: { ...lease, brokenAt: now }, status: 202, breakSeconds: 0 };
  const ends = [lease.brokenAt, lease.expiresAt, breakSeconds === undefined ? undefined : now + breakSeconds * 1000];
  const known = ends.filter((end) => end !== undefined);
  const brokenAt = known.length === 0 ? now : Math.min(...known);
  return { lease: { ...lease, brokenAt }, status: 202, breakSeconds: Math.max(0, Math.ceil((brokenAt - now) / 1000)) };
}

function timed(id: string, durationSeconds: number, now: number): Lease {
  return { id, durationSeconds, expiresAt: durationSeconds === -1 ? undefined : now + durationSeconds * 1000 };
}

function requireMatch(lease: Lease, id: string | undefined): void {
  if (lease.id !== id) throw new StorageError("LeaseIdMismatchWithLeaseOperation");
}
