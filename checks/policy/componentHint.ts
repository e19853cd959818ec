import type { PlannedResource } from "../plan/resource.ts";

/** The component of DevFactory that makes a type, and its slot there. */
const COMPONENTS: Readonly<Record<string, readonly [component: string, slot: string]>> = {
  "azure-native:storage:StorageAccount": ["StorageAccount", "account"],
  "azure-native:storage:BlobServiceProperties": ["StorageAccount", "blobs"],
  "azure-native:keyvault:Vault": ["KeyVault", "vault"],
  "azure-native:containerregistry:Registry": ["ContainerRegistry", "registry"],
  "azure-native:cosmosdb:DatabaseAccount": ["CosmosAccount", "account"],
  "azure-native:dbforpostgresql:Server": ["PostgresServer", "server"],
  "azure-native:sql:Server": ["SqlServerless", "server"],
  "azure-native:sql:Database": ["SqlServerless", "database"],
  "azure-native:servicebus:Namespace": ["ServiceBus", "namespace"],
  "azure-native:servicebus:Queue": ["ServiceBus", "queue"],
  "azure-native:relay:Namespace": ["Relay", "namespace"],
  "azure-native:app:ContainerApp": ["ContainerApp", "app"],
  "azure-native:app:Job": ["ContainerJob", "job"],
  "azure-native:app:ManagedEnvironment": ["ContainerEnvironment", "environment"],
  "azure-native:app:ContainerAppsSessionPool": ["SessionPool", "pool"],
  "azure-native:web:StaticSite": ["StaticWebApp", "site"],
  "azure-native:web:WebApp": ["FunctionApp or WebAppForContainers", "app"],
  "azure-native:apimanagement:ApiManagementService": ["ApiManagement", "service"],
  "azure-native:appconfiguration:ConfigurationStore": ["AppConfiguration", "store"],
  "azure-native:operationalinsights:Workspace": ["Monitoring", "workspace"],
  "azure-native:applicationinsights:Component": ["Monitoring", "insights"],
  "azure-native:containerinstance:ContainerGroup": ["ContainerGroup", "group"],
};

/** Where a component of DevFactory sets a property, for whoever has to mend it; empty for types that none makes. */
export function componentHint({ type }: PlannedResource, path: string): string {
  const known = COMPONENTS[type];
  if (!known) return "";
  const [component, slot] = known;
  const top = path.split(".")[0] ?? path;
  return ` (${component} sets it by profile: look for \`transform.${slot}.${top}\`)`;
}
