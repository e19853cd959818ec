import { nameOf } from "../deploy/planRecorder.ts";
import type { Step } from "./step.ts";

/** Removes the app's stack and everything in it; a stack that is gone already is done. */
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
    context.report({ type: "destroyed", message: "The app and its resources are gone", data: { changes } });
    return { changes };
  },
};
