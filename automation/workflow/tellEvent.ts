import type { DeployCallbacks } from "../deploy/deployer.ts";
import { nameOf } from "../deploy/planRecorder.ts";
import type { StepContext } from "./step.ts";

/** What a deployment process tells, as events of the job. */
export function tellEvent(
  event: Parameters<DeployCallbacks["onEvent"]>[0],
  { report }: Pick<StepContext, "report">,
): void {
  switch (event.type) {
    case "log": {
      const data = event.urn ? { data: { urn: event.urn } } : {};
      report({ type: "log", level: event.level, message: event.message, ...data });
      return;
    }
    case "recovery": {
      const { type: _, message, ...data } = event;
      const level = event.action === "refreshed" ? "info" : event.action === "refused" ? "error" : "warning";
      report({ type: "recovery", level, message, data });
      return;
    }
    case "waiting": {
      const { reason, seconds, usedSeconds } = event;
      const message = `Azure asks for patience (${reason}): the deployment goes on in ${seconds} s`;
      report({ type: "azure_wait", level: "warning", message, data: { reason, seconds, usedSeconds } });
      return;
    }
    case "resource": {
      const { phase, operation, urn, resourceType, sequence } = event;
      report({
        type: "resource",
        level: phase === "failed" ? "error" : "info",
        message: `${operation} ${nameOf(urn)} (${resourceType}) ${phase}`,
        data: { phase, operation, urn, resourceType, sequence },
      });
    }
  }
}
