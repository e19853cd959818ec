import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { armEndpoint } from "../azure/arm.ts";
import { type StateRows, withAdopted } from "./adoptedState.ts";
import { adoptPending, type PendingCreate } from "./adoptPending.ts";
import type { RecoveryNote } from "./messages.ts";

export interface RecoverOptions {
  readonly signal: AbortSignal;
  readonly tell: (note: RecoveryNote) => void;
  /** Reads every resource again, and forgets the creates that are still open. */
  readonly refresh: () => Promise<unknown>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

interface PendingRow {
  readonly urn: string;
  readonly type: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

/**
 * Brings the state of a stack back to the truth after a deployment that did not say its end: decides about creates without an answer,
 * then reads everything again.
 *
 * @throws {NotOurs} a name is held by something that is not the app's
 */
export async function recoverStack(stack: Stack, options: RecoverOptions): Promise<void> {
  const { signal, tell } = options;
  const exported = await stack.exportStack();
  const state: StateRows | null = exported.deployment;
  const creates = (state?.pending_operations ?? []).flatMap(({ type, resource }) =>
    type === "creating" ? [pendingOf(resource as PendingRow)] : [],
  );
  const adopted = creates.length > 0 ? await adopt(creates, stack.name, options) : new Map<string, string>();
  if (state && adopted.size > 0) {
    signal.throwIfAborted();
    await stack.importStack({ ...exported, deployment: withAdopted(state, adopted) });
  }
  await options.refresh();
  tell({ action: "refreshed", message: "Read all resources of the stack again" });
}

function pendingOf({ urn, type, inputs = {} }: PendingRow): PendingCreate {
  return { urn, type, inputs };
}

/** The clients of Azure are loaded only when there is something to ask. */
async function adopt(
  creates: readonly PendingCreate[],
  app: string,
  { signal, tell, environment = process.env }: RecoverOptions,
): Promise<ReadonlyMap<string, string>> {
  const [{ createCredential }, { ArmReader }] = await Promise.all([
    import("../azure/credential.ts"),
    import("../preflight/armReader.ts"),
  ]);
  const subscriptionId = environment.AZURE_SUBSCRIPTION_ID ?? environment.ARM_SUBSCRIPTION_ID ?? "";
  const credential = createCredential(environment);
  const arm = new ArmReader({ subscriptionId, ...armEndpoint(environment), credential }, signal);
  return adoptPending(creates, { app, subscriptionId, signal, tell, read: (id, version) => arm.find(id, version) });
}
