import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { ContainerApp } from "../compute/containerApp.ts";
import { ContainerEnvironment } from "../compute/containerEnvironment.ts";
import { KubernetesCluster } from "../compute/kubernetesCluster.ts";
import { FrontDoor } from "../edge/frontDoor.ts";
import { ContainerRegistry } from "../registry/containerRegistry.ts";
import { GitHubFederation } from "../security/gitHubFederation.ts";
import { KeyVault } from "../security/keyVault.ts";
import { Budget } from "../shared/budget.ts";
import { Network } from "../shared/network.ts";
import { guid, rawResources, record, resolved, SUBSCRIPTION_ID, testContext } from "../testing/index.ts";
import { StaticWebApp } from "../web/staticWebApp.ts";
import type { AzureComponent, ComponentArgs } from "./component.ts";
import type { AppContext } from "./context.ts";
import { resourceGroupOf } from "./existing.ts";

const SHARED = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/shared/providers`;
const REGISTRY = { registryId: "/registry", loginServer: "r.azurecr.io" };

it.each([
  [`${SHARED}/Microsoft.KeyVault/vaults/kv`, "shared"],
  ["/subscriptions/s/resourcegroups/Mixed-Case/providers/x/y/z", "Mixed-Case"],
  ["/subscriptions/s", ""],
])("the resource group of %s is %j", async (id, group) => {
  expect((await record(() => resolved(resourceGroupOf(id)))).result).toBe(group);
});

it("an app runs in an environment of another resource group, which is only read", async () => {
  const resourceId = `${SHARED}/Microsoft.App/managedEnvironments/cae-shared`;
  const made = await record(() => {
    const context = testContext("production");
    return new ContainerApp("web", {
      context,
      environment: ContainerEnvironment.existing("env", { context, resourceId }),
      registry: ContainerRegistry.existing("r", REGISTRY),
      image: "i",
      ingress: { port: 80, external: true },
      domain: { hostName: "shop.example.org", step: "verify" },
    });
  });
  const raw = rawResources(made);
  expect(Object.keys(raw).sort()).toEqual(["web-app", "web-certificate", "web-identity", "web-to-r-acrPull"]);
  expect(made.reads).toEqual([{ type: "app:ManagedEnvironment", name: "env-environment", id: resourceId }]);
  expect(raw["web-app"]?.[1].environmentId).toBe(resourceId);
  // the certificate stands in the environment, and so in its resource group
  expect(raw["web-certificate"]?.[1]).toMatchObject({ resourceGroupName: "shared", environmentName: "cae-shared" });
});

it("an existing site has its address; a back end would change it and is refused", async () => {
  const resourceId = `${SHARED}/Microsoft.Web/staticSites/stapp-shared`;
  const siteIn = (context: AppContext) => StaticWebApp.existing("site", { context, resourceId });
  const read = await record(() => resolved(siteIn(testContext("dev")).url));
  expect([read.result, rawResources(read)]).toEqual(["https://stapp-shared.azurestaticapps.net", {}]);
  const linked = record(() => {
    const context = testContext("dev");
    const appId = `${SHARED}/Microsoft.App/containerApps/ca-shared`;
    siteIn(context).linkBackend(ContainerApp.existing("api", { context, resourceId: appId }));
  });
  await expect(linked).rejects.toThrow("site cannot use api with call: the site is managed elsewhere.");
});

it("endpoints stand in a network that somebody else manages, under its own zones", async () => {
  const zoneId = `${SHARED}/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net`;
  const network = Network.existing("hub", {
    endpointsSubnetResourceId: "/subnet",
    zoneResourceIds: { "privatelink.vaultcore.azure.net": zoneId },
  });
  const made = await record(
    () => new KeyVault("vault", { context: testContext("dev"), privateEndpoints: { network } }),
  );
  const raw = rawResources(made);
  expect(Object.keys(raw).sort()).toEqual(["vault-endpoint", "vault-vault", "vault-zones"]);
  expect(raw["vault-endpoint"]?.[1]).toMatchObject({ subnet: { id: "/subnet" } });
  expect(raw["vault-zones"]?.[1]).toMatchObject({ privateDnsZoneConfigs: [{ privateDnsZoneId: zoneId }] });
});

it("a zone that the network lacks is named", async () => {
  const network = Network.existing("hub", { endpointsSubnetResourceId: "/subnet", zoneResourceIds: {} });
  const made = record(() => new KeyVault("vault", { context: testContext("dev"), privateEndpoints: { network } }));
  await expect(made).rejects.toThrow(
    "Network hub: zoneResourceIds has no privatelink.vaultcore.azure.net; there are: none.",
  );
});

const DOOR = `${SHARED}/Microsoft.Cdn/profiles/afd-shared`;
const CLUSTER = `${SHARED}/Microsoft.ContainerService/managedClusters/aks-shared`;
const IDENTITY = `${SHARED}/Microsoft.ManagedIdentity/userAssignedIdentities/id-shared`;
const BUDGET = `${SHARED}/Microsoft.Consumption/budgets/team`;

it.each<[string, (context: AppContext) => AzureComponent<ComponentArgs>, object, readonly string[]]>([
  [
    "FrontDoor",
    (context) =>
      FrontDoor.existing("door", {
        context,
        resourceId: DOOR,
        endpointResourceId: `${DOOR}/afdEndpoints/fde-shared`,
      }),
    { profileId: DOOR, url: "https://fde-shared.z01.azurefd.net", frontDoorId: guid("afd-shared") },
    ["cdn:AFDEndpoint", "cdn:Profile"],
  ],
  [
    "KubernetesCluster",
    (context) => KubernetesCluster.existing("cluster", { context, resourceId: CLUSTER }),
    {
      clusterId: CLUSTER,
      clusterName: "aks-shared",
      issuerUrl: "https://undefined.oic.prod-aks.azure.com/aks-shared/", // the recorder knows no region of what is read
      workloadClientIds: {},
      access: [],
    },
    ["containerservice:ManagedCluster"],
  ],
  [
    "GitHubFederation",
    (context) => GitHubFederation.existing("delivery", { context, resourceId: IDENTITY }),
    { clientId: guid("client id-shared"), principalId: guid("principal id-shared"), access: [] },
    ["managedidentity:UserAssignedIdentity"],
  ],
  [
    "Budget",
    (context) => Budget.existing("budget", { context, resourceId: BUDGET }),
    { budgetId: BUDGET },
    ["consumption:Budget"],
  ],
])("an existing %s has the outputs of a made one and makes nothing", async (_, read, outputs, types) => {
  const made = await record(async () => {
    const component = read(testContext("production"));
    const values = { ...component } as Readonly<Record<string, unknown>>;
    const shown = Object.fromEntries(Object.keys(outputs).map((name) => [name, values[name]]));
    return { shown: await resolved(pulumi.output(shown)), ready: await resolved(component.ready) };
  });
  expect(made.result.shown).toEqual(outputs);
  expect(made.resources.filter(({ custom }) => custom)).toEqual([]);
  expect(made.reads.map(({ type }) => type).sort()).toEqual(types);
  const main = made.reads.find(({ type }) => type === types.at(-1));
  expect(made.result.ready).toBe(main?.id); // the main resource, as for a made one
});
