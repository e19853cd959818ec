import type { Stripe } from "stripe";
import { AutomationError } from "../errors.ts";
import type { PlanStatus } from "../jobs/tenantDocuments.ts";

/** Stripe's word for a subscription's state as ours (docs.stripe.com, "Subscription statuses"). */
const STATUS: Readonly<Record<Stripe.Subscription.Status, PlanStatus>> = {
  active: "active",
  trialing: "active",
  past_due: "exhausted",
  paused: "exhausted",
  incomplete: "exhausted",
  unpaid: "cancelled",
  canceled: "cancelled",
  incomplete_expired: "cancelled",
};

/** A verified event: its id, and the subscription that it is about. */
export interface BillingEvent {
  readonly id: string;
  readonly subscriptionId?: string;
}

/** Seconds that an event may be old; without it the library does not look for replays. */
const TOLERANCE_SECONDS = 300;

/**
 * Verifies an event of Stripe by its raw body: HMAC over time and body, at most five minutes old.
 *
 * @throws {AutomationError} `WEBHOOK_REFUSED`
 */
export async function verifyStripe(
  secrets: readonly string[],
  body: string,
  signature: string | undefined,
  now: number = Date.now(),
): Promise<BillingEvent> {
  const { webhooks } = new (await stripeLibrary())("unused: nothing is called");
  let reason = "there is no Stripe-Signature";
  for (const secret of signature ? secrets : []) {
    try {
      const event = webhooks.constructEvent(body, signature ?? "", secret, TOLERANCE_SECONDS, undefined, now);
      if (isAhead(signature ?? "", now)) {
        reason = "its time is in the future"; // the library looks for what is too old only
        continue;
      }
      const subscriptionId = subscriptionOf(event.data.object);
      return { id: event.id, ...(subscriptionId && { subscriptionId }) };
    } catch (error) {
      reason = (error as Error).message.split("\n")[0] ?? "the signature is wrong";
    }
  }
  throw new AutomationError("WEBHOOK_REFUSED", { source: "Stripe", reason });
}

/** A subscription as it is now: events come in any order, so what they say of it may be old. */
export async function readPlan(client: Pick<Stripe, "subscriptions">, subscriptionId: string) {
  const { status, metadata } = await client.subscriptions.retrieve(subscriptionId);
  return { status: STATUS[status], tenantId: metadata.tenantId };
}

/** The library is large, and most platforms take no payments: it is loaded with the first event. */
export async function stripeLibrary(): Promise<typeof Stripe> {
  return (await import("stripe")).default;
}

function isAhead(signature: string, now: number): boolean {
  const time = Number(/(?:^|,)t=(\d+)/.exec(signature)?.[1]);
  return time * 1000 - now > TOLERANCE_SECONDS * 1000;
}

function subscriptionOf(object: unknown): string | undefined {
  const {
    object: kind,
    id,
    subscription,
    parent,
  } = object as {
    readonly object?: string;
    readonly id?: string;
    readonly subscription?: unknown;
    readonly parent?: { readonly subscription_details?: { readonly subscription?: unknown } | null } | null;
  };
  const found = kind === "subscription" ? id : (subscription ?? parent?.subscription_details?.subscription);
  return typeof found === "string" ? found : undefined;
}
