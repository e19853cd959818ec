import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { ContainerApp } from "../compute/containerApp.ts";
import { ContainerEnvironment } from "../compute/containerEnvironment.ts";
import { CosmosAccount } from "../data/cosmosAccount.ts";
import { PostgresServer } from "../data/postgresServer.ts";
import { ContainerRegistry } from "../registry/containerRegistry.ts";
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

const PRINCIPAL = "44444444-4444-4444-8444-444444444444";
const GROUP = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg/providers`;
const registryAt = { registryId: "/registry", loginServer: "r.azurecr.io" };

const cosmos = (context: AppContext) =>
  new CosmosAccount("data", { context, databases: { shop: {} } }).database("shop");
const postgres = (context: AppContext) => new PostgresServer("db", { context, databases: ["shop"] }).database("shop");
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
