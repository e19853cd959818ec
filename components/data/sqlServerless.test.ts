import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { Access } from "../core/access.ts";
import { mergeGrants } from "../core/link.ts";
import { type SqlAccess, sqlSteps } from "../core/sqlAccess.ts";
import {
  rawResources,
  record,
  resolved,
  SUBSCRIPTION_ID,
  TENANT_ID,
  TEST_TAGS,
  testContext,
} from "../testing/index.ts";
import { SqlServerless, type SqlServerlessArgs } from "./sqlServerless.ts";

const administrator = { kind: "Group", name: "dba", objectId: "33333333-3333-4333-8333-333333333333" } as const;
const server = {
  resourceGroupName: "rg",
  location: "eastus",
  version: "12.0",
  minimalTlsVersion: "1.2",
  identity: { type: "SystemAssigned" },
  administrators: {
    administratorType: "ActiveDirectory",
    azureADOnlyAuthentication: true,
    principalType: "Group",
    login: "dba",
    sid: administrator.objectId,
    tenantId: TENANT_ID,
  },
  publicNetworkAccess: "Disabled",
  restrictOutboundNetworkAccess: "Enabled",
  tags: { ...TEST_TAGS, "devfactory-component": "sql" },
};
const database = { resourceGroupName: "rg", location: "eastus", tags: TEST_TAGS, autoPauseDelay: 60 };

it("dev: Entra only, no public address, one vCore that sleeps after an hour", async () => {
  const args = { context: testContext("dev"), administrator, databases: { inventory: {} } };
  const made = await record(() => new SqlServerless("sql", args));
  const serverName = "sql-clinic-dev-ddvvq3";
  expect(rawResources(made)).toEqual({
    "sql-server": ["sql:Server", { ...server, serverName }],
    "sql-database-inventory": [
      "sql:Database",
      {
        ...database,
        serverName,
        databaseName: "inventory",
        sku: { name: "GP_S_Gen5", tier: "GeneralPurpose", family: "Gen5", capacity: 1 },
        minCapacity: 0.5,
        maxSizeBytes: 34_359_738_368,
        zoneRedundant: false,
        requestedBackupStorageRedundancy: "Local",
      },
    ],
  });
});

it("production: four vCores, zones for the database and its backup", async () => {
  const args = { context: testContext("production"), administrator, databases: { inventory: {} } };
  const raw = rawResources(await record(() => new SqlServerless("sql", args)));
  expect(Object.keys(raw).sort()).toEqual([
    "sql-audit",
    "sql-database-inventory",
    "sql-lock",
    "sql-server",
    "sql-threats",
  ]);
  const below = { resourceGroupName: "rg", serverName: "sql-clinic-prod-hwtduy", state: "Enabled" };
  expect(raw["sql-audit"]).toEqual([
    "sql:ExtendedServerBlobAuditingPolicy",
    { ...below, blobAuditingPolicyName: "default", isAzureMonitorTargetEnabled: true, retentionDays: 90 },
  ]);
  expect(raw["sql-threats"]).toEqual([
    "sql:ServerSecurityAlertPolicy",
    { ...below, securityAlertPolicyName: "Default" },
  ]);
  expect(raw["sql-database-inventory"]?.[1]).toEqual({
    ...database,
    serverName: "sql-clinic-prod-hwtduy",
    databaseName: "inventory",
    sku: { name: "GP_S_Gen5", tier: "GeneralPurpose", family: "Gen5", capacity: 4 },
    minCapacity: 0.5,
    maxSizeBytes: 34_359_738_368,
    zoneRedundant: true,
    requestedBackupStorageRedundancy: "Zone",
  });
});

it("everything on: sizes, the free offer, addresses, the last word by transform", async () => {
  const made = await record(
    () =>
      new SqlServerless("sql", {
        context: testContext("production"),
        name: "sql-clinic",
        administrator: { ...administrator, kind: "Application" },
        databases: {
          big: { maxVcores: 16, minVcores: 2.25, pauseMinutes: 15, maxSizeGb: 3072 },
          free: { freeOffer: true },
        },
        addresses: { office: { from: "203.0.113.1", to: "203.0.113.9" } },
        transform: { "database-big": { readScale: "Disabled" } },
      }),
  );
  const below = { resourceGroupName: "rg", serverName: "sql-clinic" };
  const { "sql-audit": _, "sql-threats": __, "sql-lock": ___, ...raw } = rawResources(made);
  expect(raw).toEqual({
    "sql-server": [
      "sql:Server",
      {
        ...server,
        serverName: "sql-clinic",
        administrators: { ...server.administrators, principalType: "Application" },
        publicNetworkAccess: "Enabled",
      },
    ],
    "sql-database-big": [
      "sql:Database",
      {
        ...database,
        ...below,
        databaseName: "big",
        sku: { name: "GP_S_Gen5", tier: "GeneralPurpose", family: "Gen5", capacity: 16 },
        minCapacity: 2.25,
        autoPauseDelay: 15,
        maxSizeBytes: 3_298_534_883_328,
        zoneRedundant: true,
        requestedBackupStorageRedundancy: "Zone",
        readScale: "Disabled",
      },
    ],
    "sql-database-free": [
      "sql:Database",
      {
        ...database,
        ...below,
        databaseName: "free",
        sku: { name: "GP_S_Gen5", tier: "GeneralPurpose", family: "Gen5", capacity: 4 },
        minCapacity: 0.5,
        maxSizeBytes: 34_359_738_368,
        zoneRedundant: false,
        requestedBackupStorageRedundancy: "Local",
        useFreeLimit: true,
        freeLimitExhaustionBehavior: "AutoPause",
      },
    ],
    "sql-address-office": [
      "sql:FirewallRule",
      { ...below, firewallRuleName: "office", startIpAddress: "203.0.113.1", endIpAddress: "203.0.113.9" },
    ],
  });
});

