import { expect, it } from "vitest";
import type { AppContext } from "../core/context.ts";
import { Relay } from "../messaging/relay.ts";
import { ContainerRegistry } from "../registry/containerRegistry.ts";
import { Network } from "../shared/network.ts";
import { guid, rawResources, record, SUBSCRIPTION_ID, TENANT_ID, TEST_TAGS, testContext } from "../testing/index.ts";
import { ContainerGroup, type ContainerGroupArgs } from "./containerGroup.ts";

const GROUP = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg/providers`;
const IMAGE = `r.azurecr.io/agent@sha256:${"1".repeat(64)}`;

function argsOf(context: AppContext, more: Partial<ContainerGroupArgs> = {}): ContainerGroupArgs {
  const registry = ContainerRegistry.existing("registry", { registryId: "/registry", loginServer: "r.azurecr.io" });
  return { context, registry, image: IMAGE, subnetResourceId: "/subnet", ...more };
}

it.each([
  { profile: "dev", containerGroupName: "ci-clinic-dev-jrulm2" },
  { profile: "production", containerGroupName: "ci-clinic-prod-2bcr46" },
] as const)("$profile: in a subnet, the image pulled by identity", async ({ profile, containerGroupName }) => {
  const made = await record(() => new ContainerGroup("agent", argsOf(testContext(profile))));
  const { "agent-identity": identity, ...raw } = rawResources(made);
  const name = String(identity?.[1].resourceName);
  const id = `${GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
  expect(raw).toEqual({
    "agent-to-registry-acrPull": ["authorization:RoleAssignment", expect.objectContaining({ scope: "/registry" })],
    "agent-group": [
      "containerinstance:ContainerGroup",
      {
        resourceGroupName: "rg",
        location: "eastus",
        containerGroupName,
        osType: "Linux",
        sku: "Standard",
        restartPolicy: "Always",
        identity: { type: "UserAssigned", userAssignedIdentities: [id] },
        subnetIds: [{ id: "/subnet" }],
        imageRegistryCredentials: [{ server: "r.azurecr.io", identity: id }],
        containers: [
          {
            name: "main",
            image: IMAGE,
            resources: { requests: { cpu: 0.5, memoryInGB: 1 } },
            environmentVariables: [
              { name: "AZURE_CLIENT_ID", value: guid(`client ${name}`) },
              { name: "AZURE_TENANT_ID", value: TENANT_ID },
            ],
          },
        ],
        tags: { ...TEST_TAGS, "devfactory-component": "agent" },
      },
    ],
  });
  expect(made.resources.find((each) => each.name === "agent-group")?.dependsOn).toContain("agent-to-registry-acrPull");
});

it("everything on: command, size, ports, links, the last word by transform", async () => {
  const made = await record(() => {
    const context = testContext("dev");
    const relay = new Relay("onprem", { context, name: "rln-clinic", hybridConnections: ["berlin"] });
    const more = {
      name: "ci-clinic",
      command: ["node", "agent.js"],
      cpu: 2.25,
      memoryGb: 3.5,
      ports: [8080, 9090],
      restart: "OnFailure",
      env: { LOG_LEVEL: "debug" },
      link: [relay.connection("berlin").link("listen")],
      transform: { group: { priority: "Regular" } },
    } as const;
    return new ContainerGroup("agent", argsOf(context, more));
  });
  const raw = rawResources(made);
  expect(raw["agent-group"]?.[1]).toEqual(EVERYTHING_ON_AGENT_GROUP);
  expect(raw["agent-to-onprem-berlin-relayListener"]?.[1].scope).toMatch(/\/hybridConnections\/berlin$/);
  expect(Object.keys(raw)).toHaveLength(6);
});

it("takes a subnet of a network, and refuses to stand in none", async () => {
  const made = await record(() => {
    const context = testContext("dev");
    const { subnetResourceId: _, ...args } = argsOf(context);
    new ContainerGroup("agent", { ...args, network: new Network("net", { context }) });
  });
  const raw = rawResources(made);
  const network = `${GROUP}/Microsoft.Network/virtualNetworks/${raw["net-network"]?.[1].virtualNetworkName}`;
  expect(raw["agent-group"]?.[1].subnetIds).toEqual([{ id: `${network}/subnets/groups` }]);
  const { subnetResourceId: _, ...nowhere } = argsOf(testContext("dev"));
  await expect(record(() => new ContainerGroup("agent", nowhere))).rejects.toMatchObject({
    code: "OPTION_UNSUPPORTED",
    details: { component: "ContainerGroup agent", option: "network", given: "neither" },
  });
});

it.each<[Partial<ContainerGroupArgs>, string, string]>([
  [{ cpu: 4.25 }, "cpu", "4.25"],
  [{ cpu: 0.3 }, "cpu", "0.3"],
  [{ memoryGb: 16.5 }, "memoryGb", "16.5"],
  [{ restart: "Sometimes" as "Always" }, "restart", "Sometimes"],
  [{ ports: [0] }, "ports", "0"],
  [{ env: { DB_PASSWORD: "x" } }, "env", "DB_PASSWORD"],
])("%j is refused before anything is made", async (more, argument, value) => {
  const made = record(() => new ContainerGroup("agent", argsOf(testContext("dev"), more)));
  await expect(made).rejects.toMatchObject({ code: "ARGUMENT_INVALID", details: { argument, value } });
});

// All that is told to Azure, whole; names and ids follow from the context of tests.
const EVERYTHING_ON_AGENT_GROUP = {
  containerGroupName: "ci-clinic",
  containers: [
    {
      command: ["node", "agent.js"],
      environmentVariables: [
        {
          name: "AZURE_CLIENT_ID",
          value: "a0ab45c1-75af-499a-8316-04caa73a0e35",
        },
        {
          name: "AZURE_TENANT_ID",
          value: "22222222-2222-4222-8222-222222222222",
        },
        {
          name: "LOG_LEVEL",
          value: "debug",
        },
        {
          name: "AZURE_RELAY_HOST",
          value: "rln-clinic.servicebus.windows.net",
        },
      ],
      image: "r.azurecr.io/agent@sha256:1111111111111111111111111111111111111111111111111111111111111111",
      name: "main",
      ports: [
        {
          port: 8080,
          protocol: "TCP",
        },
        {
          port: 9090,
          protocol: "TCP",
        },
      ],
      resources: {
        requests: {
          cpu: 2.25,
          memoryInGB: 3.5,
        },
      },
    },
  ],
  identity: {
    type: "UserAssigned",
    userAssignedIdentities: [
      "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-clinic-dev-h66rpi",
    ],
  },
  imageRegistryCredentials: [
    {
      identity:
        "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-clinic-dev-h66rpi",
      server: "r.azurecr.io",
    },
  ],
  ipAddress: {
    autoGeneratedDomainNameLabelScope: "Unsecure",
    ports: [
      {
        port: 8080,
        protocol: "TCP",
      },
      {
        port: 9090,
        protocol: "TCP",
      },
    ],
    type: "Private",
  },
  location: "eastus",
  osType: "Linux",
  priority: "Regular",
  resourceGroupName: "rg",
  restartPolicy: "OnFailure",
  sku: "Standard",
  subnetIds: [
    {
      id: "/subnet",
    },
  ],
  tags: {
    "devfactory-component": "agent",
    owner: "tests",
  },
};
