import type { PlanDocument } from "@devfactory/automation/plan/planDocument.ts";
import { gatherFacts } from "@devfactory/automation/preflight/gatherFacts.ts";
import { preflight } from "@devfactory/checks/index.ts";
import { startCloud } from "@devfactory/emulator/arm/testing/cloud.ts";
import { afterAll, beforeAll, expect, it } from "vitest";

let cloud: Awaited<ReturnType<typeof startCloud>>;
beforeAll(async () => {
  cloud = await startCloud();
  await cloud.call("PUT", inGroup("rg-other", ""), { location: "eastus" });
});
afterAll(() => cloud[Symbol.asyncDispose]());

const inGroup = (name: string, path: string) => `${cloud.subscription}/resourceGroups/${name}${path}`;

function resource(type: string, inputs: Record<string, unknown>) {
  const at = { urn: `urn:pulumi:plan::shop::azure-native:${type}::x`, type: `azure-native:${type}`, name: "x" };
  return { ...at, inputs: { resourceGroupName: "rg-shop", location: "eastus", ...inputs } };
}

async function check(...resources: PlanDocument["resources"]): Promise<readonly string[]> {
  const plan: PlanDocument = { region: "eastus", profile: "dev", resources };
  const scope = "https://management.azure.com/.default";
  const subscriptionId = cloud.subscription.split("/")[2] ?? "";
  const source = { subscriptionId, endpoint: cloud.house.arm.url, scope, credential: cloud.credential };
  const facts = await gatherFacts(plan, source);
  return preflight({ ...plan, facts }).map(({ id, message }) => `${id}: ${message}`);
}

/** What ARM says of a PUT in another group: the same that `up` would meet. */
async function put(path: string, properties: object): Promise<string> {
  const { status, body } = await cloud.call("PUT", inGroup("rg-other", `/providers/${path}`), {
    location: "eastus",
    properties,
  });
  return status < 300 ? "made" : body.error.code;
}

const server = (name: string, highAvailability = {}) =>
  resource("dbforpostgresql:Server", { serverName: "psql-shop", sku: { name }, highAvailability });
const account = (isZoneRedundant: boolean) =>
  resource("cosmosdb:DatabaseAccount", {
    accountName: "cosmos-shop",
    locations: [{ locationName: "eastus", isZoneRedundant }],
  });
const sql = resource("sql:Server", { serverName: "sql-shop" });
const group = (name: string, cpu: number) =>
  resource("containerinstance:ContainerGroup", {
    containerGroupName: name,
    containers: [{ name: "c", resources: { requests: { cpu, memoryInGB: 1 } } }],
  });
const cluster = (vmSize: string, count: number) =>
  resource("containerservice:ManagedCluster", { resourceName: "aks-shop", agentPoolProfiles: [{ vmSize, count }] });
const environment = resource("app:ManagedEnvironment", { environmentName: "cae-shop" });

it("what fits has no finding", async () => {
  const ha = { mode: "ZoneRedundant" };
  const plan = [
    server("Standard_D2s_v3", ha),
    account(true),
    sql,
    group("a", 4),
    cluster("Standard_D2s_v5", 2),
    environment,
  ];
  expect(await check(...plan)).toEqual([]);
});

it("cores of container groups: counted with those that run, and the update would fail at the same place", async () => {
  const running = { containers: [{ name: "c", properties: { resources: { requests: { cpu: 4, memoryInGB: 1 } } } }] };
  expect(await put("Microsoft.ContainerInstance/containerGroups/running", running)).toBe("made");
  expect(await check(group("a", 4), group("b", 2))).toEqual([]);
  expect(await check(group("a", 4), group("b", 2.5))).toEqual([
    "QUOTA_EXCEEDED: 4 of 10 cores of container groups in eastus are taken; the plan adds 6.5.",
  ]);
  const more = { containers: [{ name: "c", properties: { resources: { requests: { cpu: 6.5, memoryInGB: 1 } } } }] };
  expect(await put("Microsoft.ContainerInstance/containerGroups/more", more)).toBe("ContainerGroupQuotaReached");
});

it("cores of machines: all of them, and those of the family; a size that the region does not have", async () => {
  expect(await check(cluster("Standard_D4s_v5", 3))).toEqual([
    "QUOTA_EXCEEDED: 0 of 10 cores of standardDSv5Family in eastus are taken; the plan adds 12.",
  ]);
  expect(await check(cluster("standard_d8s_v5", 3))).toEqual([
    "QUOTA_EXCEEDED: 0 of 20 cores of machines in eastus are taken; the plan adds 24.",
    "QUOTA_EXCEEDED: 0 of 10 cores of standardDSv5Family in eastus are taken; the plan adds 24.",
  ]);
  expect(await check(cluster("Standard_X1", 1))).toEqual(["SIZE_NOT_OFFERED: eastus has no Standard_X1."]);
});

