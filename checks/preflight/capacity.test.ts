import fc from "fast-check";
import { expect, it } from "vitest";
import { ADVICE } from "../advice/index.ts";
import { type PlannedResource, UNKNOWN } from "../plan/resource.ts";
import { NO_FACTS, type OfferFact, type SubscriptionFacts, type UsageFact } from "./facts.ts";
import { offerTypeOf } from "./offers.ts";
import { preflight } from "./preflight.ts";
import { USAGES, usageProviderOf } from "./quotas.ts";

function resource(type: string, inputs: Record<string, unknown>, name = type): PlannedResource {
  return { urn: `urn:${name}`, type: `azure-native:${type}`, name, inputs };
}

function check(
  resources: readonly PlannedResource[],
  facts: Partial<SubscriptionFacts>,
  standing?: ReadonlySet<string>,
) {
  const request = { region: "eastus", resources, facts: { ...NO_FACTS, ...facts } };
  return preflight(standing ? { ...request, standing } : request).map(({ id, resource: urn, message }) => [
    id,
    urn,
    message,
  ]);
}

const usage = (provider: string, name: string, current: number, limit: number): UsageFact => ({
  provider,
  name,
  region: "eastus",
  current,
  limit,
});

it("an environment more than the region takes is an error with the way out; one that exists, or stands, is none", () => {
  const environment = resource("app:ManagedEnvironment", { environmentName: "cae-shop" });
  const usages = [usage("Microsoft.App", "ManagedEnvironmentCount", 15, 15)];
  expect(preflight({ region: "eastus", resources: [environment], facts: { ...NO_FACTS, usages } })).toEqual([
    {
      id: "QUOTA_EXCEEDED",
      severity: "error",
      resource: "urn:app:ManagedEnvironment",
      message: "15 of 15 Container Apps environments in eastus are taken; the plan adds 1.",
      advice: ADVICE.find(({ id }) => id === "container-environments-exceeded")?.fix,
      option: "environment: ContainerEnvironment.existing(…)",
    },
  ]);
  expect(check([environment], { usages, existing: ["microsoft.app/managedenvironments/cae-shop"] })).toEqual([]);
  expect(check([environment], { usages }, new Set([environment.urn]))).toEqual([]);
  expect(check([environment], { usages: [{ ...usages[0], limit: 16 } as UsageFact] })).toEqual([]);
});

it("a limit is crossed exactly when what is taken and what is added are more than it", () => {
  const count = fc.integer({ min: 0, max: 20 });
  fc.assert(
    fc.property(count, count, fc.integer({ min: 1, max: 20 }), (current, limit, added) => {
      const accounts = Array.from({ length: added }, (_, index) =>
        resource("storage:StorageAccount", { accountName: `st${index}` }, `st${index}`),
      );
      const found = check(accounts, { usages: [usage("Microsoft.Storage", "StorageAccounts", current, limit)] });
      const message = `${current} of ${limit} storage accounts in eastus are taken; the plan adds ${added}.`;
      expect(found).toEqual(current + added > limit ? [["QUOTA_EXCEEDED", "urn:st0", message]] : []);
    }),
  );
});

it("each region has its own limits, however it is written", () => {
  const usages = [usage("Microsoft.Network", "VirtualNetworks", 1, 1)];
  const at = (location: string) => resource("network:VirtualNetwork", { virtualNetworkName: "v", location }, location);
  expect(check([at("East US"), at("westeurope")], { usages })).toEqual([
    ["QUOTA_EXCEEDED", "urn:East US", "1 of 1 virtual networks in eastus are taken; the plan adds 1."],
  ]);
});

const containers = (...cores: unknown[]) => cores.map((cpu) => ({ resources: { requests: { cpu } } }));

it.each([
  ["of all containers", { containers: containers(1, 0.5) }, 1.5],
  ["of another kind of group", { containers: containers(8), sku: "Confidential" }, 0],
  ["that may be taken away", { containers: containers(8), priority: "Spot" }, 0],
  ["that are not known", { containers: UNKNOWN }, 0],
  ["of which one is not known", { containers: containers(2, UNKNOWN) }, 2],
])("cores of a container group %s", (_, inputs, cores) => {
  const usages = [usage("Microsoft.ContainerInstance", "StandardCores", 0, 0)];
  const message = `0 of 0 cores of container groups in eastus are taken; the plan adds ${cores}.`;
  const found = check([resource("containerinstance:ContainerGroup", inputs, "g")], { usages });
  expect(found).toEqual(cores > 0 ? [["QUOTA_EXCEEDED", "urn:g", message]] : []);
});

const machines: OfferFact = {
  type: "Microsoft.Compute/virtualMachines",
  region: "eastus",
  sizes: {
    Standard_D2s_v5: { cores: 2, family: "standardDSv5Family", zones: true },
    Standard_D4s_v5: { cores: 4, zones: true, restricted: "NotAvailableForSubscription" },
  },
};
const cluster = (...pools: object[]) =>
  resource("containerservice:ManagedCluster", { agentPoolProfiles: pools }, "aks");

it("machines are counted by their cores, in all and by family; what is not known is not counted", () => {
  const usages = [usage("Microsoft.Compute", "cores", 0, 7), usage("Microsoft.Compute", "standardDSv5Family", 8, 10)];
  const pool = { vmSize: "Standard_D2s_v5", count: 3 };
  expect(check([cluster(pool, { vmSize: "standard_d2s_V5" })], { usages, offers: [machines] })).toEqual([
    ["QUOTA_EXCEEDED", "urn:aks", "0 of 7 cores of machines in eastus are taken; the plan adds 8."],
    ["QUOTA_EXCEEDED", "urn:aks", "8 of 10 cores of standardDSv5Family in eastus are taken; the plan adds 8."],
  ]);
  expect(check([cluster(pool)], { usages })).toEqual([]);
  expect(
    check([cluster({ ...pool, vmSize: UNKNOWN }, { ...pool, count: UNKNOWN })], { usages, offers: [machines] }),
  ).toEqual([]);
});

it.each([
  ["Standard_D4s_v5", "eastus does not give Standard_D4s_v5 to this subscription: NotAvailableForSubscription."],
  ["Standard_M1", "eastus has no Standard_M1."],
])("the machine %s is not to be had", (vmSize, message) => {
  expect(check([cluster({ vmSize })], { offers: [machines] })).toEqual([["SIZE_NOT_OFFERED", "urn:aks", message]]);
});

it("an offer of another region, and one that tells no sizes, say nothing", () => {
  const planned = [cluster({ vmSize: "Standard_M1" })];
  expect(check(planned, { offers: [{ ...machines, region: "westeurope" }] })).toEqual([]);
  expect(check(planned, { offers: [{ type: machines.type, region: "eastus" }] })).toEqual([]);
});

it("every provider of limits is asked below its own name, and every offer has a reader's type", () => {
  for (const [provider, { path }] of Object.entries(USAGES)) expect(path.split("/")[0]).toBe(provider);
  expect(usageProviderOf("azure-native:containerservice:ManagedCluster")).toBe("Microsoft.Compute");
  expect(usageProviderOf("azure-native:keyvault:Vault")).toBeUndefined();
  expect([offerTypeOf("azure-native:sql:Server"), offerTypeOf("azure-native:keyvault:Vault")]).toEqual([
    "Microsoft.Sql/servers",
    undefined,
  ]);
});
