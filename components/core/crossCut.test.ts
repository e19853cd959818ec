import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { CosmosAccount } from "../data/cosmosAccount.ts";
import { PostgresServer } from "../data/postgresServer.ts";
import { StorageAccount } from "../data/storageAccount.ts";
import { ServiceBus } from "../messaging/serviceBus.ts";
import { ContainerRegistry } from "../registry/containerRegistry.ts";
import { KeyVault, type KeyVaultArgs } from "../security/keyVault.ts";
import { Monitoring } from "../shared/monitoring.ts";
import { Network } from "../shared/network.ts";
import { rawResources, record, resolved, SUBSCRIPTION_ID, testContext } from "../testing/index.ts";
import type { AppContext } from "./context.ts";
import { PRIVATE_LINK } from "./privateLink.ts";
import type { Profile } from "./profile.ts";
import { ROLES } from "./roles.ts";

/** A context that has everything: workspace, network, action group. */
function fullContext(profile: Profile): AppContext {
  const base = testContext(profile);
  const notify = { emails: { owner: "owner@example.org" } };
  const logged = new Monitoring("mon", { context: base, notify, insights: false }).within(base);
  return new Network("net", { context: base }).within(logged);
}

async function vaultIn(profile: Profile, more: Partial<KeyVaultArgs> = {}) {
  const made = await record(() => new KeyVault("vault", { context: fullContext(profile), ...more }));
  return { made, raw: rawResources(made) };
}

/** Names of what belongs to the vault or was made for it. */
const slots = (raw: Readonly<Record<string, unknown>>) =>
  Object.keys(raw)
    .filter((name) => name.startsWith("vault-"))
    .map((name) => name.slice("vault-".length))
    .sort();

it.each([
  ["dev", ["diagnostics", "vault"]],
  ["standard", ["diagnostics", "vault"]],
  ["production", ["alert-availability", "diagnostics", "endpoint", "lock", "vault", "zones"]],
] as const)("%s: a context that has everything gives the vault these children", async (profile, children) => {
  expect(slots((await vaultIn(profile)).raw)).toEqual(children);
});

it("a bare context gives none but production's lock", async () => {
  for (const [profile, children] of [
    ["dev", ["vault"]],
    ["production", ["lock", "vault"]],
  ] as const) {
    const made = await record(() => new KeyVault("vault", { context: testContext(profile) }));
    expect(slots(rawResources(made))).toEqual(children);
  }
});

it.each([
  ["diagnostics", ["alert-availability", "endpoint", "lock", "vault", "zones"]],
  ["privateEndpoints", ["alert-availability", "diagnostics", "lock", "vault"]],
  ["lock", ["alert-availability", "diagnostics", "endpoint", "vault", "zones"]],
  ["alerts", ["diagnostics", "endpoint", "lock", "vault", "zones"]],
] as const)("%s: false switches the default off", async (option, children) => {
  expect(slots((await vaultIn("production", { [option]: false })).raw)).toEqual(children);
});

it("in dev every option can be switched on", async () => {
  const { raw } = await vaultIn("dev", {
    privateEndpoints: true,
    lock: "ReadOnly",
    alerts: true,
    roleAssignments: { ops: { role: "secretsUser", principalId: "ops-team", principalType: "Group" } },
  });
  const all = ["alert-availability", "diagnostics", "endpoint", "lock", "role-ops", "vault", "zones"];
  expect(slots(raw)).toEqual(all);
  expect(raw["vault-lock"]?.[1].level).toBe("ReadOnly");
});

