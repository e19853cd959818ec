import type { Push } from "./pushes.ts";
import type { WebhookSource } from "./signature.ts";

/** What a delivery asks for: new commits, or another look at a subscription. */
export type DeliveryWork =
  | { readonly kind: "pushes"; readonly pushes: readonly Push[] }
  | { readonly kind: "subscription"; readonly subscriptionId: string };

/** A webhook, from its acceptance on; in the partition `webhook:<source>`. */
export interface DeliveryDocument {
  readonly id: string;
  readonly pk: string;
  readonly schema: number;
  readonly type: "delivery";
  readonly source: WebhookSource;
  readonly deliveryId: string;
  readonly status: "pending" | "done" | "givenUp";
  readonly work: DeliveryWork;
  readonly receivedAt: string;
  /** Names the write by which it was accepted. */
  readonly writeId?: string;
  readonly attempts: number;
  /** Seconds; Cosmos removes it then. */
  readonly ttl: number;
}

/** An app that is deployed from a repository; in the partition `repository:<address>`. What the app says itself decides. */
export interface RepositoryDocument {
  readonly id: string;
  readonly pk: string;
  readonly schema: number;
  readonly type: "repository";
  readonly appId: string;
}
