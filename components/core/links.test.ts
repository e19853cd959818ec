import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { ContainerApp } from "../compute/containerApp.ts";
import { ContainerEnvironment } from "../compute/containerEnvironment.ts";
import { ContainerJob } from "../compute/containerJob.ts";
import { CosmosAccount } from "../data/cosmosAccount.ts";
import { PostgresServer } from "../data/postgresServer.ts";
import { StorageAccount } from "../data/storageAccount.ts";
import { ServiceBus } from "../messaging/serviceBus.ts";
import { ContainerRegistry } from "../registry/containerRegistry.ts";
import { KeyVault } from "../security/keyVault.ts";
import { Monitoring } from "../shared/monitoring.ts";
import {
  containerVariables,
  guid,
  rawResources,
  record,
  SUBSCRIPTION_ID,
  TENANT_ID,
  testContext,
} from "../testing/index.ts";
import { Access, type GrantRow, grantReport } from "./access.ts";
import type { AppContext } from "./context.ts";
import type { LinkGrant } from "./link.ts";
import { ROLES, type RoleName } from "./roles.ts";

const PRINCIPAL = "44444444-4444-4444-8444-444444444444";
const GROUP = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg/providers`;
const registryAt = { registryId: "/registry", loginServer: "r.azurecr.io" };

const bus = (context: AppContext) => new ServiceBus("bus", { context, queues: { jobs: {} } }).queue("jobs");
const files = (context: AppContext) => new StorageAccount("files", { context, containers: ["logs"] }).container("logs");
const vault = (context: AppContext) => new KeyVault("vault", { context, keys: ["wrap"] });
const cosmos = (context: AppContext) =>
  new CosmosAccount("data", { context, databases: { shop: {} } }).database("shop");
const postgres = (context: AppContext) => new PostgresServer("db", { context, databases: ["shop"] }).database("shop");
const job = (context: AppContext) => {
  const registry = ContainerRegistry.existing("registry", registryAt);
  return new ContainerJob("task", {
    context,
    registry,
    image: "i",
    environment: new ContainerEnvironment("env", { context }),
  });
};

/** What an access level gives: the role of ARM, the scope it is given on, and the variables that come with it. */
it.each<[string, (context: AppContext) => LinkGrant, RoleName, RegExp, readonly string[]]>([
  [
    "registry pull",
    () => ContainerRegistry.existing("r", registryAt).link("pull"),
    "acrPull",
    /^\/registry$/,
    ["AZURE_CONTAINER_REGISTRY_ENDPOINT"],
  ],
  [
    "registry push",
    () => ContainerRegistry.existing("r", registryAt).link("push"),
    "acrPush",
    /^\/registry$/,
    ["AZURE_CONTAINER_REGISTRY_ENDPOINT"],
  ],
  [
    "registry build",
    () => ContainerRegistry.existing("r", registryAt).link("build"),
    "registryTasks",
    /^\/registry$/,
    ["AZURE_CONTAINER_REGISTRY_ENDPOINT"],
  ],
  [
    "queue send",
    (context) => bus(context).link("send"),
    "busSender",
    /\/queues\/jobs$/,
    ["AZURE_SERVICE_BUS_HOST", "AZURE_SERVICE_BUS_NAME"],
  ],
  [
    "queue receive",
    (context) => bus(context).link("receive"),
    "busReceiver",
    /\/queues\/jobs$/,
    ["AZURE_SERVICE_BUS_HOST", "AZURE_SERVICE_BUS_NAME"],
  ],
  [
    "queue scale",
    (context) => bus(context).link("scale"),
    "busOwner",
    /\/queues\/jobs$/,
    ["AZURE_SERVICE_BUS_HOST", "AZURE_SERVICE_BUS_NAME"],
  ],
  [
    "blob read",
    (context) => files(context).link("read"),
    "blobReader",
    /\/containers\/logs$/,
    ["AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_BLOB_ENDPOINT"],
  ],
  [
    "blob readwrite",
    (context) => files(context).link("readwrite"),
    "blobContributor",
    /\/containers\/logs$/,
    ["AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_BLOB_ENDPOINT"],
  ],
  [
    "vault read",
    (context) => vault(context).link("read"),
    "secretsUser",
    /\/vaults\/kv-clinic-dev-[a-z2-7]{6}$/,
    ["AZURE_KEY_VAULT_ENDPOINT", "AZURE_KEY_VAULT_NAME"],
  ],
  [
    "vault write",
    (context) => vault(context).link("write"),
    "secretsOfficer",
    /\/vaults\/kv-clinic-dev-[a-z2-7]{6}$/,
    ["AZURE_KEY_VAULT_ENDPOINT", "AZURE_KEY_VAULT_NAME"],
  ],
  [
    "one secret read",
    (context) => vault(context).secret("stripe").link("read"),
    "secretsUser",
    /\/secrets\/stripe$/,
    ["AZURE_KEY_VAULT_ENDPOINT", "AZURE_KEY_VAULT_NAME"],
  ],
  [
    "one secret write",
    (context) => vault(context).secret("stripe").link("write"),
    "secretsOfficer",
    /\/secrets\/stripe$/,
    ["AZURE_KEY_VAULT_ENDPOINT", "AZURE_KEY_VAULT_NAME"],
  ],
  [
    "one key use",
    (context) => vault(context).wrappingKey("wrap").link("use"),
    "cryptoUser",
    /\/keys\/wrap$/,
    ["AZURE_KEY_VAULT_ENDPOINT", "AZURE_KEY_VAULT_NAME"],
  ],
  [
    "job start",
    (context) => job(context).link("start"),
    "jobsOperator",
    /\/Microsoft.App\/jobs\/caj-clinic-dev-[a-z2-7]{6}$/,
    [],
  ],
  [
    "telemetry publish",
    (context) => new Monitoring("mon", { context, insights: true }).link("publish"),
    "metricsPublisher",
    /\/components\/appi-clinic-dev-[a-z2-7]{6}$/,
    ["APPLICATIONINSIGHTS_CONNECTION_STRING"],
  ],
])("%s", async (_, linkOf, role, scope, variables) => {
  const made = await record(() => grantTo(linkOf));
  const assignment = rawResources(made)[`web-to-target-${role}`];
  expect(assignment?.[0]).toBe("authorization:RoleAssignment");
  expect(assignment?.[1]).toEqual({
    scope: expect.stringMatching(scope),
    roleDefinitionId: `/subscriptions/${SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/${ROLES[role].id}`,
    roleAssignmentName: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    principalId: PRINCIPAL,
    principalType: "ServicePrincipal",
    description: "DevFactory clinic: web to target",
  });
  expect(made.result.variables).toEqual(variables);
  expect(made.result.rows).toEqual([
    { consumer: "web", principalId: PRINCIPAL, role: ROLES[role].title, scope: expect.stringMatching(scope) },
  ]);
});

it.each([
  ["read", "00000000-0000-0000-0000-000000000001", "Cosmos DB Built-in Data Reader"],
  ["readwrite", "00000000-0000-0000-0000-000000000002", "Cosmos DB Built-in Data Contributor"],
] as const)("cosmos %s is a role of the account on one database", async (access, id, title) => {
  const made = await record(() => grantTo((context) => cosmos(context).link(access)));
  const account = `${GROUP}/Microsoft.DocumentDB/databaseAccounts/cosno-clinic-dev-s5apn2`;
  expect(rawResources(made)["web-to-target-cosmos"]).toEqual([
    "cosmosdb:SqlResourceSqlRoleAssignment",
    {
      resourceGroupName: "rg",
      accountName: "cosno-clinic-dev-s5apn2",
      roleAssignmentId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      roleDefinitionId: `${account}/sqlRoleDefinitions/${id}`,
      principalId: PRINCIPAL,
      scope: `${account}/dbs/shop`,
    },
  ]);
  const order = made.resources.find((each) => each.name === "web-to-target-cosmos")?.dependsOn;
  expect(order).toEqual(["data-account", "data-database-shop"]);
  expect(made.result.rows).toMatchObject([{ role: title }]);
  expect(made.result.variables).toEqual(["AZURE_COSMOS_DATABASE", "AZURE_COSMOS_ENDPOINT"]);
});

it("postgres makes the consumer's identity an Entra administrator, after the server's other changes", async () => {
  const made = await record(() => grantTo((context) => postgres(context).link("readwrite")));
  expect(rawResources(made)["web-to-target-postgres"]).toEqual([
    "dbforpostgresql:AdministratorsMicrosoftEntra",
    {
      resourceGroupName: "rg",
      serverName: expect.stringMatching(/^psql-clinic-dev-/),
      objectId: PRINCIPAL,
      principalName: "id-web",
      principalType: "ServicePrincipal",
      tenantId: TENANT_ID,
    },
  ]);
  const order = made.resources.find((each) => each.name === "web-to-target-postgres")?.dependsOn;
  expect(order).toContain("db-database-shop");
});

it("postgres: the consumer signs in under the name of its identity, read-only where it reads", async () => {
  const made = await record(() => {
    const context = testContext("dev");
    const registry = ContainerRegistry.existing("registry", registryAt);
    const environment = new ContainerEnvironment("env", { context });
    return new ContainerApp("web", {
      context,
      registry,
      environment,
      image: "i",
      link: [postgres(context).link("read")],
    });
  });
  const raw = rawResources(made);
  const identity = String(raw["web-identity"]?.[1].resourceName);
  const host = `${raw["db-server"]?.[1].serverName}.postgres.database.azure.com`;
  expect(containerVariables(made, "web-app")).toEqual({
    AZURE_CLIENT_ID: guid(`client ${identity}`),
    AZURE_TENANT_ID: TENANT_ID,
    PGHOST: host,
    PGPORT: "5432",
    PGDATABASE: "shop",
    PGUSER: identity,
    PGSSLMODE: "require",
    PGOPTIONS: "-c default_transaction_read_only=on",
    POSTGRES_HOST: host,
    POSTGRES_PORT: "5432",
    POSTGRES_DATABASE: "shop",
    POSTGRES_USERNAME: identity,
  });
});

it("a condition travels with its version", async () => {
  const roles = [{ role: "accessAdministrator", scope: "/subscriptions/s", condition: "(x)" }] as const;
  const made = await record(() => grantTo(() => ({ key: "k", source: "k", env: {}, roles })));
  expect(rawResources(made)["web-to-target-accessAdministrator"]?.[1]).toMatchObject({
    condition: "(x)",
    conditionVersion: "2.0",
  });
});

/** Gives a principal what a link describes, as a consumer would. */
async function grantTo(
  linkOf: (context: AppContext) => LinkGrant,
): Promise<{ readonly rows: readonly GrantRow[]; readonly variables: readonly string[] }> {
  const context = testContext("dev");
  const link = linkOf(context);
  const principal = { label: "web", principalId: PRINCIPAL, name: "id-web" };
  const access = new Access("web-to-target", { context, principal, grant: { ...link, key: "target" } });
  const rows = await new Promise<GrantRow[]>((resolve) => grantReport([{ access: [access] }]).apply(resolve));
  return { rows, variables: Object.keys(await unwrapped(link.env)).sort() };
}

function unwrapped(env: LinkGrant["env"]): Promise<Readonly<Record<string, string>>> {
  return new Promise((resolve) => pulumi.output(env).apply(resolve));
}
