import type { Base } from "./documents.ts";

/** Unfinished jobs of a tenant; each has a reservation in the same partition. */
export interface QuotaDocument extends Base {
  readonly id: "quota";
  readonly type: "quota";
  readonly active: number;
  /** What the tenant may still do in this minute, by kind of request. */
  readonly rates?: Readonly<Record<string, Bucket>>;
}

/** A bucket of tokens that fills by itself. */
export interface Bucket {
  readonly tokens: number;
  /** When `tokens` was true, in ms. */
  readonly atMs: number;
}

export interface ReservationDocument extends Base {
  readonly type: "reservation";
  readonly jobId: string;
  readonly appId: string;
  readonly createdAt: string;
}

export interface IdempotencyDocument extends Base {
  readonly type: "idempotency";
  readonly bodyHash: string;
  readonly jobId: string;
  readonly appId: string;
  readonly createdAt: string;
  /** Seconds; Cosmos removes it then. */
  readonly ttl: number;
}

/** What a tenant has paid for. */
export type PlanStatus = "active" | "cancelled" | "exhausted";

/** A tenant's plan, as its subscription says; in the tenant's partition. */
export interface PlanDocument extends Base {
  readonly id: "plan";
  readonly type: "plan";
  readonly subscriptionId: string;
  readonly status: PlanStatus;
  readonly changedAt: string;
}
