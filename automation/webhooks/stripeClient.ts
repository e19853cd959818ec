import type { Stripe } from "stripe";
import { AutomationError } from "../errors.ts";
import type { KeyVaultHelper } from "../orchestrator/keyVaultHelper.ts";
import { stripeLibrary } from "./plans.ts";

/** Secret of the vault: a restricted key of Stripe that may read subscriptions. */
const KEY = "stripe-api-key";
const TIMEOUT_MS = 10_000;

/** A client of Stripe with the vault's key. @param base address of Stripe's API, or of a peer that behaves like it */
export async function stripeClient(vault: Pick<KeyVaultHelper, "secret">, base: string): Promise<Stripe> {
  const key = await vault.secret(KEY);
  if (!key) throw new AutomationError("WEBHOOK_NOT_CONFIGURED", { source: "stripe", name: KEY });
  const { hostname, port, protocol } = new URL(base);
  const Client = await stripeLibrary();
  return new Client(key, {
    host: hostname,
    protocol: protocol === "http:" ? "http" : "https",
    ...(port && { port }),
    timeout: TIMEOUT_MS,
    maxNetworkRetries: 2,
    telemetry: false,
  });
}
