import { listBlobs } from "../azure/blobReads.ts";
import type { WorkflowServices } from "./services.ts";
import { runStack } from "./stackRun.ts";
import type { Step, StepContext } from "./step.ts";

export interface DestroyEvidence {
  readonly changes: Readonly<Record<string, number>>;
  /** Ids of what stood in the app's groups and is not the app's: it is still there. */
  readonly kept: readonly string[];
}

/** Removes the app's stack and everything in it, and its files; what is gone already is done. */
export const destroy: Step<{ readonly appId: string }, DestroyEvidence> = {
  name: "destroy",
  timeoutMs: 30 * 60_000,
  async run({ appId }, context) {
    const { changes, kept = [] } = await runStack({ kind: "destroy", config: {} }, context);
    if (kept.length > 0) {
      const message = `Left alone, with the group that it stands in, because it is not the app's: ${kept.join(", ")}`;
      context.report({ type: "kept", level: "warning", message, data: { kept } });
    }
    await forgetFiles(appId, context);
    await giveNamesBack(appId, context);
    context.report({ type: "destroyed", message: "The app and its resources are gone", data: { changes } });
    return { changes, kept };
  },
};

/** Production keeps what was deleted as long as Azure does; elsewhere the same names can be made again at once. */
async function giveNamesBack(appId: string, { app, services, signal, report }: StepContext): Promise<void> {
  if (app.spec?.profile === "production") return;
  try {
    const { freed, held } = await services.freeNames(appId, signal);
    if (freed.length > 0) report({ type: "names_freed", message: `Free again: ${freed.join(", ")}`, data: { freed } });
    if (held.length > 0) {
      const message = `Azure holds these names for a while: ${held.join(", ")} (protected against purging)`;
      report({ type: "names_held", level: "warning", message, data: { held } });
    }
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    report({ type: "names_held", level: "warning", message: `Names of deleted resources were not freed: ${reason}` });
  }
}

/** Every version of the app's files and their contents: nothing can be deployed of them any more. */
export async function forgetFiles(
  appId: string,
  { services, signal }: { readonly services: Pick<WorkflowServices, "workspaces">; readonly signal: AbortSignal },
): Promise<void> {
  for (const blob of await listBlobs(services.workspaces, { prefix: `apps/${appId}/`, abortSignal: signal })) {
    await services.workspaces.getBlobClient(blob.name).deleteIfExists({ abortSignal: signal });
  }
}