it.each<[SqlAccess, readonly string[]]>([
  ["read", ["db_datareader"]],
  ["readwrite", ["db_datareader", "db_datawriter"]],
  ["migrate", ["db_datareader", "db_datawriter", "db_ddladmin"]],
])("link %s: statements for one database, no resource, one row of the report", async (access, roles) => {
  const made = await record(async () => {
    const context = testContext("dev");
    const sql = new SqlServerless("sql", { context, name: "sql-clinic", administrator, databases: { inventory: {} } });
    const grant = sql.database("inventory").link(access);
    const principal = { label: "web", principalId: "44444444-4444-4444-8444-444444444444", name: "id-o'web]" };
    const given = new Access("web-to-sql", { context, principal, grant });
    const env = await resolved(pulumi.output(grant.env));
    return {
      env,
      rows: await resolved(pulumi.all([...given.rows])),
      steps: await resolved(sqlSteps([{ access: [given] }])),
    };
  });
  const id = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg/providers/Microsoft.Sql/servers/sql-clinic/databases/inventory`;
  expect(made.result).toEqual({
    env: { AZURE_SQL_SERVER: "sql-clinic.database.windows.net", AZURE_SQL_DATABASE: "inventory" },
    rows: [{ consumer: "web", principalId: "44444444-4444-4444-8444-444444444444", role: roles.join(", "), scope: id }],
    steps: [
      {
        host: "sql-clinic.database.windows.net",
        database: "inventory",
        principal: "id-o'web]",
        statements: [
          "IF NOT EXISTS (SELECT 1 FROM sys.database_principals WHERE name = N'id-o''web]') CREATE USER [id-o'web]]] FROM EXTERNAL PROVIDER WITH OBJECT_ID = '44444444-4444-4444-8444-444444444444';",
          ...roles.map((role) => `ALTER ROLE ${role} ADD MEMBER [id-o'web]]];`),
        ],
      },
    ],
  });
  expect(Object.keys(rawResources(made))).toEqual(["sql-server", "sql-database-inventory"]);
});

it("of two links to one database the stronger is given", async () => {
  const made = await record(() => {
    const sql = new SqlServerless("sql", { context: testContext("dev"), administrator, databases: { inventory: {} } });
    const { link } = sql.database("inventory");
    return mergeGrants([link("readwrite"), link("migrate"), link("read")]).map(({ data }) =>
      (data ?? []).map((grant) => (grant.kind === "sql" ? grant.access : grant.kind)),
    );
  });
  expect(made.result).toEqual([["migrate"]]);
});

it.each<[Partial<SqlServerlessArgs>, string, string]>([
  [{ databases: { master: {} } }, "databases", "master"],
  [{ databases: { a: { maxVcores: 3 } } }, "databases.a.maxVcores", "3"],
  [{ databases: { a: { maxVcores: 8, minVcores: 0.5 } } }, "databases.a.minVcores", "0.5"],
  [{ databases: { a: { minVcores: 0.6 } } }, "databases.a.minVcores", "0.6"],
  [{ databases: { a: { pauseMinutes: -1 } } }, "databases.a.pauseMinutes", "-1"],
  [{ databases: { a: { maxSizeGb: 513 } } }, "databases.a.maxSizeGb", "513"],
  [{ databases: { a: { freeOffer: true, maxVcores: 6 } } }, "databases.a.maxVcores", "6"],
  [{ databases: { a: { freeOffer: true, maxSizeGb: 33 } } }, "databases.a.maxSizeGb", "33"],
  [{ addresses: { all: { from: "0.0.0.0", to: "0.0.0.0" } } }, "addresses", "all 0.0.0.0 to 0.0.0.0"],
  [{ addresses: { odd: { from: "9.9.9.9", to: "9.9.9.8" } } }, "addresses", "odd 9.9.9.9 to 9.9.9.8"],
  [{ addresses: { odd: { from: "9.9.9", to: "9.9.9.300" } } }, "addresses", "odd 9.9.9 to 9.9.9.300"],
])("%j is refused before anything is made", async (more, argument, value) => {
  const args = { context: testContext("dev"), administrator, databases: {}, ...more };
  const made = record(() => new SqlServerless("sql", args));
  await expect(made).rejects.toMatchObject({ code: "ARGUMENT_INVALID", details: { argument, value } });
});

it("eleven addresses are too many", async () => {
  const addresses = Object.fromEntries(
    Array.from({ length: 11 }, (_, index) => [`a${index}`, { from: "9.9.9.9", to: "9.9.9.9" }]),
  );
  const made = record(
    () => new SqlServerless("sql", { context: testContext("dev"), administrator, databases: {}, addresses }),
  );
  await expect(made).rejects.toMatchObject({ details: { argument: "addresses", value: "11" } });
});
