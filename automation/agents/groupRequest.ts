import { randomBytes } from "node:crypto";
import type { ContainerGroup } from "@azure/arm-containerinstance";
import type { AgentGroups } from "./agentGroups.ts";
import type { AgentStart } from "./agentHost.ts";

/** Tags by which a group is found again. */
export const JOB_TAG = "devfactory-job";
export const AGENT_TAG = "devfactory-agent";
/** When whoever waits for the run has given up, as an ISO time. */
export const UNTIL_TAG = "devfactory-until";
/** The one that waits acts first; this is for the case that it is dead. */
const GRACE_SECONDS = 300;
/** Azure takes 63 characters. */
const MOST = 63;

/**
 * A name that no other run has: lower-case letters, digits and single hyphens, at most 63 (Microsoft Learn, "Naming rules and restrictions
 * for Azure resources", Microsoft.ContainerInstance).
 */
export function groupName(agent: string, random = randomBytes(8).toString("hex")): string {
  const words = agent
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  const middle = words
    .join("-")
    .slice(0, MOST - random.length - "ci--".length)
    .replace(/-$/, "");
  return ["ci", middle, random].filter(Boolean).join("-");
}

/** The job that a prefix belongs to. */
export function jobOf(prefix: string): string {
  return prefix.split("/")[0] ?? "";
}

/** The whole group of one run: one container that runs once, under the agent's own identity. */
export function groupRequest(
  run: AgentStart,
  { location, subnetId, tags, agents }: AgentGroups,
  { server, nowMs }: { readonly server: string; readonly nowMs: number },
): ContainerGroup {
  const own = agents[run.agent];
  if (!own) throw new TypeError(`there is no image of ${run.agent}`);
  const variables = { ...own.env, DEVFACTORY_TASK: run.prefix };
  const until = new Date(nowMs + (run.seconds + GRACE_SECONDS) * 1000).toISOString();
  return {
    location,
    tags: { ...tags, [JOB_TAG]: jobOf(run.prefix), [AGENT_TAG]: run.agent, [UNTIL_TAG]: until },
    osType: "Linux",
    sku: "Standard",
    restartPolicy: "Never",
    identity: { type: "UserAssigned", userAssignedIdentities: { [own.identityId]: {} } },
    imageRegistryCredentials: [{ server, identity: own.identityId }],
    ...(subnetId !== undefined && { subnetIds: [{ id: subnetId }] }),
    containers: [
      {
        name: "main",
        image: own.image,
        resources: { requests: { cpu: own.cpu, memoryInGB: own.memoryGb } },
        environmentVariables: Object.entries(variables).map(([name, value]) => ({ name, value })),
      },
    ],
  };
}
