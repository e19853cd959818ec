import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { KeyVault } from "../security/keyVault.ts";
import { Monitoring } from "../shared/monitoring.ts";
import { Network } from "../shared/network.ts";
import {
  guid,
  rawResources,
  record,
  resolved,
  SUBSCRIPTION_ID,
  TENANT_ID,
  TEST_TAGS,
  testContext,
} from "../testing/index.ts";
// all that is told to Azure, whole; names and ids follow from the context of tests
import told from "./fixtures/functionApp.json" with { type: "json" };
import { FunctionApp, type FunctionAppArgs, type FunctionRuntime } from "./functionApp.ts";

const GROUP = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg/providers`;
const node = { name: "node" } as const;
/** The same for every site. */
const SITE_CONFIG = {
  minTlsVersion: "1.2",
  scmMinTlsVersion: "1.2",
  ftpsState: "Disabled",
  http20Enabled: true,
  remoteDebuggingEnabled: false,
  // filled in by azure-native's SDK
  localMySqlEnabled: false,
  netFrameworkVersion: "v4.6",
};
/** Filled in by azure-native's SDK. */
const SITE_DEFAULTS = { clientAffinityEnabled: false, hyperV: false, isXenon: false, scmSiteAlsoStopped: false };
const tags = { ...TEST_TAGS, "devfactory-component": "api" };

it("dev: scales to zero, keeps code and locks in its own account by identity, has no password", async () => {
  const made = await record(() => new FunctionApp("api", { context: testContext("dev"), runtime: node }));
  const raw = rawResources(made);
  expect(Object.keys(raw).sort()).toEqual([
    "api-ftp",
    "api-identity",
    "api-plan",
    "api-scm",
    "api-site",
    "api-storage-account",
    "api-storage-blobs",
    "api-storage-container-packages",
    "api-to-api-storage-blobOwner",
  ]);
  const identity = String(raw["api-identity"]?.[1].resourceName);
  const account = String(raw["api-storage-account"]?.[1].accountName);
  const plan = String(raw["api-plan"]?.[1].name);
  const identityId = `${GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/${identity}`;
  const name = "func-clinic-dev-33wxv5";
  expect(raw["api-plan"]).toEqual([
    "web:AppServicePlan",
    {
      resourceGroupName: "rg",
      location: "eastus",
      name: expect.stringMatching(/^asp-clinic-dev-[a-z2-7]{6}$/),
      kind: "functionapp",
      reserved: true,
      sku: { name: "FC1", tier: "FlexConsumption" },
      zoneRedundant: false,
      tags,
    },
  ]);
  expect(raw["api-site"]).toEqual([
    "web:WebApp",
    {
      resourceGroupName: "rg",
      location: "eastus",
      name,
      kind: "functionapp,linux",
      serverFarmId: `${GROUP}/Microsoft.Web/serverfarms/${plan}`,
      reserved: true,
      httpsOnly: true,
      sshEnabled: false,
      identity: { type: "UserAssigned", userAssignedIdentities: [identityId] },
      keyVaultReferenceIdentity: identityId,
      functionAppConfig: {
        deployment: {
          storage: {
            type: "blobContainer",
            value: `https://${account}.blob.core.windows.net/packages`,
            authentication: { type: "UserAssignedIdentity", userAssignedIdentityResourceId: identityId },
          },
        },
        runtime: { name: "node", version: "22" },
        scaleAndConcurrency: { instanceMemoryMB: 2048, maximumInstanceCount: 40 },
      },
      siteConfig: {
        ...SITE_CONFIG,
        appSettings: [
          { name: "AZURE_CLIENT_ID", value: guid(`client ${identity}`) },
          { name: "AZURE_TENANT_ID", value: TENANT_ID },
          { name: "AzureWebJobsStorage__accountName", value: account },
          { name: "AzureWebJobsStorage__credential", value: "managedidentity" },
          { name: "AzureWebJobsStorage__clientId", value: guid(`client ${identity}`) },
        ],
      },
      tags,
      ...SITE_DEFAULTS,
    },
  ]);
  expect(raw["api-ftp"]).toEqual(["web:WebAppFtpAllowed", { resourceGroupName: "rg", name, allow: false }]);
  expect(raw["api-scm"]).toEqual(["web:WebAppScmAllowed", { resourceGroupName: "rg", name, allow: false }]);
  expect(raw["api-to-api-storage-blobOwner"]?.[1].scope).toBe(`${GROUP}/Microsoft.Storage/storageAccounts/${account}`);
  expect(raw["api-storage-account"]?.[1].allowSharedKeyAccess).toBe(false);
});