it("an endpoint closes the public address and is found under the zone of its network", async () => {
  const { raw, made } = await vaultIn("production");
  const group = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg/providers`;
  const vaultId = `${group}/Microsoft.KeyVault/vaults/kv-clinic-prod-5y4f7k`;
  const { tags: _, ...endpoint } = raw["vault-endpoint"]?.[1] ?? {};
  expect(raw["vault-vault"]?.[1].properties).toMatchObject({
    publicNetworkAccess: "disabled",
    networkAcls: { defaultAction: "Deny", bypass: "AzureServices" },
  });
  expect(endpoint).toEqual({
    resourceGroupName: "rg",
    location: "eastus",
    privateEndpointName: expect.stringMatching(/^pep-clinic-prod-[a-z2-7]{6}$/),
    subnet: { id: expect.stringMatching(/\/subnets\/private-endpoints$/), ...SUBNET_DEFAULTS },
    privateLinkServiceConnections: [{ name: "vault", privateLinkServiceId: vaultId, groupIds: ["vault"] }],
  });
  expect(raw["vault-zones"]?.[1]).toEqual({
    resourceGroupName: "rg",
    privateEndpointName: endpoint.privateEndpointName,
    privateDnsZoneGroupName: "default",
    privateDnsZoneConfigs: [
      {
        name: "privatelink-vaultcore-azure-net",
        privateDnsZoneId: `${group}/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net`,
      },
    ],
  });
  expect(made.resources.find((each) => each.name === "vault-zones")?.dependsOn).toContain(
    "net-link-vaultcore-azure-net",
  );
});

/** Filled in by azure-native's SDK. */
const SUBNET_DEFAULTS = { privateEndpointNetworkPolicies: "Disabled", privateLinkServiceNetworkPolicies: "Enabled" };

it("one zone serves all endpoints of a network", async () => {
  const made = await record(() => {
    const context = fullContext("production");
    return [new KeyVault("one", { context }), new KeyVault("two", { context })];
  });
  const of = (type: string) => Object.values(rawResources(made)).filter(([each]) => each === type).length;
  expect([of("privatedns:PrivateZone"), of("network:PrivateDnsZoneGroup"), of("network:Subnet")]).toEqual([2, 2, 3]);
});

it("a role of somebody's own is given on the whole resource under the caller's name", async () => {
  const { raw } = await vaultIn("dev", {
    roleAssignments: { ops: { role: "secretsUser", principalId: "ops-team", principalType: "Group" } },
  });
  expect(raw["vault-role-ops"]).toEqual([
    "authorization:RoleAssignment",
    {
      scope: expect.stringMatching(/\/vaults\/kv-clinic-dev-vecp3l$/),
      roleDefinitionId: `/subscriptions/${SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/${ROLES.secretsUser.id}`,
      roleAssignmentName: expect.stringMatching(/^[0-9a-f-]{36}$/),
      principalId: "ops-team",
      principalType: "Group",
      description: "DevFactory clinic: ops on KeyVault vault",
    },
  ]);
});

it("an alert watches the main resource and calls the context's action group", async () => {
  const { raw } = await vaultIn("production", { alerts: { availability: { threshold: 95, severity: 0 } } });
  const { tags: _, ...alert } = raw["vault-alert-availability"]?.[1] ?? {};
  expect(alert).toEqual({
    resourceGroupName: "rg",
    location: "global",
    ruleName: expect.stringMatching(/^alert-clinic-prod-[a-z2-7]{6}$/),
    scopes: [expect.stringMatching(/\/vaults\/kv-clinic-prod-5y4f7k$/)],
    description: "The vault answers too few requests: apps cannot read their secrets.",
    severity: 0,
    enabled: true,
    autoMitigate: true,
    evaluationFrequency: "PT5M",
    windowSize: "PT15M",
    criteria: {
      odataType: "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
      allOf: [
        {
          criterionType: "StaticThresholdCriterion",
          name: "availability",
          metricName: "Availability",
          operator: "LessThan",
          threshold: 95,
          timeAggregation: "Average",
        },
      ],
    },
    actions: [{ actionGroupId: expect.stringMatching(/\/actionGroups\/ag-clinic-prod-[a-z2-7]{6}$/) }],
  });
});

it("logs go where the argument says, in the group that it says", async () => {
  const { raw, made } = await vaultIn("dev", { diagnostics: { workspaceResourceId: "/other", logs: "allLogs" } });
  expect(raw["vault-diagnostics"]?.[1]).toMatchObject({
    workspaceId: "/other",
    logs: [{ categoryGroup: "allLogs", enabled: true }],
  });
  // the slot was called `audit` once: names and state stay
  expect(made.resources.find((each) => each.name === "vault-diagnostics")?.aliases).toEqual(["vault-audit"]);
});

it("the lock goes first when all is deleted: it depends on every other child", async () => {
  const { made } = await vaultIn("production", { keys: ["wrap"] });
  const lock = made.resources.find((each) => each.name === "vault-lock");
  const own = made.resources.filter(({ name }) => name.startsWith("vault-") && name !== "vault-lock");
  expect(lock?.dependsOn).toEqual(own.map(({ name }) => name).sort());
});

it("ready is the main resource's id; what links to it waits for the endpoint", async () => {
  const made = await record(async () => {
    const vault = new KeyVault("vault", { context: fullContext("production") });
    return { ready: await resolved(vault.ready), waits: vault.link("read").prerequisites, nodes: vault.nodes };
  });
  expect(made.result.ready).toMatch(/\/vaults\/kv-clinic-prod-5y4f7k$/);
  expect(made.result.waits).toEqual([made.result.nodes.zones]);
});

it("ready waits for main resource, roles and endpoints, not for logs and alerts", async () => {
  const made = await record(async () => {
    const roleAssignments = { ops: { role: "secretsUser", principalId: "p", principalType: "Group" } } as const;
    const vault = new KeyVault("vault", { context: fullContext("production"), roleAssignments });
    const { nodes } = vault;
    const output = vault.ready as unknown as { allResources(): Promise<Set<pulumi.Resource>> }; // not in its typings
    const resources = [...(await output.allResources())];
    return { slots: Object.keys(nodes).filter((slot) => resources.some((each) => each === nodes[slot])) };
  });
  expect(made.result.slots).toEqual(["vault", "role-ops", "zones"]); // the zones wait for the endpoint
});

it.each<[string, (context: AppContext) => object, Readonly<Record<string, unknown>>]>([
  [
    "an endpoint without a network",
    (context) => new KeyVault("x", { context, privateEndpoints: true }),
    { code: "CONTEXT_MISSING", details: { component: "KeyVault x", option: "privateEndpoints", missing: "network" } },
  ],
  [
    "alerts without an action group",
    (context) => new KeyVault("x", { context, alerts: true }),
    { code: "CONTEXT_MISSING", details: { component: "KeyVault x", option: "alerts", missing: "action group" } },
  ],
  [
    "diagnostics without a workspace",
    (context) => new KeyVault("x", { context, diagnostics: true }),
    { code: "CONTEXT_MISSING", details: { component: "KeyVault x", option: "diagnostics", missing: "workspace" } },
  ],
  [
    "an alert that the tier does not have",
    (context) => new KeyVault("x", { context, alerts: { restarts: false } }),
    { message: "KeyVault x: alerts has no restarts; there are: availability." },
  ],
  [
    "an endpoint of a registry that is not Premium",
    (context) => new ContainerRegistry("x", { context, sku: "Standard", privateEndpoints: true }),
    {
      message:
        "ContainerRegistry x: privateEndpoints needs SKU Premium, not Standard: private endpoints, zones and retention are features of Premium.",
    },
  ],
  [
    "retention of a registry that is not Premium",
    (context) => new ContainerRegistry("x", { context, keepUntaggedDays: 7 }),
    { code: "OPTION_UNSUPPORTED", details: { option: "keepUntaggedDays", given: "Basic" } },
  ],
  [
    "an endpoint of a Standard bus",
    (context) => new ServiceBus("x", { context, privateEndpoints: true }),
    { code: "OPTION_UNSUPPORTED", details: { option: "privateEndpoints", needed: "SKU Premium", given: "Standard" } },
  ],
  [
    "topics on a Basic bus",
    (context) => new ServiceBus("x", { context, sku: "Basic", topics: { news: { subscriptions: {} } } }),
    { code: "OPTION_UNSUPPORTED", details: { option: "topics", given: "Basic" } },
  ],
  [
    "sessions on a Basic bus",
    (context) => new ServiceBus("x", { context, sku: "Basic", queues: { jobs: { sessions: true } } }),
    { code: "OPTION_UNSUPPORTED", details: { option: "sessions", given: "Basic" } },
  ],
  [
    "a burstable server in two zones",
    (context) => new PostgresServer("x", { context, databases: [], zoneRedundant: true }),
    { code: "OPTION_UNSUPPORTED", details: { option: "zoneRedundant", given: "Standard_B1ms" } },
  ],
  [
    "an endpoint beside a delegated subnet",
    (context) =>
      new PostgresServer("x", {
        context,
        databases: [],
        network: new Network("n", { context }),
        privateEndpoints: true,
      }),
    { code: "OPTION_UNSUPPORTED", details: { option: "privateEndpoints", given: "a delegated subnet" } },
  ],
])("%s is refused, and the message says why", async (_, make, error) => {
  await expect(record(() => make(testContext("dev")))).rejects.toMatchObject(error);
});

it("a SKU that cannot have an endpoint does not get one by default", async () => {
  const made = await record(() => {
    const context = fullContext("production");
    return [new ContainerRegistry("img", { context }), new ServiceBus("bus", { context })];
  });
  expect(Object.keys(rawResources(made)).filter((name) => /endpoint/.test(name))).toEqual([]);
});

it.each<[string, (context: AppContext) => object, readonly string[]]>([
  ["cosmos", (context) => new CosmosAccount("x", { context, databases: {} }), ["Sql"]],
  ["postgres", (context) => new PostgresServer("x", { context, databases: [] }), ["postgresqlServer"]],
  ["premium registry", (context) => new ContainerRegistry("x", { context, sku: "Premium" }), ["registry"]],
  ["premium bus", (context) => new ServiceBus("x", { context, sku: "Premium" }), ["namespace"]],
  ["storage of blobs", (context) => new StorageAccount("x", { context }), ["blob"]],
  [
    "storage of everything",
    (context) => new StorageAccount("x", { context, queues: ["q"], tables: ["t"], shares: { disk: { quotaGib: 5 } } }),
    ["blob", "queue", "table", "file"],
  ],
])("%s: production with a network has these endpoints, one after the other", async (_, make, groups) => {
  const made = await record(() => make(fullContext("production")));
  const endpoints = made.resources.filter(({ type }) => type.endsWith(":PrivateEndpoint"));
  const connections = endpoints.map(({ inputs }) => inputs.privateLinkServiceConnections as { groupIds: string[] }[]);
  expect(connections.map(([first]) => first?.groupIds)).toEqual(groups.map((group) => [group]));
  for (const [index, { dependsOn }] of endpoints.entries()) {
    expect(dependsOn.filter((name) => /^x-zones/.test(name))).toHaveLength(Math.min(index, 1));
  }
});

it("the private link table is the one that the services answer to", () => {
  expect(Object.entries(PRIVATE_LINK).map(([name, { group, zone }]) => `${name}: ${group}, ${zone}`)).toEqual([
    "keyVault: vault, privatelink.vaultcore.azure.net",
    "registry: registry, privatelink.azurecr.io",
    "blob: blob, privatelink.blob.core.windows.net",
    "queue: queue, privatelink.queue.core.windows.net",
    "table: table, privatelink.table.core.windows.net",
    "file: file, privatelink.file.core.windows.net",
    "cosmos: Sql, privatelink.documents.azure.com",
    "postgres: postgresqlServer, privatelink.postgres.database.azure.com",
    "sql: sqlServer, privatelink.database.windows.net",
    "serviceBus: namespace, privatelink.servicebus.windows.net",
    "relay: namespace, privatelink.servicebus.windows.net",
    "appConfiguration: configurationStores, privatelink.azconfig.io",
    "containerEnvironment: managedEnvironments, privatelink.{region}.azurecontainerapps.io",
    "site: sites, privatelink.azurewebsites.net",
    "apiManagement: Gateway, privatelink.azure-api.net",
    "openAi: account, privatelink.openai.azure.com",
  ]);
});

it("an alert of Application Insights goes to the action group of the same monitoring", async () => {
  const notify = { emails: { owner: "o@example.org" }, webhooks: { chat: "https://example.org/hook" } };
  const made = await record(() => new Monitoring("mon", { context: testContext("production"), notify }));
  const raw = rawResources(made);
  expect(raw["mon-actions"]?.[1]).toMatchObject({
    groupShortName: "clinic",
    emailReceivers: [{ name: "owner", emailAddress: "o@example.org", useCommonAlertSchema: true }],
    webhookReceivers: [{ name: "chat", serviceUri: "https://example.org/hook", useCommonAlertSchema: true }],
  });
  expect(raw["mon-alert-failed-requests"]?.[1]).toMatchObject({
    scopes: [expect.stringMatching(/\/Microsoft.Insights\/components\/appi-clinic-prod-/)],
    actions: [{ actionGroupId: expect.stringMatching(/\/actionGroups\/ag-clinic-prod-/) }],
  });
});

it("a workspace of the caller's alone needs no context", async () => {
  const workspaceResourceId = pulumi.output("/w");
  const made = await record(
    () => new KeyVault("vault", { context: testContext("dev"), diagnostics: { workspaceResourceId } }),
  );
  expect(rawResources(made)["vault-diagnostics"]?.[1].workspaceId).toBe("/w");
});