it.each([
  ["Microsoft.App", "ManagedEnvironmentCount", "Container Apps environments", () => environment],
  ["Microsoft.Sql", "ServerQuota", "SQL servers", () => sql],
  [
    "Microsoft.Storage",
    "StorageAccounts",
    "storage accounts",
    () => resource("storage:StorageAccount", { accountName: "stshop" }),
  ],
  [
    "Microsoft.Network",
    "VirtualNetworks",
    "virtual networks",
    () => resource("network:VirtualNetwork", { virtualNetworkName: "vnet" }),
  ],
  [
    "Microsoft.Network",
    "PublicIPAddresses",
    "public addresses",
    () => resource("network:PublicIPAddress", { publicIpAddressName: "pip" }),
  ],
])("%s %s: none left is an error, a raised quota is none", async (provider, name, what, planned) => {
  cloud.house.arm.limits.setQuota(provider, name, 0);
  expect(await check(planned())).toEqual([`QUOTA_EXCEEDED: 0 of 0 ${what} in eastus are taken; the plan adds 1.`]);
  expect(await check({ ...planned(), inputs: { ...planned().inputs, location: "West Europe" } })).toHaveLength(1);
  cloud.house.arm.limits.setQuota(provider, name, 1);
  expect(await check(planned())).toEqual([]);
});

it.each([
  ["Microsoft.DBforPostgreSQL/flexibleServers", () => server("Standard_B1ms"), "LocationIsOfferRestricted"],
  ["Microsoft.Sql/servers", () => sql, "ProvisioningDisabled"],
  ["Microsoft.DocumentDB/databaseAccounts", () => account(false), "ServiceUnavailable"],
])(
  "a region that takes no new %s is told, where the update would fail, and another region is the way out",
  async (type, planned, code) => {
    cloud.house.arm.limits.close(type, "eastus", "No room.");
    expect(await check(planned())).toEqual([
      expect.stringMatching(
        new RegExp(
          `^REGION_CLOSED: eastus takes no new ${type}: (No room\\.|the subscription has no access to the region)$`,
        ),
      ),
    ]);
    expect(await put(`${type}/some-name`, {})).toBe(code);
    expect(await check({ ...planned(), inputs: { ...planned().inputs, location: "westeurope" } })).toEqual([]);
    cloud.house.arm.limits.open(type, "eastus");
    expect(await check(planned())).toEqual([]);
  },
);

it("sizes and zones of databases", async () => {
  expect(await check(server("Standard_D96s_v9"))).toEqual(["SIZE_NOT_OFFERED: eastus has no Standard_D96s_v9."]);
  expect(await check(server("Standard_B1ms", { mode: "ZoneRedundant" }))).toEqual([
    "SIZE_NOT_OFFERED: eastus has no second zone for Standard_B1ms.",
  ]);
  cloud.house.arm.limits.close("Microsoft.DocumentDB/databaseAccounts/zones", "eastus", "full");
  expect(await check(account(false))).toEqual([]);
  expect(await check(account(true))).toEqual([
    "REGION_CLOSED: eastus takes no Microsoft.DocumentDB/databaseAccounts over zones: the subscription has no access to the region",
  ]);
});

it("names of Cosmos DB accounts, SQL servers and sites that somebody has", async () => {
  cloud.house.arm.limits.setQuota("Microsoft.Sql", "ServerQuota", 20);
  await put("Microsoft.DocumentDB/databaseAccounts/cosmos-taken", { locations: [] });
  await put("Microsoft.Sql/servers/sql-taken", {});
  await put("Microsoft.Web/sites/site-taken", {});
  expect(
    await check(
      resource("cosmosdb:DatabaseAccount", { accountName: "cosmos-taken" }),
      resource("sql:Server", { serverName: "sql-taken" }),
      resource("web:WebApp", { name: "site-taken" }),
      resource("web:WebApp", { name: "site-free" }),
    ),
  ).toEqual([
    "NAME_TAKEN: The name cosmos-taken cannot be had: The name 'cosmos-taken' is already in use.",
    "NAME_TAKEN: The name sql-taken cannot be had: The name 'sql-taken' is already in use.",
    "NAME_TAKEN: The name site-taken cannot be had: The name 'site-taken' is already in use.",
  ]);
});
