import { nameOf } from "../deploy/planRecorder.ts";
import type { Step, StepContext } from "./step.ts";

/** Removes the app's stack and everything in it, and its files; what is gone already is done. */
export const destroy: Step<{ readonly appId: string }, { readonly changes: Readonly<Record<string, number>> }> = {
  name: "destroy",
  timeoutMs: 30 * 60_000,
  async run({ appId }, context) {
    const { changes } = await context.services.deployer.run(
      { kind: "destroy", stack: appId, config: {}, recover: context.job.attempts > 1 },
      {
        signal: context.signal,
        onPlan: async () => {},
        onEvent: (event) => {
          if (event.type === "log") context.report({ type: "log", level: event.level, message: event.message });
          else context.report({ type: "resource", message: `${event.operation} ${nameOf(event.urn)} ${event.phase}` });
        },
      },
    );
    await forgetFiles(appId, context);
    context.report({ type: "destroyed", message: "The app and its resources are gone", data: { changes } });
    return { changes };
  },
};

/** Every version of the app's files and their contents: nothing can be deployed of them any more. */
async function forgetFiles(appId: string, { services, signal }: StepContext): Promise<void> {
  for await (const blob of services.workspaces.listBlobsFlat({ prefix: `apps/${appId}/`, abortSignal: signal })) {
    await services.workspaces.getBlobClient(blob.name).deleteIfExists({ abortSignal: signal });
  }
}
