import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { type ContainerGroup, ContainerInstanceManagementClient } from "@azure/arm-containerinstance";
import { armClientOptions, createCredential } from "@devfactory/automation/index.ts";
import { afterAll, expect } from "vitest";
import { long } from "../long.ts";
import { Platform } from "./platform.ts";

const platform = new Platform({ DEVFACTORY_AGENT_HOST: "aci" });
afterAll(() => platform[Symbol.asyncDispose](), 60_000);

/** A client of the platform's local Azure, as soon as it is there. */
async function groupsClient(): Promise<ContainerInstanceManagementClient> {
  while (!existsSync(join(platform.dataDir, "emulator.json"))) await sleep(50);
  const { env } = platform.readJson<{ env: Record<string, string> }>("emulator.json");
  setDefaultCACertificates([...getCACertificates(), readFileSync(env.NODE_EXTRA_CA_CERTS ?? "", "utf8")]);
  const { endpoint, credentialScopes } = armClientOptions(env);
  const options = { endpoint, credentialScopes };
  return new ContainerInstanceManagementClient(createCredential(env), env.AZURE_SUBSCRIPTION_ID ?? "", options);
}

long(
  "a prompt becomes an app by agents in container groups: ARM shows them while the job is at work, and none after",
  async () => {
    let over = false;
    const seen = new Map<string, ContainerGroup>();
    const watching = groupsClient().then(async (client) => {
      for (; !over; await sleep(50))
        for await (const group of client.containerGroups.list()) seen.set(group.name ?? "", group);
      return client;
    });
    const starting = platform.start(/Your app:\s+(http:\/\/\S+)/, "A list of books with title and author");
    const [, url = ""] = await starting.finally(() => {
      over = true;
    });
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const client = await watching;
    expect(await Array.fromAsync(client.containerGroups.list())).toEqual([]);
    const groups = [...seen.values()];
    const { jobs } = JSON.parse((await platform.devfactory("status", "--output", "json")).stdout) as {
      jobs: { jobId: string }[];
    };
    expect([...new Set(groups.map(({ tags }) => tags?.["devfactory-job"]))]).toEqual([jobs[0]?.jobId]);
    expect([...new Set(groups.map(({ tags }) => tags?.["devfactory-agent"]))].sort()).toEqual([
      "backend_agent",
      "frontend_agent",
      "infra_agent",
      "planner_agent",
      "qa_agent",
    ]);
    expect(new Set(groups.map(({ restartPolicy }) => restartPolicy))).toEqual(new Set(["Never"]));
  },
  180_000,
);
