import { writeStack } from "../backend/checkpoint.ts";
import { type Deployment, makeManifest } from "../backend/deploymentFile.ts";
import { compactState, type ResourceState } from "../deploy/state.ts";
import { EngineError } from "../engineError.ts";
import type { CommandCall } from "./command.ts";
import { holdStack } from "./heldStack.ts";
import type { StackSession } from "./session.ts";

/** Changes the resources of a state by hand, under the stack's lock. The change may throw; then nothing is written. */
export function editState(
  call: CommandCall,
  change: (resources: readonly ResourceState[]) => readonly ResourceState[],
): Promise<void> {
  return holdStack(call, async (session) => {
    const { deployment } = session;
    if (!deployment) throw new EngineError("the stack has no resources");
    await writeResources(session, deployment, change(deployment.resources ?? []));
  });
}

/** Writes a state with other resources; the rest of it stays. */
export async function writeResources(
  { backend, stack }: StackSession,
  { resources: _, ...deployment }: Deployment,
  resources: readonly ResourceState[],
): Promise<void> {
  const { manifest, secrets_providers, ...rest } = deployment;
  await writeStack(backend.bucket, stack, {
    manifest: { ...manifest, ...makeManifest(new Date()) },
    ...(secrets_providers ? { secrets_providers } : {}),
    ...(resources.length > 0 ? { resources: resources.map(compactState) } : {}),
    ...rest,
  });
}
