import type { ContainerGroup } from "@azure/arm-containerinstance";
import { AutomationError } from "../errors.ts";
import type { AgentStatus } from "./agentHost.ts";

/** States of a group that are over (Microsoft Learn, "Azure Container Instances states"). */
const OVER = new Set(["Succeeded", "Failed", "Stopped"]);
/** A pull that fails is tried again by the service, with pauses; so often in vain means that it will not succeed. */
const PULLS = 3;

/**
 * What a group says of its run. A container that ended counts, also while the group does not say so yet.
 *
 * @throws {AutomationError} `AGENT_IMAGE` when the service has tried in vain to pull the image
 */
export function groupStatus(agent: string, group: ContainerGroup): AgentStatus {
  const { provisioningState = "Pending", instanceView, containers } = group;
  const own = containers[0]?.instanceView;
  const pull = own?.events?.find(({ name, message, count = 0 }) => {
    return name === "Failed" && /pull image/i.test(message ?? "") && count >= PULLS;
  });
  if (pull) throw new AutomationError("AGENT_IMAGE", { agent, reason: pull.message });
  const { state, exitCode } = own?.currentState ?? {};
  if (state === "Terminated")
    return { over: true, text: exitCode === 0 ? "Succeeded" : `Failed (exit code ${exitCode})` };
  if (instanceView?.state !== undefined && OVER.has(instanceView.state))
    return { over: true, text: instanceView.state };
  if (provisioningState === "Failed") return { over: true, text: "Failed" };
  return { over: false, text: instanceView?.state ?? provisioningState };
}

/** What Container Instances answers when there is no place (codes and messages: its troubleshooting pages on Microsoft Learn). */
const NO_ROOM =
  /ContainerGroupQuotaReached|QuotaExceeded|ServiceUnavailable|SkuNotAvailable|requested resource is not available in the location/i;
const NO_IMAGE = /InaccessibleImage|RegistryErrorResponse|Failed to pull image/i;

/** An error of Container Instances as one of ours; what is none of these comes back as it is. */
export function groupError(agent: string, error: unknown): unknown {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  const text = `${String(code)} ${String(message)}`;
  const ours = NO_ROOM.test(text) ? "AGENT_NO_ROOM" : NO_IMAGE.test(text) ? "AGENT_IMAGE" : undefined;
  return ours ? new AutomationError(ours, { agent, reason: String(message) }, { cause: error }) : error;
}