it("production: over zones, two instances that wait, a higher bound", async () => {
  const made = await record(() => new FunctionApp("api", { context: testContext("production"), runtime: node }));
  const raw = rawResources(made);
  expect(Object.keys(raw)).toHaveLength(10);
  expect(raw["api-plan"]?.[1]).toEqual(told.productionPlan);
  expect(raw["api-site"]?.[1]).toEqual(told.productionSite);
});

it("in a network it speaks from a delegated subnet, with all of its traffic, and its account answers only there", async () => {
  const made = await record(() => {
    const base = testContext("production");
    const network = new Network("net", { context: base });
    return new FunctionApp("api", { context: network.within(base), network, runtime: node });
  });
  const raw = rawResources(made);
  const { virtualNetworkName } = raw["net-functions"]?.[1] ?? {};
  const { virtualNetworkSubnetId, outboundVnetRouting, publicNetworkAccess } = raw["api-site"]?.[1] ?? {};
  expect({ virtualNetworkSubnetId, outboundVnetRouting, publicNetworkAccess }).toEqual({
    virtualNetworkSubnetId: `${GROUP}/Microsoft.Network/virtualNetworks/${virtualNetworkName}/subnets/functions`,
    outboundVnetRouting: { allTraffic: true },
    publicNetworkAccess: "Disabled",
  });
  const { networkRuleSet, encryption, ...account } = raw["api-storage-account"]?.[1] ?? {};
  expect({ networkRuleSet, encryption, publicNetworkAccess: account.publicNetworkAccess }).toEqual({
    networkRuleSet: { defaultAction: "Deny", bypass: "AzureServices" },
    encryption: {
      keySource: "Microsoft.Storage",
      requireInfrastructureEncryption: true,
      services: { blob: { enabled: true, keyType: "Account" }, file: { enabled: true, keyType: "Account" } },
    },
    publicNetworkAccess: "Disabled",
  });
  const site = made.resources.find((each) => each.name === "api-site");
  expect(site?.dependsOn).toEqual(expect.arrayContaining(["net-functions", "api-storage-zones"]));
});

it("a network and a subnet exclude each other, before anything is made", async () => {
  const made = record(() => {
    const context = testContext("dev");
    const network = new Network("net", { context });
    new FunctionApp("api", { context, network, subnetResourceId: "/subnet", runtime: node });
  });
  await expect(made).rejects.toMatchObject({
    code: "OPTION_UNSUPPORTED",
    details: { component: "FunctionApp api", option: "network", given: "both" },
  });
});

