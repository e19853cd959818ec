import { expect, it } from "vitest";
import type { AppContext } from "../core/context.ts";
import { ContainerRegistry } from "../registry/containerRegistry.ts";
import { KeyVault } from "../security/keyVault.ts";
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
import { WebAppForContainers, type WebAppForContainersArgs } from "./webAppForContainers.ts";

const GROUP = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg/providers`;
const IMAGE = `r.azurecr.io/shop@sha256:${"1".repeat(64)}`;
const tags = { ...TEST_TAGS, "devfactory-component": "shop" };
/** Filled in by azure-native's SDK. */
const SITE_DEFAULTS = { clientAffinityEnabled: false, hyperV: false, isXenon: false, scmSiteAlsoStopped: false };

function argsOf(context: AppContext, more: Partial<WebAppForContainersArgs> = {}): WebAppForContainersArgs {
  const registry = ContainerRegistry.existing("registry", { registryId: "/registry", loginServer: "r.azurecr.io" });
  return { context, registry, image: IMAGE, port: 8080, ...more };
}

it("dev: one machine, the image pulled by identity, https only, no password", async () => {
  const made = await record(() => new WebAppForContainers("shop", argsOf(testContext("dev"))));
  const { "shop-identity": identity, ...raw } = rawResources(made);
  const identityName = String(identity?.[1].resourceName);
  const identityId = `${GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/${identityName}`;
  const plan = "asp-clinic-dev-kotrnm";
  const name = "app-clinic-dev-jw4y5l";
  const below = { resourceGroupName: "rg", name, allow: false };
  expect(raw).toEqual({
    "shop-plan": [
      "web:AppServicePlan",
      {
        resourceGroupName: "rg",
        location: "eastus",
        name: plan,
        kind: "linux",
        reserved: true,
        sku: { name: "B1", tier: "Basic", capacity: 1 },
        zoneRedundant: false,
        tags,
      },
    ],
    "shop-to-registry-acrPull": ["authorization:RoleAssignment", expect.objectContaining({ scope: "/registry" })],
    "shop-site": [
      "web:WebApp",
      {
        resourceGroupName: "rg",
        location: "eastus",
        name,
        kind: "app,linux,container",
        serverFarmId: `${GROUP}/Microsoft.Web/serverfarms/${plan}`,
        reserved: true,
        httpsOnly: true,
        sshEnabled: false,
        identity: { type: "UserAssigned", userAssignedIdentities: [identityId] },
        keyVaultReferenceIdentity: identityId,
        siteConfig: {
          minTlsVersion: "1.2",
          scmMinTlsVersion: "1.2",
          ftpsState: "Disabled",
          http20Enabled: true,
          remoteDebuggingEnabled: false,
          linuxFxVersion: `DOCKER|${IMAGE}`,
          acrUseManagedIdentityCreds: true,
          acrUserManagedIdentityID: guid(`client ${identityName}`),
          alwaysOn: true,
          healthCheckPath: "/health",
          appSettings: [
            { name: "AZURE_CLIENT_ID", value: guid(`client ${identityName}`) },
            { name: "AZURE_TENANT_ID", value: TENANT_ID },
            { name: "WEBSITES_PORT", value: "8080" },
            { name: "WEBSITES_ENABLE_APP_SERVICE_STORAGE", value: "false" },
          ],
          // filled in by azure-native's SDK
          localMySqlEnabled: false,
          netFrameworkVersion: "v4.6",
        },
        tags,
        ...SITE_DEFAULTS,
      },
    ],
    "shop-ftp": ["web:WebAppFtpAllowed", below],
    "shop-scm": ["web:WebAppScmAllowed", below],
  });
  const site = made.resources.find((each) => each.name === "shop-site");
  expect(site?.dependsOn).toContain("shop-to-registry-acrPull");
});

it("production: two machines over zones", async () => {
  const raw = rawResources(await record(() => new WebAppForContainers("shop", argsOf(testContext("production")))));
  expect(Object.keys(raw)).toHaveLength(6);
  expect(raw["shop-plan"]?.[1]).toEqual(PRODUCTION_SHOP_PLAN);
});

it("everything on: size, health, command, a secret of a vault, the last word by transform", async () => {
  const made = await record(() => {
    const context = testContext("dev");
    const vault = new KeyVault("vault", { context, name: "kv-clinic" });
    const more = {
      name: "app-clinic",
      healthPath: "/ready",
      command: "node server.js",
      sku: "P1v3",
      instances: 3,
      env: { LOG_LEVEL: "debug" },
      secretEnv: { STRIPE: vault.secret("stripe") },
      transform: { plan: { perSiteScaling: true } },
    } as const;
    return new WebAppForContainers("shop", argsOf(context, more));
  });
  const raw = rawResources(made);
  expect(raw["shop-plan"]?.[1]).toEqual(EVERYTHING_ON_SHOP_PLAN);
  expect(raw["shop-site"]?.[1]).toEqual(EVERYTHING_ON_SHOP_SITE);
  expect(raw["shop-to-vault-stripe-secretsUser"]?.[1].scope).toMatch(/\/vaults\/kv-clinic\/secrets\/stripe$/);
});

it("link call is its address and no right", async () => {
  const made = await record(async () => {
    const link = new WebAppForContainers("shop", argsOf(testContext("dev"), { name: "app-clinic" })).link("call");
    return { roles: link.roles, url: await resolved(link.env.SHOP_BASE_URL ?? ""), names: Object.keys(link.env) };
  });
  expect(made.result).toEqual({
    roles: [],
    url: "https://app-clinic.azurewebsites.net",
    names: ["SHOP_BASE_URL"],
  });
});

it.each<[Partial<WebAppForContainersArgs>, string, string]>([
  [{ sku: "F1" as "B1" }, "sku", "F1"],
  [{ sku: "B1", instances: 4 }, "instances", "4"],
  [{ port: 0 }, "port", "0"],
  [{ healthPath: "health" }, "healthPath", "health"],
  [{ env: { WEBSITES_PORT: "1" } }, "env", "WEBSITES_PORT"],
])("%j is refused before anything is made", async (more, argument, value) => {
  const made = record(() => new WebAppForContainers("shop", argsOf(testContext("dev"), more)));
  await expect(made).rejects.toMatchObject({ code: "ARGUMENT_INVALID", details: { argument, value } });
});

// All that is told to Azure, whole; names and ids follow from the context of tests.
const PRODUCTION_SHOP_PLAN = {
  kind: "linux",
  location: "eastus",
  name: "asp-clinic-prod-a4y6jl",
  reserved: true,
  resourceGroupName: "rg",
  sku: {
    capacity: 2,
    name: "P0v3",
    tier: "PremiumV3",
  },
  tags: {
    "devfactory-component": "shop",
    owner: "tests",
  },
  zoneRedundant: true,
};

const EVERYTHING_ON_SHOP_PLAN = {
  kind: "linux",
  location: "eastus",
  name: "asp-clinic-dev-kotrnm",
  perSiteScaling: true,
  reserved: true,
  resourceGroupName: "rg",
  sku: {
    capacity: 3,
    name: "P1v3",
    tier: "PremiumV3",
  },
  tags: {
    "devfactory-component": "shop",
    owner: "tests",
  },
  zoneRedundant: false,
};

const EVERYTHING_ON_SHOP_SITE = {
  clientAffinityEnabled: false,
  httpsOnly: true,
  hyperV: false,
  identity: {
    type: "UserAssigned",
    userAssignedIdentities: [
      "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-clinic-dev-qa2ex4",
    ],
  },
  isXenon: false,
  keyVaultReferenceIdentity:
    "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-clinic-dev-qa2ex4",
  kind: "app,linux,container",
  location: "eastus",
  name: "app-clinic",
  reserved: true,
  resourceGroupName: "rg",
  scmSiteAlsoStopped: false,
  serverFarmId:
    "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Web/serverfarms/asp-clinic-dev-kotrnm",
  siteConfig: {
    acrUseManagedIdentityCreds: true,
    acrUserManagedIdentityID: "698c75c4-a890-49bd-8d1a-289b6d9a102f",
    alwaysOn: true,
    appCommandLine: "node server.js",
    appSettings: [
      {
        name: "AZURE_CLIENT_ID",
        value: "698c75c4-a890-49bd-8d1a-289b6d9a102f",
      },
      {
        name: "AZURE_TENANT_ID",
        value: "22222222-2222-4222-8222-222222222222",
      },
      {
        name: "LOG_LEVEL",
        value: "debug",
      },
      {
        name: "WEBSITES_PORT",
        value: "8080",
      },
      {
        name: "WEBSITES_ENABLE_APP_SERVICE_STORAGE",
        value: "false",
      },
      {
        name: "STRIPE",
        value: "@Microsoft.KeyVault(SecretUri=https://kv-clinic.vault.azure.net/secrets/stripe)",
      },
    ],
    ftpsState: "Disabled",
    healthCheckPath: "/ready",
    http20Enabled: true,
    linuxFxVersion: "DOCKER|r.azurecr.io/shop@sha256:1111111111111111111111111111111111111111111111111111111111111111",
    localMySqlEnabled: false,
    minTlsVersion: "1.2",
    netFrameworkVersion: "v4.6",
    remoteDebuggingEnabled: false,
    scmMinTlsVersion: "1.2",
  },
  sshEnabled: false,
  tags: {
    "devfactory-component": "shop",
    owner: "tests",
  },
};
