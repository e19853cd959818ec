import { expect, it } from "vitest";
import { rawResources, record, testContext } from "../testing/index.ts";
import { CosmosAccount } from "./cosmosAccount.ts";
import { PostgresServer, type PostgresServerArgs } from "./postgresServer.ts";
import { StorageAccount } from "./storageAccount.ts";

it("storage with queues, tables and shares: these children and no others", async () => {
  const made = await record(
    () =>
      new StorageAccount("files", {
        context: testContext("dev"),
        sku: "Standard_GZRS",
        containers: ["photos"],
        queues: ["mails"],
        tables: ["visits"],
        shares: { disk: { quotaGib: 10 } },
      }),
  );
  const raw = rawResources(made);
  const below = { resourceGroupName: "rg", accountName: "stclinicdevehgqc4" };
  const { "files-account": account, "files-blobs": _, ...parts } = raw;
  expect(account?.[1].sku).toEqual({ name: "Standard_GZRS" });
  expect(parts).toEqual({
    "files-container-photos": ["storage:BlobContainer", { ...below, containerName: "photos", publicAccess: "None" }],
    "files-queue-mails": ["storage:Queue", { ...below, queueName: "mails" }],
    "files-table-visits": ["storage:Table", { ...below, tableName: "visits" }],
    "files-share-disk": ["storage:FileShare", { ...below, shareName: "disk", shareQuota: 10, enabledProtocols: "SMB" }],
  });
  expect(made.resources.filter(({ custom }) => custom).map(({ parent }) => parent)).toEqual(Array(6).fill("files"));
});

it("storage writes a log for each service in use", async () => {
  const context = testContext("dev", { workspaceId: testContext("dev").resourceGroupName });
  const made = await record(() => new StorageAccount("files", { context, queues: ["q"] }));
  const logs = Object.entries(rawResources(made)).filter(([, [type]]) => type === "monitor:DiagnosticSetting");
  expect(logs.map(([name, [, { resourceUri }]]) => [name, String(resourceUri).split("/").slice(-2).join("/")])).toEqual(
    [
      ["files-diagnostics", "blobServices/default"],
      ["files-diagnostics-queue", "queueServices/default"],
    ],
  );
});

it.each([
  [{ kind: "serverless" }, { capabilities: [{ name: "EnableServerless" }] }, undefined],
  [
    { kind: "autoscale", maxThroughput: 2000, limit: 6000 },
    { capacity: { totalThroughputLimit: 6000 } },
    { autoscaleSettings: { maxThroughput: 2000 } },
  ],
] as const)("cosmos, capacity %j, whatever the profile", async (capacity, account, options) => {
  for (const profile of ["dev", "production"] as const) {
    const context = testContext(profile);
    const raw = rawResources(
      await record(() => new CosmosAccount("data", { context, capacity, databases: { shop: {} } })),
    );
    const { capacity: limit, capabilities } = raw["data-account"]?.[1] ?? {};
    expect({ ...(limit ? { capacity: limit } : {}), ...(capabilities ? { capabilities } : {}) }).toEqual(account);
    expect(raw["data-database-shop"]?.[1].options).toEqual(options);
  }
});

it.each<[NonNullable<PostgresServerArgs["sku"]>, string, string]>([
  ["Standard_B2ms", "Burstable", "Disabled"],
  ["Standard_D4ds_v5", "GeneralPurpose", "ZoneRedundant"],
  ["Standard_E2ds_v5", "MemoryOptimized", "ZoneRedundant"],
])("postgres %s is %s; in production its second server is %s", async (sku, tier, mode) => {
  const context = testContext("production");
  const raw = rawResources(await record(() => new PostgresServer("db", { context, databases: [], sku })));
  expect(raw["db-server"]?.[1]).toMatchObject({ sku: { name: sku, tier }, highAvailability: { mode } });
});

it("postgres: groups administer it, made one after the other", async () => {
  const context = testContext("dev");
  const administrators = {
    ops: { objectId: "o", groupName: "Operators" },
    dba: { objectId: "d", groupName: "Database people" },
  };
  const made = await record(() => new PostgresServer("db", { context, databases: ["shop"], administrators }));
  const raw = rawResources(made);
  const serverName = raw["db-server"]?.[1].serverName;
  const group = { resourceGroupName: "rg", serverName, principalType: "Group", tenantId: context.tenantId };
  expect(raw["db-administrator-ops"]?.[1]).toEqual({ ...group, objectId: "o", principalName: "Operators" });
  expect(raw["db-administrator-dba"]?.[1]).toEqual({ ...group, objectId: "d", principalName: "Database people" });
  const before = (name: string) => made.resources.find((each) => each.name === name)?.dependsOn;
  expect(before("db-administrator-ops")).toContain("db-database-shop");
  expect(before("db-administrator-dba")).toContain("db-administrator-ops");
});
