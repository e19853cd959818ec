import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import type { AgentHost } from "@devfactory/automation/agents/agentHost.ts";
import { AgentRunner } from "@devfactory/automation/agents/agentRunner.ts";
import { ContainerAppsJobs } from "@devfactory/automation/agents/containerAppsJobs.ts";
import { ContainerGroups, type ContainerGroupsOptions } from "@devfactory/automation/agents/containerGroups.ts";
import { blobService } from "@devfactory/automation/azure/blobService.ts";
import { NO_DOORS } from "@devfactory/automation/models/testing/noDoors.ts";
import { type GroupCloud, LOCATION, startGroupCloud } from "@devfactory/emulator/hosts/testing/groupCloud.ts";
import { AgentTask } from "@devfactory/runtime/task.ts";

const BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
export const AGENT = "qa_agent";

/**
 * An agent that does what its prompt says, in the way of all agents: signs in as its identity, reads its task, writes events and a result.
 * `beat` is appended to again and again while it lives.
 */
const PROGRAM = `
const { IDENTITY_ENDPOINT, IDENTITY_HEADER, AZURE_CLIENT_ID, FILES, DEVFACTORY_TASK } = process.env;
const token = await (await fetch(IDENTITY_ENDPOINT + "?api-version=2019-08-01&resource=https://storage.azure.com&client_id=" + AZURE_CLIENT_ID,
  { headers: { "X-IDENTITY-HEADER": IDENTITY_HEADER } })).json();
const blob = async (method, name, body, headers = {}) => {
  const answer = await fetch(FILES + "workspaces/" + DEVFACTORY_TASK + "/" + name, { method, body,
    headers: { authorization: "Bearer " + token.access_token, "x-ms-version": "2021-08-06", ...headers } });
  if (answer.status >= 300) throw new Error(method + " " + name + " answered " + answer.status + " " + (await answer.text()));
  return answer.text();
};
const put = (name, body) => blob("PUT", name, body, { "x-ms-blob-type": "BlockBlob" });
const task = JSON.parse(await blob("GET", "task.json"));
const event = { at: new Date().toISOString(), type: "message", level: "info", message: "I am to " + task.prompt, data: {} };
await blob("PUT", "events.ndjson", "", { "x-ms-blob-type": "AppendBlob" });
await blob("PUT", "events.ndjson?comp=appendblock", JSON.stringify(event) + "\\n");
const usage = { tokens: 0, steps: 1, seconds: 0, usd: 0 };
const result = (more) => put("result.json", JSON.stringify({ summary: task.prompt, usage, ...more }));
const [verb, argument] = task.prompt.split(" ");
if (verb === "succeed") await result({ status: "succeeded" });
if (verb === "fail") await result({ status: "failed", error: { code: "TOO_HARD", message: "it is too hard" } });
if (verb === "crash") process.exit(9);
if (verb === "wait") {
  await new Promise((resolve) => setTimeout(resolve, Number(argument)));
  await result({ status: "succeeded" });
}
if (verb === "stay") {
  while (!(await blob("GET", "go").then(() => true, () => false))) await new Promise((resolve) => setTimeout(resolve, 100));
  await result({ status: "succeeded" });
}
if (verb === "hang") for (let beat = 0; ; beat++) {
  await put("beat", String(beat));
  await new Promise((resolve) => setTimeout(resolve, 50));
}
`;

/** A local Azure with one agent that either host can run. */
export async function startAgentCloud() {
  const cloud = await startGroupCloud(["storage", "containerApps"]);
  const { credential, emulator, group, identity, put, assign } = cloud;
  const account = `${group}/providers/Microsoft.Storage/storageAccounts/agentfiles`;
  const files = await put(account, { sku: { name: "Standard_LRS" }, kind: "StorageV2", properties: {} });
  await put(`${account}/blobServices/default/containers/workspaces`, { properties: {} });
  for (const who of [identity.principalId, emulator.developer.objectId]) await assign(who, BLOB_CONTRIBUTOR, account);
  const { blob } = files.properties.primaryEndpoints as { blob: string };
  const Dockerfile = 'FROM node:24\nWORKDIR /app\nCOPY . .\nENTRYPOINT ["node", "/app/agent.mjs"]\n';
  const image = await cloud.image("agent", { Dockerfile, "agent.mjs": PROGRAM });
  const env = { AZURE_CLIENT_ID: identity.clientId, FILES: blob };
  await makeJob(cloud, image, env);
  const apps = new ContainerAppsAPIClient(credential, emulator.subscriptionId, { endpoint: emulator.arm });
  const workspaces = blobService(blob, credential).getContainerClient("workspaces");
  const groups = (own: Partial<ContainerGroupsOptions> = {}) =>
    new ContainerGroups({
      client: cloud.client,
      resourceGroupName: "rg",
      server: cloud.server,
      groups: {
        location: LOCATION,
        tags: { "devfactory-platform": "test" },
        agents: { [AGENT]: { image, identityId: identity.id, cpu: 0.5, memoryGb: 1, env } },
      },
      ...own,
    });
  const hosts = {
    job: () => new ContainerAppsJobs({ client: apps, resourceGroupName: "rg", jobs: { [AGENT]: "agent" } }),
    aci: () => groups(),
  } satisfies Record<string, () => AgentHost>;
  return {
    cloud,
    apps,
    workspaces,
    image,
    groups,
    hosts,
    runner: (host: AgentHost) => new AgentRunner({ host, workspaces, doors: NO_DOORS }),
    /** What is there of groups. */
    left: () => Array.fromAsync(cloud.client.containerGroups.listByResourceGroup("rg")),
  };
}

export type AgentCloud = Awaited<ReturnType<typeof startAgentCloud>>;

async function makeJob(cloud: GroupCloud, image: string, env: Readonly<Record<string, string>>): Promise<void> {
  const { group, identity, put, server } = cloud;
  const environmentId = `${group}/providers/Microsoft.App/managedEnvironments/env`;
  await put(environmentId, { properties: {} });
  await put(`${group}/providers/Microsoft.App/jobs/agent`, {
    identity: { type: "UserAssigned", userAssignedIdentities: { [identity.id]: {} } },
    properties: {
      environmentId,
      configuration: {
        triggerType: "Manual",
        replicaTimeout: 1800,
        replicaRetryLimit: 0,
        registries: [{ server, identity: identity.id }],
        manualTriggerConfig: { parallelism: 1, replicaCompletionCount: 1 },
      },
      template: {
        containers: [
          {
            name: "main",
            image,
            resources: { cpu: 0.5, memory: "1Gi" },
            env: Object.entries(env).map(([name, value]) => ({ name, value })),
          },
        ],
      },
    },
  });
}

/** A task with a prompt. @param seconds its budget of time */
export function taskOf(prompt: string, jobId: string, seconds = 300): AgentTask {
  return AgentTask.parse({ jobId, appId: "a", agent: AGENT, prompt, budget: { seconds } });
}
