import { randomUUID } from "node:crypto";
import type { ResourceManagementClient } from "@azure/arm-resources";
import type { Emulator } from "@devfactory/emulator";

export const GROUP = "rg-platform";
const COSMOS = "Microsoft.DocumentDB/databaseAccounts/platform";
const BUS = "Microsoft.ServiceBus/namespaces/platform-bus";
const STORAGE = "Microsoft.Storage/storageAccounts/platformfiles";
export const REGISTRY = "Microsoft.ContainerRegistry/registries/platformimages";
/** Container of the ledger's database → partition key, as the platform stack makes them. */
const CONTAINERS = {
  ledger: "/pk",
  jobs: "/userId",
  apps: "/tenantId",
  deployments: "/appId",
  auditLogs: "/jobId",
  feedback: "/jobId",
};
/** Built-in roles of data planes (Microsoft Learn, "Azure built-in roles"). */
const BUS_OWNER = "090c5cfd-751d-490a-894a-3ce6f1109419";
const BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";

export function idOf({ subscriptionId }: Emulator, resource: string): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${GROUP}/providers/${resource}`;
}

/** Ledger, queue and files of a platform. @returns what the settings of its processes say of them */
export async function makePlatform(azure: ResourceManagementClient, emulator: Emulator) {
  await azure.resourceGroups.createOrUpdate(GROUP, { location: "eastus" });
  // The client's type of a resource is generic; each service reads its own part.
  const put = (resource: string, version: string, body: object) =>
    azure.resources.beginCreateOrUpdateByIdAndWait(idOf(emulator, resource), version, { location: "eastus", ...body });
  const role = (scope: string, definition: string) =>
    put(`${scope}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`, "2022-04-01", {
      properties: {
        principalId: emulator.developer.objectId,
        principalType: "ServicePrincipal",
        roleDefinitionId: `/subscriptions/${emulator.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${definition}`,
      },
    });
  const cosmos = await put(COSMOS, "2024-05-15", {
    kind: "GlobalDocumentDB",
    properties: { databaseAccountOfferType: "Standard", locations: [{ locationName: "eastus", failoverPriority: 0 }] },
  });
  await put(`${COSMOS}/sqlDatabases/devfactory`, "2024-05-15", { properties: { resource: { id: "devfactory" } } });
  for (const [id, path] of Object.entries(CONTAINERS)) {
    const partitionKey = { paths: [path], kind: "Hash" };
    await put(`${COSMOS}/sqlDatabases/devfactory/containers/${id}`, "2024-05-15", {
      properties: { resource: { id, partitionKey } },
    });
  }
  const account = idOf(emulator, COSMOS);
  await put(`${COSMOS}/sqlRoleAssignments/${randomUUID()}`, "2024-05-15", {
    properties: {
      principalId: emulator.developer.objectId,
      roleDefinitionId: `${account}/sqlRoleDefinitions/00000000-0000-0000-0000-000000000002`,
      scope: account,
    },
  });
  const bus = await put(BUS, "2021-11-01", { sku: { name: "Standard" } });
  await put(`${BUS}/queues/jobs`, "2021-11-01", {
    properties: { requiresSession: true, lockDuration: "PT10S", maxDeliveryCount: 5, requiresDuplicateDetection: true },
  });
  await role(BUS, BUS_OWNER);
  const files = await put(STORAGE, "2023-05-01", { sku: { name: "Standard_LRS" }, kind: "StorageV2", properties: {} });
  for (const name of ["workspaces", "jobs"])
    await put(`${STORAGE}/blobServices/default/containers/${name}`, "2023-05-01", { properties: {} });
  await role(STORAGE, BLOB_CONTRIBUTOR);
  const told = (resource: { properties?: unknown }) => resource.properties as Record<string, unknown>;
  return {
    AZURE_COSMOS_ENDPOINT: String(told(cosmos).documentEndpoint),
    AZURE_SERVICE_BUS_HOST: new URL(String(told(bus).serviceBusEndpoint)).host,
    AZURE_STORAGE_BLOB_ENDPOINT: String((told(files).primaryEndpoints as Record<string, string>).blob),
  };
}
