/** What preflight knows of a Pulumi type: its ARM type, the input that holds its name, and where Azure tells about names. */
export interface ArmTypeRow {
  readonly armType: string;
  readonly nameInput: string;
  readonly apiVersion: string;
  /** POST below the subscription; `{location}` is filled. Absent: names are the group's own affair. */
  readonly nameCheck?: string;
  /** HEAD of the whole of Azure that answers 404 when nobody has the name; `{name}` is filled. */
  readonly nameHead?: string;
  /** GET below the subscription: what was deleted and holds its name. */
  readonly deletedList?: string;
}

/** Sources: the REST pages of each service (Check Name Availability, List Deleted), read 2026-11. */
export const ARM_TYPES: Readonly<Record<string, ArmTypeRow>> = {
  "azure-native:app:ContainerApp": {
    armType: "Microsoft.App/containerApps",
    nameInput: "containerAppName",
    apiVersion: "2024-03-01",
  },
  "azure-native:app:Job": { armType: "Microsoft.App/jobs", nameInput: "jobName", apiVersion: "2024-03-01" },
  "azure-native:app:ManagedEnvironment": {
    armType: "Microsoft.App/managedEnvironments",
    nameInput: "environmentName",
    apiVersion: "2024-03-01",
  },
  "azure-native:web:StaticSite": { armType: "Microsoft.Web/staticSites", nameInput: "name", apiVersion: "2023-12-01" },
  "azure-native:cosmosdb:DatabaseAccount": {
    armType: "Microsoft.DocumentDB/databaseAccounts",
    nameInput: "accountName",
    apiVersion: "2024-05-15",
    nameHead: "Microsoft.DocumentDB/databaseAccountNames/{name}",
  },
  "azure-native:managedidentity:UserAssignedIdentity": {
    armType: "Microsoft.ManagedIdentity/userAssignedIdentities",
    nameInput: "resourceName",
    apiVersion: "2023-01-31",
  },
  "azure-native:operationalinsights:Workspace": {
    armType: "Microsoft.OperationalInsights/workspaces",
    nameInput: "workspaceName",
    apiVersion: "2023-09-01",
  },
  "azure-native:network:VirtualNetwork": {
    armType: "Microsoft.Network/virtualNetworks",
    nameInput: "virtualNetworkName",
    apiVersion: "2024-01-01",
  },
  "azure-native:network:PublicIPAddress": {
    armType: "Microsoft.Network/publicIPAddresses",
    nameInput: "publicIpAddressName",
    apiVersion: "2024-01-01",
  },
  "azure-native:network:NetworkSecurityGroup": {
    armType: "Microsoft.Network/networkSecurityGroups",
    nameInput: "networkSecurityGroupName",
    apiVersion: "2024-01-01",
  },
  "azure-native:containerinstance:ContainerGroup": {
    armType: "Microsoft.ContainerInstance/containerGroups",
    nameInput: "containerGroupName",
    apiVersion: "2023-05-01",
  },
  "azure-native:containerservice:ManagedCluster": {
    armType: "Microsoft.ContainerService/managedClusters",
    nameInput: "resourceName",
    apiVersion: "2024-01-01",
  },
  "azure-native:sql:Server": {
    armType: "Microsoft.Sql/servers",
    nameInput: "serverName",
    apiVersion: "2021-11-01",
    nameCheck: "Microsoft.Sql/checkNameAvailability",
  },
  "azure-native:web:WebApp": {
    armType: "Microsoft.Web/sites",
    nameInput: "name",
    apiVersion: "2023-12-01",
    nameCheck: "Microsoft.Web/checknameavailability",
  },
  "azure-native:storage:StorageAccount": {
    armType: "Microsoft.Storage/storageAccounts",
    nameInput: "accountName",
    apiVersion: "2023-05-01",
    nameCheck: "Microsoft.Storage/checkNameAvailability",
  },
  "azure-native:containerregistry:Registry": {
    armType: "Microsoft.ContainerRegistry/registries",
    nameInput: "registryName",
    apiVersion: "2023-07-01",
    nameCheck: "Microsoft.ContainerRegistry/checkNameAvailability",
  },
  "azure-native:servicebus:Namespace": {
    armType: "Microsoft.ServiceBus/namespaces",
    nameInput: "namespaceName",
    apiVersion: "2021-11-01",
    nameCheck: "Microsoft.ServiceBus/CheckNameAvailability",
  },
  "azure-native:dbforpostgresql:Server": {
    armType: "Microsoft.DBforPostgreSQL/flexibleServers",
    nameInput: "serverName",
    apiVersion: "2024-08-01",
    nameCheck: "Microsoft.DBforPostgreSQL/locations/{location}/checkNameAvailability",
  },
  "azure-native:keyvault:Vault": {
    armType: "Microsoft.KeyVault/vaults",
    nameInput: "vaultName",
    apiVersion: "2023-07-01",
    nameCheck: "Microsoft.KeyVault/checkNameAvailability",
    deletedList: "Microsoft.KeyVault/deletedVaults",
  },
  "azure-native:appconfiguration:ConfigurationStore": {
    armType: "Microsoft.AppConfiguration/configurationStores",
    nameInput: "configStoreName",
    apiVersion: "2023-03-01",
    nameCheck: "Microsoft.AppConfiguration/checkNameAvailability",
    deletedList: "Microsoft.AppConfiguration/deletedConfigurationStores",
  },
  "azure-native:apimanagement:ApiManagementService": {
    armType: "Microsoft.ApiManagement/service",
    nameInput: "serviceName",
    apiVersion: "2022-08-01",
    nameCheck: "Microsoft.ApiManagement/checkNameAvailability",
    deletedList: "Microsoft.ApiManagement/deletedservices",
  },
  "azure-native:cognitiveservices:Account": {
    armType: "Microsoft.CognitiveServices/accounts",
    nameInput: "accountName",
    apiVersion: "2023-05-01",
    deletedList: "Microsoft.CognitiveServices/deletedAccounts",
  },
};

/** Provider namespaces whose name does not follow from a row above, by Pulumi module; `null`: always registered. */
const MODULES: Readonly<Record<string, string | null>> = {
  authorization: null,
  resources: null,
  applicationinsights: "Microsoft.Insights",
  monitor: "Microsoft.Insights",
  insights: "Microsoft.Insights",
  privatedns: "Microsoft.Network",
  cdn: "Microsoft.Cdn",
  relay: "Microsoft.Relay",
  eventgrid: "Microsoft.EventGrid",
  consumption: "Microsoft.Consumption",
};

/** The provider that a Pulumi type belongs to; nothing for types of other providers and those that need no registration. */
export function namespaceOf(type: string): string | undefined {
  const [provider, module = ""] = type.split(":");
  if (provider !== "azure-native") return undefined;
  if (module in MODULES) return MODULES[module] ?? undefined;
  const row = Object.entries(ARM_TYPES).find(([each]) => each.split(":")[1] === module);
  return row?.[1].armType.split("/")[0];
}
