import { expect, it } from "vitest";
import { ContainerApp } from "../compute/containerApp.ts";
import { ContainerEnvironment } from "../compute/containerEnvironment.ts";
import type { AppContext } from "../core/context.ts";
import { ContainerRegistry } from "../registry/containerRegistry.ts";
import { EntraApp } from "../security/entraApp.ts";
import { rawResources, record, resolved, TEST_TAGS, testContext } from "../testing/index.ts";
import { StaticWebApp, siteRegion } from "./staticWebApp.ts";

function backend(context: AppContext): ContainerApp {
  const registry = ContainerRegistry.existing("registry", { registryId: "/r", loginServer: "r.azurecr.io" });
  const environment = new ContainerEnvironment("env", { context });
  return new ContainerApp("api", { context, registry, environment, image: "i", ingress: { port: 80, external: true } });
}

it.each([
  { profile: "dev", sku: "Free", name: "stapp-clinic-dev-nzt5oa" },
  { profile: "production", sku: "Standard", name: "stapp-clinic-prod-22dkrl" },
] as const)("$profile: a $sku site without preview environments", async ({ profile, sku, name }) => {
  const made = await record(() => resolved(new StaticWebApp("site", { context: testContext(profile) }).url));
  expect(made.result).toBe(`https://${name}.azurestaticapps.net`);
  expect(rawResources(made)).toEqual({
    "site-site": [
      "web:StaticSite",
      {
        resourceGroupName: "rg",
        location: "eastus2",
        name,
        sku: { name: sku, tier: sku },
        ...(sku === "Standard" && { identity: { type: "SystemAssigned" } }),
        stagingEnvironmentPolicy: "Disabled",
        allowConfigFileUpdates: true,
        tags: { ...TEST_TAGS, "devfactory-component": "site" },
      },
    ],
  });
});

it("a back end answers under the site's address, on Standard", async () => {
  const made = await record(() => {
    const context = testContext("dev");
    new StaticWebApp("site", { context, sku: "Standard" }).linkBackend(backend(context));
  });
  expect(rawResources(made)["site-backend"]).toEqual([
    "web:StaticSiteLinkedBackend",
    {
      resourceGroupName: "rg",
      name: "stapp-clinic-dev-nzt5oa",
      linkedBackendName: "backend",
      backendResourceId: expect.stringMatching(/\/containerApps\/ca-clinic-dev-[a-z2-7]{6}$/),
      region: "eastus",
    },
  ]);
});

it("the Free SKU takes no back end", async () => {
  const made = record(() => {
    const context = testContext("dev");
    new StaticWebApp("site", { context }).linkBackend(backend(context));
  });
  await expect(made).rejects.toMatchObject({ code: "LINK_UNSUPPORTED" });
});

it.each([
  ["westeurope", "westeurope"],
  ["swedencentral", "westeurope"],
  ["eastus", "eastus2"],
])("a site of %s stands in %s", (location, region) => {
  expect(siteRegion(location)).toBe(region);
});

it("a registration takes accounts of any organisation, tokens of version 2 and no password", async () => {
  const made = await record(() =>
    resolved(
      new EntraApp("sign-in", {
        context: testContext("dev"),
        displayName: "Clinic",
        scopes: { "Jobs.Read": "See jobs" },
        roles: { operator: "Steers" },
        redirectUris: ["https://clinic.example/"],
      }).clientId,
    ),
  );
  const raw = rawResources(made);
  const uuid = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  const sentence = "See jobs";
  expect(raw["sign-in-application"]).toEqual([
    "azuread:index/application:Application",
    {
      displayName: "Clinic",
      signInAudience: "AzureADMultipleOrgs",
      api: {
        requestedAccessTokenVersion: 2,
        oauth2PermissionScopes: [
          {
            id: uuid,
            value: "Jobs.Read",
            type: "User",
            enabled: true,
            adminConsentDisplayName: sentence,
            adminConsentDescription: sentence,
            userConsentDisplayName: sentence,
            userConsentDescription: sentence,
          },
        ],
      },
      appRoles: [
        {
          id: uuid,
          value: "operator",
          displayName: "operator",
          description: "Steers",
          enabled: true,
          allowedMemberTypes: ["User", "Application"],
        },
      ],
      singlePageApplication: { redirectUris: ["https://clinic.example/"] },
      fallbackPublicClientEnabled: true,
      publicClient: { redirectUris: ["http://localhost"] },
      web: { implicitGrant: { accessTokenIssuanceEnabled: false, idTokenIssuanceEnabled: false } },
    },
  ]);
  expect(raw["sign-in-identifier"]?.[1]).toMatchObject({ identifierUri: `api://${made.result}` });
  expect(raw["sign-in-principal"]?.[1]).toEqual({ clientId: made.result });
  expect(Object.keys(raw)).toHaveLength(3);
});
