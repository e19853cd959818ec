import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { armEndpoint } from "../azure/arm.ts";
import { foreignIn, type ListedResource } from "./foreignResources.ts";
import { goingLocks } from "./goingLocks.ts";
import { GROUP_TYPE } from "./groupType.ts";
import { stockOf } from "./stackParts.ts";
import type { Passes } from "./waitForAzure.ts";

export interface DestroyOptions {
  readonly signal: AbortSignal;
  /** The engine's destroy, without the resources of these URNs; repeated after errors that pass. */
  readonly destroy: (exclude: readonly string[], passes: Passes) => Promise<Record<string, number>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface Destroyed {
  readonly changes: Record<string, number>;
  /** Ids of what was found in the app's groups and is not the app's. It stays, and so do the groups. */
  readonly kept: readonly string[];
}

/**
 * Removes everything of a stack and the stack itself. A group in which somebody else has put something stays with it: deleting a group would
 * delete all that is in it.
 */
export async function destroyStack(stack: Stack, options: DestroyOptions): Promise<Destroyed> {
  const stock = await stockOf(stack);
  const groups = stock.filter(({ type }) => type === GROUP_TYPE);
  const ids = stock.map(({ id }) => id);
  const kept: string[] = [];
  const staying: string[] = [];
  if (groups.length > 0) {
    const list = await groupReader(options);
    for (const { urn, id } of groups) {
      const foreign = foreignIn(await list(id), ids, stack.name);
      if (foreign.length > 0) staying.push(urn);
      kept.push(...foreign);
    }
  }
  const changes = await options.destroy(staying, goingLocks(ids));
  await stack.workspace.removeStack(stack.name, { force: staying.length > 0 });
  return { changes, kept };
}

async function groupReader({ signal, environment = process.env }: DestroyOptions) {
  const [{ createCredential }, { ArmReader }] = await Promise.all([
    import("../azure/credential.ts"),
    import("../preflight/armReader.ts"),
  ]);
  const subscriptionId = environment.AZURE_SUBSCRIPTION_ID ?? environment.ARM_SUBSCRIPTION_ID ?? "";
  const source = { subscriptionId, ...armEndpoint(environment), credential: createCredential(environment) };
  const arm = new ArmReader(source, signal);
  const prefix = `/subscriptions/${subscriptionId}`;
  return async (groupId: string): Promise<readonly ListedResource[]> => {
    if (!(await arm.find(groupId, "2021-04-01"))) return [];
    return (await arm.list(`${groupId.slice(prefix.length)}/resources`, "2021-04-01")) as ListedResource[];
  };
}