it("everything on: python, size, traces and secrets by identity, a chosen name, the last word by transform", async () => {
  const made = await record(() => {
    const context = testContext("dev");
    const monitoring = new Monitoring("mon", { context, insights: true });
    const vault = new KeyVault("vault", { context, name: "kv-clinic" });
    return new FunctionApp("api", {
      context,
      name: "func-clinic",
      runtime: { name: "python", version: "3.13" },
      memoryMb: 4096,
      maxInstances: 60,
      alwaysReady: 3,
      httpConcurrency: 16,
      monitoring,
      env: { LOG_LEVEL: "debug" },
      secretEnv: { STRIPE: vault.secret("stripe") },
      link: [vault.secret("mail").link("read")],
      transform: { site: (site) => ({ ...site, clientCertEnabled: true }), plan: { zoneRedundant: true } },
    });
  });
  const raw = rawResources(made);
  const clientId = guid(`client ${raw["api-identity"]?.[1].resourceName}`);
  const site = raw["api-site"]?.[1];
  expect(site).toEqual(told.everythingSite);
  expect(settingsOf(site)).toEqual([
    { name: "AZURE_CLIENT_ID", value: clientId },
    { name: "AZURE_TENANT_ID", value: TENANT_ID },
    { name: "LOG_LEVEL", value: "debug" },
    { name: "AZURE_KEY_VAULT_NAME", value: "kv-clinic" },
    { name: "AZURE_KEY_VAULT_ENDPOINT", value: "https://kv-clinic.vault.azure.net/" },
    { name: "APPLICATIONINSIGHTS_CONNECTION_STRING", value: expect.stringMatching(/^InstrumentationKey=/) },
    { name: "AzureWebJobsStorage__accountName", value: raw["api-storage-account"]?.[1].accountName },
    { name: "AzureWebJobsStorage__credential", value: "managedidentity" },
    { name: "AzureWebJobsStorage__clientId", value: clientId },
    { name: "APPLICATIONINSIGHTS_AUTHENTICATION_STRING", value: `ClientId=${clientId};Authorization=AAD` },
    { name: "STRIPE", value: "@Microsoft.KeyVault(SecretUri=https://kv-clinic.vault.azure.net/secrets/stripe)" },
  ]);
  expect(raw["api-plan"]?.[1]).toEqual(told.everythingPlan);
});

it("the first instance waits for its rights and for the container of its code", async () => {
  const made = await record(() => new FunctionApp("api", { context: testContext("dev"), runtime: node }));
  const site = made.resources.find((each) => each.name === "api-site");
  expect(site?.dependsOn).toEqual(
    expect.arrayContaining(["api-to-api-storage-blobOwner", "api-storage-container-packages"]),
  );
});

it("link call is its address and no right", async () => {
  const made = await record(async () => {
    const app = new FunctionApp("order-api", { context: testContext("dev"), name: "func-clinic", runtime: node });
    return await resolved(pulumi.output({ ...app.link("call"), roles: app.link("call").roles.length }));
  });
  expect(made.result).toEqual({
    key: "order-api",
    source: "order-api",
    env: { ORDER_API_BASE_URL: "https://func-clinic.azurewebsites.net" },
    roles: 0,
  });
});

it.each<[Partial<FunctionAppArgs>, string, string]>([
  [{ runtime: { name: "node", version: "18" } as unknown as FunctionRuntime }, "runtime.version", "18"],
  [{ runtime: { name: "java" } as unknown as FunctionRuntime }, "runtime.name", "java"],
  [{ memoryMb: 1024 as number as 2048 }, "memoryMb", "1024"],
  [{ maxInstances: 1001 }, "maxInstances", "1001"],
  [{ maxInstances: 5, alwaysReady: 6 }, "alwaysReady", "6"],
  [{ httpConcurrency: 0 }, "httpConcurrency", "0"],
  [{ env: { "log-level": "x" } }, "env", "log-level"],
  [{ env: { WEBSITE_RUN_FROM_PACKAGE: "1" } }, "env", "WEBSITE_RUN_FROM_PACKAGE"],
])("%j is refused before anything is made", async (more, argument, value) => {
  const made = record(() => new FunctionApp("api", { context: testContext("dev"), runtime: node, ...more }));
  await expect(made).rejects.toMatchObject({ code: "ARGUMENT_INVALID", details: { argument, value } });
});

function settingsOf(site: Readonly<Record<string, unknown>> | undefined): unknown {
  return (site?.siteConfig as { readonly appSettings?: unknown } | undefined)?.appSettings;
}
