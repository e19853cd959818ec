import { toUsd, usageForUsers } from "@devfactory/checks/index.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { long } from "../../long.ts";
import { openTarget, type Target } from "./deploy.ts";
import { costOf, countsOf, failuresOf, grantsOf, inputsOf, planBlueprint } from "./plan.ts";

it("the plan has these resources and no others, and no container environment", async () => {
  expect(countsOf(await planBlueprint("daibai"))).toEqual({
    "apimanagement:Api": 1,
    "apimanagement:ApiManagementService": 1,
    "apimanagement:ApiOperation": 6,
    "apimanagement:ApiPolicy": 1,
    "appconfiguration:ConfigurationStore": 1,
    "authorization:RoleAssignment": 4,
    "cosmosdb:DatabaseAccount": 1,
    "cosmosdb:SqlResourceSqlContainer": 3,
    "cosmosdb:SqlResourceSqlDatabase": 1,
    "cosmosdb:SqlResourceSqlRoleAssignment": 1,
    "keyvault:Vault": 1,
    "managedidentity:UserAssignedIdentity": 1,
    "monitor:DiagnosticSetting": 7,
    "operationalinsights:Workspace": 1,
    "relay:HybridConnection": 1,
    "relay:Namespace": 1,
    "resources:ResourceGroup": 1,
    "sql:Database": 1,
    "sql:ExtendedServerBlobAuditingPolicy": 1,
    "sql:Server": 1,
    "storage:BlobContainer": 1,
    "storage:BlobServiceProperties": 1,
    "storage:StorageAccount": 1,
    "web:AppServicePlan": 1,
    "web:StaticSite": 1,
    "web:WebApp": 1,
    "web:WebAppFtpAllowed": 1,
    "web:WebAppScmAllowed": 1,
  });
});

it("grants, sizes and broken rules are those that are listed", async () => {
  const plan = await planBlueprint("daibai");
  expect(grantsOf(plan)).toEqual([
    "chat: App Configuration Data Reader on configurationStores/appcs-daibai-dev",
    "chat: Azure Relay Sender on hybridConnections/customer",
    "chat: Key Vault Secrets User on vaults/kv-daibai-dev",
    "chat: Storage Blob Data Owner on storageAccounts/stdaibaidev",
  ]);
  expect(inputsOf(plan, "chat-to-data-data-cosmos").roleDefinitionId).toMatch(/0000-000000000002$/);
  expect(inputsOf(plan, "gateway-service").sku).toEqual({ name: "Consumption", capacity: 0 });
  expect(inputsOf(plan, "data-account").capabilities).toEqual([{ name: "EnableServerless" }]);
  expect(inputsOf(plan, "inventory-database-inventory")).toMatchObject({
    sku: { name: "GP_S_Gen5", tier: "GeneralPurpose", family: "Gen5", capacity: 1 },
    autoPauseDelay: 60,
    useFreeLimit: true,
  });
  expect(inputsOf(plan, "chat-plan").sku).toEqual({ name: "FC1", tier: "FlexConsumption" });
  expect(inputsOf(plan, "chat-site").functionAppConfig).toMatchObject({
    scaleAndConcurrency: { instanceMemoryMB: 512, maximumInstanceCount: 40 },
  });
  expect(inputsOf(plan, "chat-site")).not.toHaveProperty("functionAppConfig.scaleAndConcurrency.alwaysReady");
  expect(inputsOf(plan, "site-site").sku).toEqual({ name: "Free", tier: "Free" });
  expect(inputsOf(plan, "settings-store").sku).toEqual({ name: "free" });
  expect(failuresOf(plan)).toEqual([]);
});

it.each([
  [1, "0.01"], // as the table
  [10, "0.14"], // the table's 6.52 has 6.38 for use beyond the free offer; here the database pauses until the next month
])("%i users cost %s, Relay and models apart", async (users, usd) => {
  const plan = await planBlueprint("daibai");
  const cost = costOf("daibai", plan, usageForUsers(users, "assistant"));
  expect([toUsd(cost.usd), cost.unpriced, cost.unsupported]).toEqual([usd, 0, {}]);
});

let target: Target;
beforeAll(async () => {
  target = await openTarget();
}, 120_000);
afterAll(() => target.stop());

const DEV = { profile: "dev", waived: [], subnet: false } as const;
const PRODUCTION = { profile: "production", preset: "scale-up", waived: ["FN12 chat-site"], subnet: true } as const;
const TITLE = "$profile: judged, made, unchanged on a second up, gone after destroy";
long.each([DEV])(TITLE, lives, 300_000);
it.each([PRODUCTION])(TITLE, lives, 300_000);

async function lives({ profile, waived, subnet, ...change }: typeof DEV | typeof PRODUCTION) {
  const before = await target.inventory();
  const stack = await target.open("daibai", profile, change);
  const first = await stack.preview();
  expect([first.fail, first.waived]).toEqual([[], waived]);
  await stack.up();
  const { sqlSteps } = (await stack.output()) as { sqlSteps: { statements: string[] }[] };
  expect(sqlSteps.map(({ statements }) => statements[1])).toEqual([
    expect.stringMatching(/^ALTER ROLE db_datareader ADD MEMBER \[id-daibai-(dev|prod)-[a-z2-7]{6}\];$/),
  ]);
  const [site] = target.azure.resources("Microsoft.Web/sites");
  expect(site?.properties.virtualNetworkSubnetId?.toString().endsWith("/subnets/functions") ?? false).toBe(subnet);
  expect(await stack.preview()).toMatchObject({ fail: [], unknown: [], waived, changes: [] });
  await stack.up("--expect-no-changes");
  expect(await stack.destroy()).toEqual([]);
  expect(await target.inventory()).toEqual(before);
}
