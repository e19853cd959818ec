import {
  agentPool,
  cluster,
  containerApp,
  containerGroup,
  containerJob,
  environment,
  registry,
  sessionPool,
} from "./containers.ts";
import { cosmosAccount, cosmosThroughput, postgres, sqlDatabase } from "./databases.ts";
import { appServicePlan, webApp } from "./functions.ts";
import { fixed, type Meter } from "./line.ts";
import { hybridConnection, relayNamespace, serviceBus } from "./messaging.ts";
import { natGateway, privateEndpoint, privateZone, publicAddress, publicZone } from "./network.ts";
import { alertRule, b2c, externalId, insights, logTable, vault, vaultKey, workspace } from "./watching.ts";
import { apiManagement, cdnProfile, configurationStore, staticSite, storageAccount } from "./web.ts";

/** What each type is billed for. Source of the rules: price list of each service, see prices.json. */
export const METERS: Readonly<Record<string, Meter>> = {
  "azure-native:apimanagement:ApiManagementService": apiManagement,
  "azure-native:app:ContainerApp": containerApp,
  "azure-native:app:ContainerAppsSessionPool": sessionPool,
  "azure-native:app:Job": containerJob,
  "azure-native:app:ManagedEnvironment": environment,
  "azure-native:appconfiguration:ConfigurationStore": configurationStore,
  "azure-native:appconfiguration:Replica": () => [fixed("replica", "appconfig-replica", 1)],
  "azure-native:applicationinsights:Component": insights,
  "azure-native:azureactivedirectory:B2CTenant": b2c,
  "azure-native:azureactivedirectory:CIAMTenant": externalId,
  "azure-native:cdn:Profile": cdnProfile,
  "azure-native:containerinstance:ContainerGroup": containerGroup,
  "azure-native:containerregistry:Registry": registry,
  "azure-native:containerregistry:Replication": () => [fixed("geo-replica", "acr-replica", 1)],
  "azure-native:containerservice:AgentPool": agentPool,
  "azure-native:containerservice:ManagedCluster": cluster,
  "azure-native:cosmosdb:DatabaseAccount": cosmosAccount,
  "azure-native:cosmosdb:CassandraResourceCassandraKeyspace": cosmosThroughput,
  "azure-native:cosmosdb:CassandraResourceCassandraTable": cosmosThroughput,
  "azure-native:cosmosdb:GremlinResourceGremlinDatabase": cosmosThroughput,
  "azure-native:cosmosdb:GremlinResourceGremlinGraph": cosmosThroughput,
  "azure-native:cosmosdb:MongoDBResourceMongoDBCollection": cosmosThroughput,
  "azure-native:cosmosdb:MongoDBResourceMongoDBDatabase": cosmosThroughput,
  "azure-native:cosmosdb:SqlResourceSqlContainer": cosmosThroughput,
  "azure-native:cosmosdb:SqlResourceSqlDatabase": cosmosThroughput,
  "azure-native:cosmosdb:TableResourceTable": cosmosThroughput,
  "azure-native:dbforpostgresql:Server": postgres,
  "azure-native:dns:Zone": publicZone,
  "azure-native:keyvault:Key": vaultKey,
  "azure-native:keyvault:Vault": vault,
  "azure-native:monitor:MetricAlert": alertRule,
  "azure-native:monitor:ScheduledQueryRule": alertRule,
  "azure-native:network:NatGateway": natGateway,
  "azure-native:network:PrivateEndpoint": privateEndpoint,
  "azure-native:network:PublicIPAddress": publicAddress,
  "azure-native:operationalinsights:Table": logTable,
  "azure-native:operationalinsights:Workspace": workspace,
  "azure-native:privatedns:PrivateZone": privateZone,
  "azure-native:relay:HybridConnection": hybridConnection,
  "azure-native:relay:Namespace": relayNamespace,
  "azure-native:servicebus:Namespace": serviceBus,
  "azure-native:sql:Database": sqlDatabase,
  "azure-native:storage:StorageAccount": storageAccount,
  "azure-native:web:AppServicePlan": appServicePlan,
  "azure-native:web:StaticSite": staticSite,
  "azure-native:web:WebApp": webApp,
  "azure-native:web:WebAppSlot": webApp,
};

