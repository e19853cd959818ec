import { setTimeout as delay } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";

/**
 * Waits between the tries; a new identity is everywhere in Entra within a minute or two.
 * Source: Microsoft Learn, "Troubleshoot Azure RBAC", new managed identities and service principals.
 */
export const WAITS_MS = [2_000, 4_000, 8_000, 16_000, 30_000, 60_000] as const;

/** How ARM, Cosmos DB and Postgres say that they do not know the principal yet. */
const UNKNOWN_PRINCIPAL =
  /PrincipalNotFound|does not exist in the directory|was not found in the (?:AAD|Entra|Microsoft Entra) tenant/i;

/**
 * How long to wait before an assignment is tried again; undefined to give up: another error, or no try is left.
 *
 * @param errors of all tries so far, newest first
 */
export function waitBeforeRetry(errors: readonly string[]): number | undefined {
  return UNKNOWN_PRINCIPAL.test(errors[0] ?? "") ? WAITS_MS[errors.length - 1] : undefined;
}

/**
 * A hook for assignments of rights to identities that were made a moment ago: tries again while the directory does not know them, two
 * minutes at most. Undefined where nobody would call it: Pulumi's mocks have no error hooks.
 *
 * @param name unique in the program
 */
export function principalRetry(
  name: string,
  wait: (ms: number) => Promise<unknown> = delay,
): pulumi.ErrorHook | undefined {
  const monitor: { readonly registerErrorHook?: unknown } | undefined = pulumi.runtime.getMonitor();
  if (monitor === undefined || typeof monitor.registerErrorHook !== "function") return undefined;
  return new pulumi.ErrorHook(name, async ({ errors }) => {
    const waitMs = waitBeforeRetry(errors);
    if (waitMs === undefined) return false;
    await wait(waitMs);
    return true;
  });
}

/** The option that binds a context's hook to a resource. */
export function retried(context: { readonly principalRetry?: pulumi.ErrorHook }): pulumi.CustomResourceOptions {
  return context.principalRetry ? { hooks: { onError: [context.principalRetry] } } : {};
}
