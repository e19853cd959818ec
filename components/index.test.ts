import { createRequire } from "node:module";
import { expect, it } from "vitest";
import * as components from "./index.ts";

it("the public surface is this list; a change of it is a decision", () => {
  expect(Object.keys(components).sort()).toEqual([
    "APP_ROLES",
    "Access",
    "ApiManagement",
    "AppConfiguration",
    "AzureComponent",
    "Budget",
    "COSMOS_ROLES",
    "CROSS_CUT_SLOTS",
    "ComponentError",
    "ContainerApp",
    "ContainerEnvironment",
    "ContainerGroup",
    "ContainerImage",
    "ContainerJob",
    "ContainerRegistry",
    "CosmosAccount",
    "EntraApp",
    "EntraGroup",
    "FrontDoor",
    "FunctionApp",
    "GitHubFederation",
    "KeyVault",
    "KubernetesCluster",
    "Monitoring",
    "NAMES",
    "Network",
    "POSTGRES_DISKS",
    "POSTGRES_SKUS",
    "PRIVATE_LINK",
    "PostgresServer",
    "ROLES",
    "Relay",
    "SQL_ROLES",
    "STAGE",
    "ServiceBus",
    "SessionPool",
    "SqlServerless",
    "StaticWebApp",
    "StorageAccount",
    "WebAppForContainers",
    "afterOthers",
    "allDatabaseSteps",
    "createContext",
    "delegationCondition",
    "grantReport",
    "isExisting",
    "linkable",
    "mapInput",
    "physicalName",
    "readerEntries",
    "roleOf",
    "runtimeReader",
    "sqlSteps",
    "upperSnake",
  ]);
});

it("no module index of a provider is loaded: each costs a deployment 10 to 70 ms, the root 400", () => {
  const { cache } = createRequire(import.meta.url);
  const providers = Object.keys(cache).filter((path) => /@pulumi\/(azure-native|azuread|docker)\//.test(path));
  expect(providers.length).toBeGreaterThan(20);
  expect(providers.filter((path) => /\/index\.js$/.test(path) && !path.includes("/types/"))).toEqual([]);
});

it("classes of tiers that few apps have are not loaded before a component asks for them (decision 18)", async () => {
  const { cache } = createRequire(import.meta.url);
  const rare = /azure-native\/(apimanagement|appconfiguration|cdn|containerservice|frontdoor|relay|sql|web\/webApp)/;
  const loaded = () => Object.keys(cache).filter((path) => rare.test(path) && !path.includes("/types/"));
  expect(loaded()).toEqual([]);
  const { relay } = await import("./core/azureOnDemand.ts");
  expect(relay.Namespace.name).toBe("Namespace");
  expect(loaded().map((path) => path.split("/").slice(-2).join("/"))).toEqual(["relay/namespace.js"]);
});
