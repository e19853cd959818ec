import { expect, it } from "vitest";
import { productionLock, rawResources, record, resolved, TENANT_ID, TEST_TAGS, testContext } from "../testing/index.ts";
import { CosmosAccount } from "./cosmosAccount.ts";
import { PostgresServer, splitAddress } from "./postgresServer.ts";
import { StorageAccount } from "./storageAccount.ts";

const place = { resourceGroupName: "rg", location: "eastus" };
const tagsOf = (name: string) => ({ ...TEST_TAGS, "devfactory-component": name });

it.each([
  { profile: "dev", sku: "Standard_LRS", accountName: "stclinicdevehgqc4" },
  { profile: "production", sku: "Standard_ZRS", accountName: "stclinicprodosbwlv" },
] as const)("storage, $profile: no keys, nothing public, deleted blobs kept", async ({ profile, sku, accountName }) => {
  const made = await record(() => new StorageAccount("files", { context: testContext(profile), containers: ["logs"] }));
  const account = {
    ...place,
    accountName,
    kind: "StorageV2",
    sku: { name: sku },
    accessTier: "Hot",
    minimumTlsVersion: "TLS1_2",
    enableHttpsTrafficOnly: true,
    allowBlobPublicAccess: false,
    allowSharedKeyAccess: false,
    defaultToOAuthAuthentication: true,
    allowCrossTenantReplication: false,
    isLocalUserEnabled: false,
    isSftpEnabled: false,
    ...(profile === "production" && {
      encryption: {
        keySource: "Microsoft.Storage",
        requireInfrastructureEncryption: true,
        services: { blob: { enabled: true, keyType: "Account" }, file: { enabled: true, keyType: "Account" } },
      },
    }),
    tags: tagsOf("files"),
  };
  const retention = { enabled: true, days: 7 };
  const below = { resourceGroupName: "rg", accountName };
  const blobs = { ...below, blobServicesName: "default", deleteRetentionPolicy: retention };
  expect(rawResources(made)).toEqual({
    "files-account": ["storage:StorageAccount", account],
    "files-blobs": ["storage:BlobServiceProperties", { ...blobs, containerDeleteRetentionPolicy: retention }],
    "files-container-logs": ["storage:BlobContainer", { ...below, containerName: "logs", publicAccess: "None" }],
    ...(profile === "production" && {
      "files-lock": productionLock("lock-clinic-prod-uhcte6", `Microsoft.Storage/storageAccounts/${accountName}`),
    }),
  });
});

it("cosmos, dev: serverless, keys off, continuous backup", async () => {
  const databases = { shop: { orders: "/customerId" } } as const;
  const made = await record(() => new CosmosAccount("data", { context: testContext("dev"), databases }));
  const accountName = "cosno-clinic-dev-s5apn2";
  const below = { resourceGroupName: "rg", accountName };
  const partitionKey = { paths: ["/customerId"], kind: "Hash", version: 2 };
  expect(rawResources(made)).toEqual({
    "data-account": [
      "cosmosdb:DatabaseAccount",
      {
        ...place,
        accountName,
        kind: "GlobalDocumentDB",
        createMode: "Default",
        databaseAccountOfferType: "Standard",
        locations: [{ locationName: "eastus", failoverPriority: 0, isZoneRedundant: false }],
        consistencyPolicy: { defaultConsistencyLevel: "Session" },
        capabilities: [{ name: "EnableServerless" }],
        disableLocalAuth: true,
        disableKeyBasedMetadataWriteAccess: true,
        minimalTlsVersion: "Tls12",
        backupPolicy: { type: "Continuous", continuousModeProperties: { tier: "Continuous7Days" } },
        tags: tagsOf("data"),
      },
    ],
    "data-database-shop": [
      "cosmosdb:SqlResourceSqlDatabase",
      { ...below, databaseName: "shop", resource: { id: "shop" } },
    ],
    "data-container-shop-orders": [
      "cosmosdb:SqlResourceSqlContainer",
      { ...below, databaseName: "shop", containerName: "orders", resource: { id: "orders", partitionKey } },
    ],
  });
});

it("cosmos, production: bounded throughput, zones and failover", async () => {
  const made = rawResources(
    await record(() => new CosmosAccount("data", { context: testContext("production"), databases: { shop: {} } })),
  );
  expect(made["data-account"]?.[1]).toEqual(PRODUCTION_ACCOUNT);
  expect(made["data-account"]?.[1]).not.toHaveProperty("capabilities");
  expect(made["data-database-shop"]?.[1]).toEqual(PRODUCTION_DATABASE);
});

