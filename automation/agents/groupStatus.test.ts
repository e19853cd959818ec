import type { ContainerGroup, ContainerState, Event } from "@azure/arm-containerinstance";
import { expect, it } from "vitest";
import { AutomationError, isRetriable, toErrorRecord } from "../errors.ts";
import { groupError, groupStatus } from "./groupStatus.ts";

/** A group as the client reads it. */
function group(
  provisioningState: string | undefined,
  state: string | undefined,
  currentState?: ContainerState,
  events: readonly Event[] = [],
): ContainerGroup {
  const instanceView = { ...(currentState && { currentState }), events: [...events] };
  return {
    osType: "Linux",
    containers: [{ name: "main", image: "i", resources: { requests: { cpu: 1, memoryInGB: 1 } }, instanceView }],
    ...(provisioningState !== undefined && { provisioningState }),
    ...(state !== undefined && { instanceView: { state } }),
  };
}

it.each([
  [undefined, undefined, undefined, { over: false, text: "Pending" }],
  ["Creating", undefined, undefined, { over: false, text: "Creating" }],
  ["Pending", "Pending", { state: "Waiting" }, { over: false, text: "Pending" }],
  ["Succeeded", "Running", { state: "Running" }, { over: false, text: "Running" }],
  ["Succeeded", "Running", { state: "Terminated", exitCode: 0 }, { over: true, text: "Succeeded" }],
  ["Succeeded", "Succeeded", { state: "Terminated", exitCode: 0 }, { over: true, text: "Succeeded" }],
  ["Succeeded", "Failed", { state: "Terminated", exitCode: 137 }, { over: true, text: "Failed (exit code 137)" }],
  ["Succeeded", "Failed", undefined, { over: true, text: "Failed" }],
  ["Succeeded", "Stopped", { state: "Waiting" }, { over: true, text: "Stopped" }],
  ["Failed", undefined, undefined, { over: true, text: "Failed" }],
] as const)("%s, group %s, container %j: %j", (provisioning, state, current, expected) => {
  expect(groupStatus("qa_agent", group(provisioning, state, current))).toEqual(expected);
});

it.each([
  [1, false],
  [2, false],
  [3, true],
])("a pull that failed %i times ends the wait: %s", (count, ends) => {
  const events = [{ name: "Failed", message: 'Failed to pull image "r/qa": unauthorized', count }];
  const read = () => groupStatus("qa_agent", group("Creating", "Pending", { state: "Waiting" }, events));
  if (ends) expect(read).toThrow('qa_agent could not be started: Failed to pull image "r/qa": unauthorized');
  else expect(read()).toEqual({ over: false, text: "Pending" });
});

it.each([
  ["ContainerGroupQuotaReached", "container group quota 'StandardCores' exceeded", "AGENT_NO_ROOM"],
  [
    "ServiceUnavailable",
    "The requested resource is not available in the location 'x' at this moment.",
    "AGENT_NO_ROOM",
  ],
  ["Failed", "The requested resource is not available in the location 'x' at this moment.", "AGENT_NO_ROOM"],
  ["InaccessibleImage", "The image 'i' in container group 'g' is not accessible.", "AGENT_IMAGE"],
  ["RegistryErrorResponse", "An error response is received from the docker registry.", "AGENT_IMAGE"],
])("%s (%s) is %s, which is tried again", (code, message, ours) => {
  const cause = Object.assign(new Error(message), { code, statusCode: 409 });
  const error = groupError("qa_agent", cause);
  expect(error).toBeInstanceOf(AutomationError);
  expect(error).toMatchObject({ code: ours, message: `qa_agent could not be started: ${message}`, cause });
  expect(isRetriable(toErrorRecord(error))).toBe(true);
});

it("what Container Instances refuses for another reason comes back as it is", () => {
  const error = Object.assign(new Error("no right"), { code: "AuthorizationFailed", statusCode: 403 });
  expect(groupError("qa_agent", error)).toBe(error);
});
