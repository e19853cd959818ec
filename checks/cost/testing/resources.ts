import { type EstimateRequest, estimate, toUsd, type Usage, type UsedResource } from "../index.ts";

export type Inputs = UsedResource["inputs"];

/** A resource of a plan as a preview tells it. @param type without `azure-native:` */
export function resource(type: string, name: string, inputs: Inputs, usage?: Usage): UsedResource {
  return {
    urn: `urn:pulumi:dev::app::azure-native:${type}::${name}`,
    type: `azure-native:${type}`,
    name,
    inputs,
    ...(usage && { usage }),
  };
}

const sku = (name: string) => ({ sku: { name } });

/** A container app of one container with two GiB for each vCPU. */
export function app(name: string, cpu: number, minReplicas: number, usage?: Usage): UsedResource {
  const containers = [{ resources: { cpu, memory: `${cpu * 2}Gi` } }];
  return resource("app:ContainerApp", name, { template: { containers, scale: { minReplicas } } }, usage);
}

export function postgres(size: string, mode = "Disabled", storageSizeGB = 32): UsedResource {
  const inputs = { ...sku(size), storage: { storageSizeGB }, highAvailability: { mode } };
  return resource("dbforpostgresql:Server", "db", inputs);
}

export const registry = (size: string, storage_gb = 0) =>
  resource("containerregistry:Registry", "registry", sku(size), { storage_gb });
export const bus = (millions: number, size = "Standard") =>
  resource("servicebus:Namespace", "bus", sku(size), { monthly_messaging_operations: millions * 1e6 });
export const logs = (gb: number, retentionInDays = 30) =>
  resource("operationalinsights:Workspace", "logs", { retentionInDays }, { monthly_log_data_ingestion_gb: gb });
export const blobs = (storage_gb: number, size = "Standard_LRS", usage: Usage = {}) =>
  resource("storage:StorageAccount", "files", sku(size), { storage_gb, ...usage });
export const vault = (monthly_operations: number) => resource("keyvault:Vault", "vault", {}, { monthly_operations });
export const site = (size: string, gb = 0) =>
  resource("web:StaticSite", "site", sku(size), { monthly_outbound_data_processed_gb: gb });
export const frontDoor = (size: string, gb = 0) =>
  resource("cdn:Profile", "door", sku(`${size}_AzureFrontDoor`), { monthly_outbound_data_processed_gb: gb });

export function cosmos(millionRu: number, storage_gb: number, inputs: Inputs = {}): UsedResource {
  const capabilities = [{ name: "EnableServerless" }];
  const usage = { monthly_serverless_request_units: millionRu * 1e6, storage_gb };
  return resource("cosmosdb:DatabaseAccount", "data", { capabilities, ...inputs }, usage);
}

/** A serverless database; `useFreeLimit` asks for the free offer. */
export function sql(name: string, inputs: Inputs, usage?: Usage): UsedResource {
  return resource("sql:Database", name, { sku: { name: "GP_S_Gen5_1" }, minCapacity: 0.5, ...inputs }, usage);
}

/** A container group that ends by itself. */
export function build(runs: number, minutes: number, cpu: number, memoryInGB: number): UsedResource {
  const containers = [{ resources: { requests: { cpu, memoryInGB } } }];
  const usage = { monthly_executions: runs, execution_duration_ms: minutes * 60_000 };
  return resource("containerinstance:ContainerGroup", "build", { restartPolicy: "Never", containers }, usage);
}

export const endpoint = (name: string, ...groupIds: readonly string[]) =>
  resource("network:PrivateEndpoint", name, { privateLinkServiceConnections: [{ groupIds }] });

/** The total in East US, to the cent, unless the request says otherwise. */
export function total(resources: readonly UsedResource[], request: Partial<EstimateRequest> = {}): string {
  return toUsd(estimate({ region: "eastus", resources, ...request }).totalMonthlyCost);
}
