import { toUsd, usageForUsers } from "@devfactory/checks/index.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { LocalStack } from "../localStack.ts";
import { deployBlueprint } from "./deploy.ts";
import { costOf, countsOf, failuresOf, grantsOf, inputsOf, planBlueprint } from "./plan.ts";

it("the plan has these resources and no others, and no container environment", async () => {
  expect(countsOf(await planBlueprint("daibai"))).toEqual({
    "apimanagement:Api": 1,
    "apimanagement:ApiManagementService": 1,
    "apimanagement:ApiOperation": 5,
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

let stack: LocalStack;
beforeAll(async () => {
  stack = await deployBlueprint("daibai");
}, 120_000);
afterAll(() => stack.stop());

const MADE = {
  "Microsoft.ApiManagement/service": 1,
  "Microsoft.ApiManagement/service/apis": 1,
  "Microsoft.ApiManagement/service/apis/operations": 5,
  "Microsoft.ApiManagement/service/apis/policies": 1,
  "Microsoft.AppConfiguration/configurationStores": 1,
  "Microsoft.DocumentDB/databaseAccounts": 1,
  "Microsoft.KeyVault/vaults": 1,
  "Microsoft.ManagedIdentity/userAssignedIdentities": 1,
  "Microsoft.OperationalInsights/workspaces": 1,
  "Microsoft.Relay/namespaces": 1,
  "Microsoft.Relay/namespaces/hybridConnections": 1,
  "Microsoft.Resources/resourceGroups": 1,
  "Microsoft.Sql/servers": 1,
  "Microsoft.Sql/servers/databases": 1,
  "Microsoft.Storage/storageAccounts": 1,
  "Microsoft.Web/serverfarms": 1,
  "Microsoft.Web/sites": 1,
  "Microsoft.Web/staticSites": 1,
};

it("up makes it on the local Azure, a second up changes nothing, destroy leaves nothing", async () => {
  await stack.pulumi("up", "--yes", "--skip-preview");
  expect(stack.stored(Object.keys(MADE))).toEqual(MADE);
  const steps = JSON.parse(await stack.pulumi("stack", "output", "--json")).sqlSteps;
  expect(steps).toHaveLength(1);
  expect(steps[0].statements[1]).toMatch(/^ALTER ROLE db_datareader ADD MEMBER \[id-daibai-dev-[a-z2-7]{6}\];$/);
  await stack.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
  await stack.pulumi("destroy", "--yes", "--skip-preview");
  expect(stack.stored(Object.keys(MADE))).toEqual({});
  const exported = JSON.parse(await stack.pulumi("stack", "export"));
  expect(exported.deployment.resources ?? []).toEqual([]);
}, 400_000);