it("postgres, dev: the smallest server, Entra sign-in only, its changes one after the other", async () => {
  const made = await record(() => new PostgresServer("db", { context: testContext("dev"), databases: ["shop"] }));
  const serverName = "psql-clinic-dev-nqt22r";
  const raw = rawResources(made);
  expect(raw["db-server"]).toEqual([
    "dbforpostgresql:Server",
    {
      ...place,
      serverName,
      version: "17",
      createMode: "Default",
      sku: { name: "Standard_B1ms", tier: "Burstable" },
      storage: { storageSizeGB: 32, autoGrow: "Disabled" },
      authConfig: { activeDirectoryAuth: "Enabled", passwordAuth: "Disabled", tenantId: TENANT_ID },
      backup: { backupRetentionDays: 7, geoRedundantBackup: "Disabled" },
      highAvailability: { mode: "Disabled", standbyAvailabilityZone: "" },
      network: { publicNetworkAccess: "Enabled" },
      availabilityZone: "",
      tags: tagsOf("db"),
    },
  ]);
  const settings = Object.values(raw).filter(([type]) => type === "dbforpostgresql:Configuration");
  expect(settings.map(([, { configurationName, value }]) => [configurationName, value])).toEqual([
    ["require_secure_transport", "ON"],
    ["ssl_min_protocol_version", "TLSv1.2"],
    ["log_connections", "on"],
    ["log_disconnections", "on"],
    ["log_checkpoints", "on"],
  ]);
  const database = made.resources.find((each) => each.name === "db-database-shop");
  expect([database?.inputs, database?.dependsOn]).toEqual([
    { resourceGroupName: "rg", serverName, databaseName: "shop", charset: "UTF8", collation: "en_US.utf8" },
    ["db-server", "db-setting-log-checkpoints"],
  ]);
  expect(Object.keys(raw)).toHaveLength(7);
});

it("postgres, production: zones, geo backup for 35 days, a disk that grows", async () => {
  const context = testContext("production");
  const made = await record(() => new PostgresServer("db", { context, databases: [], storageGb: 128, version: "16" }));
  expect(rawResources(made)["db-server"]?.[1]).toEqual(PRODUCTION_SERVER);
});

it.each([
  ["x.postgres.database.azure.com", { host: "x.postgres.database.azure.com", port: "5432" }],
  ["localhost:40123", { host: "localhost", port: "40123" }],
])("the address %s has host and port", (address, expected) => {
  expect(splitAddress(address)).toEqual(expected);
});

it("a database that was not declared cannot be linked", async () => {
  const made = record(() => new PostgresServer("db", { context: testContext("dev"), databases: [] }).database("shop"));
  await expect(made).rejects.toMatchObject({ code: "NOT_MADE" });
});

it("endpoints are outputs", async () => {
  const made = await record(async () => {
    const context = testContext("dev");
    const account = new CosmosAccount("data", { context, databases: {} });
    const files = new StorageAccount("files", { context, containers: [] });
    return [await resolved(account.endpoint), await resolved(files.blobEndpoint)];
  });
  expect(made.result).toEqual([
    "https://cosno-clinic-dev-s5apn2.documents.azure.com:443/",
    "https://stclinicdevehgqc4.blob.core.windows.net/",
  ]);
});

// All that is told to Azure, whole; names and ids follow from the context of tests.
const PRODUCTION_ACCOUNT = {
  accountName: "cosno-clinic-prod-bclvhz",
  backupPolicy: {
    continuousModeProperties: {
      tier: "Continuous7Days",
    },
    type: "Continuous",
  },
  capacity: {
    totalThroughputLimit: 4000,
  },
  consistencyPolicy: {
    defaultConsistencyLevel: "Session",
  },
  createMode: "Default",
  databaseAccountOfferType: "Standard",
  disableKeyBasedMetadataWriteAccess: true,
  disableLocalAuth: true,
  enableAutomaticFailover: true,
  kind: "GlobalDocumentDB",
  location: "eastus",
  locations: [
    {
      failoverPriority: 0,
      isZoneRedundant: true,
      locationName: "eastus",
    },
  ],
  minimalTlsVersion: "Tls12",
  resourceGroupName: "rg",
  tags: {
    "devfactory-component": "data",
    owner: "tests",
  },
};

const PRODUCTION_DATABASE = {
  accountName: "cosno-clinic-prod-bclvhz",
  databaseName: "shop",
  options: {
    autoscaleSettings: {
      maxThroughput: 1000,
    },
  },
  resource: {
    id: "shop",
  },
  resourceGroupName: "rg",
};

const PRODUCTION_SERVER = {
  authConfig: {
    activeDirectoryAuth: "Enabled",
    passwordAuth: "Disabled",
    tenantId: "22222222-2222-4222-8222-222222222222",
  },
  availabilityZone: "",
  backup: {
    backupRetentionDays: 35,
    geoRedundantBackup: "Enabled",
  },
  createMode: "Default",
  highAvailability: {
    mode: "ZoneRedundant",
    standbyAvailabilityZone: "",
  },
  location: "eastus",
  network: {
    publicNetworkAccess: "Enabled",
  },
  resourceGroupName: "rg",
  serverName: "psql-clinic-prod-leks5f",
  sku: {
    name: "Standard_D2s_v3",
    tier: "GeneralPurpose",
  },
  storage: {
    autoGrow: "Enabled",
    storageSizeGB: 128,
  },
  tags: {
    "devfactory-component": "db",
    owner: "tests",
  },
  version: "16",
};
