import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { productionLock, rawResources, record, resolved, TEST_TAGS, testContext } from "../testing/index.ts";
import { ContainerImage } from "./containerImage.ts";
import { ContainerRegistry } from "./containerRegistry.ts";

/** Filled in by azure-native's SDK. */
const SDK_DEFAULTS = {
  networkRuleBypassOptions: "AzureServices",
  publicNetworkAccess: "Enabled",
  zoneRedundancy: "Disabled",
};

it.each([
  { profile: "dev", sku: "Basic", registryName: "crclinicdevtvldmz" },
  { profile: "production", sku: "Standard", registryName: "crclinicprodbbfjag" },
] as const)("$profile: one registry without passwords", async ({ profile, sku, registryName }) => {
  const made = await record(() => new ContainerRegistry("img", { context: testContext(profile) }));
  const inputs = {
    registryName,
    resourceGroupName: "rg",
    location: "eastus",
    sku: { name: sku },
    adminUserEnabled: false,
    anonymousPullEnabled: false,
    policies: { azureADAuthenticationAsArmPolicy: { status: "enabled" } },
    tags: { ...TEST_TAGS, "devfactory-component": "img" },
    ...SDK_DEFAULTS,
  };
  const target = `Microsoft.ContainerRegistry/registries/${registryName}`;
  expect(rawResources(made)).toEqual({
    "img-registry": ["containerregistry:Registry", inputs],
    ...(profile === "production" && { "img-lock": productionLock("lock-clinic-prod-wlduar", target) }),
  });
});

it("everything on: name, SKU, tags and the last word by transform", async () => {
  const made = await record(
    () =>
      new ContainerRegistry("img", {
        context: testContext("dev"),
        name: "crshared",
        sku: "Premium",
        tags: { owner: "me" },
        transform: { registry: (args) => ({ ...args, zoneRedundancy: "Enabled" }) },
      }),
  );
  expect(rawResources(made)["img-registry"]?.[1]).toEqual(EVERYTHING_ON_IMG_REGISTRY);
});

it("a transform of a child that does not exist is refused before anything is made", async () => {
  const transform = { ...({ regitsry: {} } as object) };
  const made = record(() => new ContainerRegistry("img", { context: testContext("dev"), transform }));
  await expect(made).rejects.toMatchObject({
    code: "TRANSFORM_UNKNOWN",
    details: { slots: expect.stringMatching(/^registry, /) },
  });
});

it("an existing registry has the same links and makes nothing", async () => {
  const at = { registryId: "/subscriptions/s/registries/r", loginServer: "r.azurecr.io" };
  const made = await record(async () => {
    const { env, roles } = ContainerRegistry.existing("shared", at).link("pull");
    return { env: await resolved(pulumi.output(env)), roles: await resolved(pulumi.output([...roles])) };
  });
  expect(made.resources).toEqual([]);
  expect(made.result).toEqual({
    env: { AZURE_CONTAINER_REGISTRY_ENDPOINT: "r.azurecr.io" },
    roles: [{ role: "acrPull", scope: "/subscriptions/s/registries/r" }],
  });
});

it("an image is built for linux/amd64 and known by its digest", async () => {
  const made = await record(async () => {
    const registry = ContainerRegistry.existing("shared", { registryId: "/r", loginServer: "r.azurecr.io" });
    const paths = { buildContext: "/checkout", dockerfile: "/checkout/Dockerfile" };
    return await resolved(
      new ContainerImage("tool", { context: testContext("dev"), registry, repository: "x/tool", ...paths }).reference,
    );
  });
  expect(made.result).toBe(`r.azurecr.io/x/tool@sha256:${"0".repeat(64)}`);
  expect(rawResources(made)["tool-image"]).toEqual([
    "docker:index/image:Image",
    {
      imageName: "r.azurecr.io/x/tool:current",
      build: { context: "/checkout", dockerfile: "/checkout/Dockerfile", platform: "linux/amd64" },
      registry: { server: "r.azurecr.io" },
      skipPush: false,
      buildOnPreview: false, // filled in by docker's SDK
    },
  ]);
});

it("Premium in production: zones by default, retention on request", async () => {
  const context = testContext("production");
  const made = await record(
    () => new ContainerRegistry("img", { context, sku: "Premium", keepUntaggedDays: 14, lock: false }),
  );
  const raw = rawResources(made);
  expect(Object.keys(raw)).toEqual(["img-registry"]);
  expect(raw["img-registry"]?.[1]).toEqual(PREMIUM_IN_PRODUCTION_IMG_REGISTRY);
});

// All that is told to Azure, whole; names and ids follow from the context of tests.
const EVERYTHING_ON_IMG_REGISTRY = {
  adminUserEnabled: false,
  anonymousPullEnabled: false,
  location: "eastus",
  networkRuleBypassOptions: "AzureServices",
  policies: {
    azureADAuthenticationAsArmPolicy: {
      status: "enabled",
    },
  },
  publicNetworkAccess: "Enabled",
  registryName: "crshared",
  resourceGroupName: "rg",
  sku: {
    name: "Premium",
  },
  tags: {
    "devfactory-component": "img",
    owner: "me",
  },
  zoneRedundancy: "Enabled",
};

const PREMIUM_IN_PRODUCTION_IMG_REGISTRY = {
  adminUserEnabled: false,
  anonymousPullEnabled: false,
  location: "eastus",
  networkRuleBypassOptions: "AzureServices",
  policies: {
    azureADAuthenticationAsArmPolicy: {
      status: "enabled",
    },
    retentionPolicy: {
      days: 14,
      status: "enabled",
    },
  },
  publicNetworkAccess: "Enabled",
  registryName: "crclinicprodbbfjag",
  resourceGroupName: "rg",
  sku: {
    name: "Premium",
  },
  tags: {
    "devfactory-component": "img",
    owner: "tests",
  },
  zoneRedundancy: "Enabled",
};