/** Modules by which older providers, and the provider's aliases, name the same types. */
const MODULES: Readonly<Record<string, string>> = {
  documentdb: "cosmosdb",
  insights: "monitor",
};
const TYPES: Readonly<Record<string, string>> = {
  "azure-native:app:SessionPool": "azure-native:app:ContainerAppsSessionPool",
  "azure-native:monitor:Component": "azure-native:applicationinsights:Component",
  "azure-native:network:PrivateZone": "azure-native:privatedns:PrivateZone",
  "azure-native:network:VirtualNetworkLink": "azure-native:privatedns:VirtualNetworkLink",
  "azure-native:network:Zone": "azure-native:dns:Zone",
};

/** The type as the table names it: without a version of the API, by the provider's present module. */
export function canonicalType(type: string): string {
  const [, module, name] = /^azure-native:(\w+)(?:\/v\w+)?:(\w+)$/.exec(type) ?? [];
  if (module === undefined || name === undefined) return type;
  const renamed = `azure-native:${MODULES[module] ?? module}:${name}`;
  return TYPES[renamed] ?? renamed;
}

/** What bills a resource of a type that `canonicalType` gave. */
export function meterOf(type: string): Meter | undefined {
  return Object.hasOwn(METERS, type) ? METERS[type] : undefined;
}

/** Types without a price of their own; a trailing `*` stands for a family. */
const FREE = [
  "azure-native:apimanagement:Api",
  "azure-native:apimanagement:ApiOperation",
  "azure-native:apimanagement:ApiPolicy",
  "azure-native:app:Certificate",
  "azure-native:app:ContainerAppsAuthConfig",
  "azure-native:app:DaprComponent",
  "azure-native:app:ManagedCertificate",
  "azure-native:app:ManagedEnvironmentsStorage",
  "azure-native:appconfiguration:KeyValue",
  "azure-native:authorization:*",
  "azure-native:cdn:AFD*",
  "azure-native:cdn:Route",
  "azure-native:cdn:Rule*",
  "azure-native:consumption:Budget",
  "azure-native:cosmosdb:SqlResourceSqlRole*",
  "azure-native:dbforpostgresql:Administrator*",
  "azure-native:dbforpostgresql:Configuration",
  "azure-native:dbforpostgresql:Database",
  "azure-native:dbforpostgresql:FirewallRule",
  "azure-native:keyvault:AccessPolicy",
  "azure-native:keyvault:Secret",
  "azure-native:managedidentity:*",
  "azure-native:monitor:ActionGroup",
  "azure-native:monitor:DiagnosticSetting",
  "azure-native:network:NetworkSecurityGroup",
  "azure-native:network:PrivateDnsZoneGroup",
  "azure-native:network:RouteTable",
  "azure-native:network:SecurityRule",
  "azure-native:network:Subnet",
  "azure-native:network:VirtualNetwork",
  "azure-native:privatedns:PrivateRecordSet",
  "azure-native:privatedns:VirtualNetworkLink",
  "azure-native:relay:*AuthorizationRule",
  "azure-native:resources:ResourceGroup",
  "azure-native:servicebus:NamespaceAuthorizationRule",
  "azure-native:servicebus:Queue",
  "azure-native:servicebus:Subscription",
  "azure-native:servicebus:Topic",
  "azure-native:sql:ExtendedServerBlobAuditingPolicy",
  "azure-native:sql:FirewallRule",
  "azure-native:sql:Server",
  "azure-native:sql:ServerAzureADAdministrator",
  "azure-native:storage:Blob",
  "azure-native:storage:BlobContainer",
  "azure-native:storage:BlobServiceProperties",
  "azure-native:storage:ManagementPolicy",
  "azure-native:storage:Queue",
  "azure-native:storage:Table",
  "azure-native:web:Certificate",
  "azure-native:web:SiteCertificate",
  "azure-native:web:StaticSite*",
  "azure-native:web:WebApp*",
  "azuread:*",
  "command:*",
  "devfactory:*",
  "docker-build:*",
  "docker:*",
  "pulumi-nodejs:*",
  "pulumi:*",
  "random:*",
  "tls:*",
] as const;
const FREE_PATTERN = new RegExp(`^(?:${FREE.map((each) => each.replaceAll("*", ".*")).join("|")})$`);

/** Whether a type is known to cost nothing. */
export function isFree(type: string): boolean {
  return FREE_PATTERN.test(type);
}
