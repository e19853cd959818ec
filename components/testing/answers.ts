import { createHash } from "node:crypto";
import { NAMES, type NameRule } from "../core/naming.ts";

type Inputs = Readonly<Record<string, unknown>>;

/** Subscription, tenant and region of recordings. */
export const SUBSCRIPTION_ID = "11111111-1111-4111-8111-111111111111";
export const TENANT_ID = "22222222-2222-4222-8222-222222222222";

/** ARM types of children, with the inputs that are the segments of their path below the resource group. */
const CHILDREN: Readonly<Record<string, readonly (readonly [segment: string, input: string])[]>> = {
  "azure-native:cosmosdb:SqlResourceSqlDatabase": [
    ["Microsoft.DocumentDB/databaseAccounts", "accountName"],
    ["sqlDatabases", "databaseName"],
  ],
  "azure-native:cosmosdb:SqlResourceSqlContainer": [
    ["Microsoft.DocumentDB/databaseAccounts", "accountName"],
    ["sqlDatabases", "databaseName"],
    ["containers", "containerName"],
  ],
  "azure-native:dbforpostgresql:Database": [
    ["Microsoft.DBforPostgreSQL/flexibleServers", "serverName"],
    ["databases", "databaseName"],
  ],
  "azure-native:appconfiguration:KeyValue": [
    ["Microsoft.AppConfiguration/configurationStores", "configStoreName"],
    ["keyValues", "keyValueName"],
  ],
  "azure-native:sql:Database": [
    ["Microsoft.Sql/servers", "serverName"],
    ["databases", "databaseName"],
  ],
  "azure-native:cdn:AFDCustomDomain": [
    ["Microsoft.Cdn/profiles", "profileName"],
    ["customDomains", "customDomainName"],
  ],
  "azure-native:web:Certificate": [["Microsoft.Web/certificates", "name"]],
  "azure-native:web:SiteCertificate": [
    ["Microsoft.Web/sites", "name"],
    ["certificates", "certificateName"],
  ],
  "azure-native:web:WebAppHostNameBinding": [
    ["Microsoft.Web/sites", "name"],
    ["hostNameBindings", "hostName"],
  ],
  "azure-native:cdn:AFDEndpoint": [
    ["Microsoft.Cdn/profiles", "profileName"],
    ["afdEndpoints", "endpointName"],
  ],
  "azure-native:cdn:AFDOriginGroup": [
    ["Microsoft.Cdn/profiles", "profileName"],
    ["originGroups", "originGroupName"],
  ],
  "azure-native:keyvault:Key": [
    ["Microsoft.KeyVault/vaults", "vaultName"],
    ["keys", "keyName"],
  ],
  "azure-native:network:Subnet": [
    ["Microsoft.Network/virtualNetworks", "virtualNetworkName"],
    ["subnets", "subnetName"],
  ],
  "azure-native:privatedns:PrivateZone": [["Microsoft.Network/privateDnsZones", "privateZoneName"]],
  "azure-native:relay:HybridConnection": [
    ["Microsoft.Relay/namespaces", "namespaceName"],
    ["hybridConnections", "hybridConnectionName"],
  ],
  "azure-native:servicebus:Queue": [
    ["Microsoft.ServiceBus/namespaces", "namespaceName"],
    ["queues", "queueName"],
  ],
  "azure-native:servicebus:Topic": [
    ["Microsoft.ServiceBus/namespaces", "namespaceName"],
    ["topics", "topicName"],
  ],
  "azure-native:servicebus:Subscription": [
    ["Microsoft.ServiceBus/namespaces", "namespaceName"],
    ["topics", "topicName"],
    ["subscriptions", "subscriptionName"],
  ],
  "azure-native:network:PrivateDnsZoneGroup": [
    ["Microsoft.Network/privateEndpoints", "privateEndpointName"],
    ["privateDnsZoneGroups", "privateDnsZoneGroupName"],
  ],
  "azure-native:app:ManagedCertificate": [
    ["Microsoft.App/managedEnvironments", "environmentName"],
    ["managedCertificates", "managedCertificateName"],
  ],
  "azure-native:storage:BlobContainer": [
    ["Microsoft.Storage/storageAccounts", "accountName"],
    ["blobServices/default/containers", "containerName"],
  ],
};

/** What Azure sets, by Pulumi type. */
const OUTPUTS: Readonly<Record<string, (name: string, inputs: Inputs) => Inputs>> = {
  "azure-native:app:ContainerApp": (name, inputs) => ({
    ...withHost(inputs, `${name}.happy.eastus.azurecontainerapps.io`),
    customDomainVerificationId: "VERIFICATION-ID",
  }),
  "azure-native:app:ManagedEnvironment": () => ({
    defaultDomain: "happy.eastus.azurecontainerapps.io",
    staticIp: "20.0.0.4",
  }),
  "azure-native:applicationinsights:Component": (name) => ({ connectionString: `InstrumentationKey=${guid(name)}` }),
  "azure-native:containerregistry:Registry": (name) => ({ loginServer: `${name}.azurecr.io` }),
  "azure-native:cosmosdb:DatabaseAccount": (name) => ({ documentEndpoint: `https://${name}.documents.azure.com:443/` }),
  "azure-native:dbforpostgresql:Server": (name) => ({
    fullyQualifiedDomainName: `${name}.postgres.database.azure.com`,
  }),
  "azure-native:appconfiguration:ConfigurationStore": (name) => ({ endpoint: `https://${name}.azconfig.io` }),
  "azure-native:sql:Server": (name, { identity }) => ({
    fullyQualifiedDomainName: `${name}.database.windows.net`,
    identity: { ...(identity as Inputs), principalId: guid(`principal ${name}`) },
  }),
  "azure-native:web:WebApp": (name) => ({
    defaultHostName: `${name}.azurewebsites.net`,
    customDomainVerificationId: "VERIFICATION-ID",
  }),
  "azure-native:web:Certificate": (name) => ({ thumbprint: thumbprint(name) }),
  "azure-native:web:SiteCertificate": (name) => ({ thumbprint: thumbprint(name) }),
  "azure-native:app:ContainerAppsSessionPool": (name) => ({
    poolManagementEndpoint: `https://${name}.happy.eastus.azurecontainerapps.io`,
  }),
  "azure-native:apimanagement:ApiManagementService": (name, { identity }) => ({
    gatewayUrl: `https://${name}.azure-api.net`,
    identity: { ...(identity as Inputs), principalId: guid(`principal ${name}`) },
  }),
  "azure-native:cdn:AFDCustomDomain": () => ({ validationProperties: { validationToken: "VALIDATION-TOKEN" } }),
  "azure-native:cdn:AFDEndpoint": (name) => ({ hostName: `${name}.z01.azurefd.net` }),
  "azure-native:cdn:Profile": (name) => ({ frontDoorId: guid(name) }),
  "azure-native:containerservice:ManagedCluster": (name, { location }) => ({
    oidcIssuerProfile: { enabled: true, issuerURL: `https://${location}.oic.prod-aks.azure.com/${name}/` },
  }),
  "azure-native:keyvault:Vault": (name, inputs) => ({
    properties: { ...(inputs.properties as Inputs), vaultUri: `https://${name}.vault.azure.net/` },
  }),
  "azure-native:managedidentity:UserAssignedIdentity": (name) => ({
    principalId: guid(`principal ${name}`),
    clientId: guid(`client ${name}`),
    tenantId: TENANT_ID,
  }),
  "azure-native:relay:Namespace": (name) => ({ serviceBusEndpoint: `https://${name}.servicebus.windows.net:443/` }),
  "azure-native:servicebus:Namespace": (name) => ({
    serviceBusEndpoint: `https://${name}.servicebus.windows.net:443/`,
  }),
  "azure-native:storage:StorageAccount": (name) => ({
    primaryEndpoints: Object.fromEntries(
      ["blob", "queue", "table", "file"].map((service) => [service, `https://${name}.${service}.core.windows.net/`]),
    ),
  }),
  "azure-native:web:StaticSite": (name) => ({ defaultHostname: `${name}.azurestaticapps.net` }),
  "azuread:index/application:Application": (name) => ({ clientId: guid(`client ${name}`), objectId: guid(name) }),
  "azuread:index/servicePrincipal:ServicePrincipal": (name) => ({ objectId: guid(`principal ${name}`) }),
  "docker:index/image:Image": (_name, inputs) => ({
    repoDigest: `${String(inputs.imageName).replace(/:[^:/]*$/, "")}@sha256:${"0".repeat(64)}`,
  }),
};

/** Id and state of a new resource, as Azure would answer. */
export function answer(type: string, logicalName: string, inputs: Inputs): { id: string; state: Inputs } {
  const rule = Object.entries(NAMES as Readonly<Record<string, NameRule>>).find(([, each]) => each.type === type);
  const name = String(rule ? inputs[rule[1].input] : (lastSegment(type, inputs) ?? logicalName));
  const id = resourceId(type, name, rule?.[0], inputs);
  return { id, state: { ...inputs, name, ...OUTPUTS[type]?.(name, inputs) } };
}

/** State of a resource that exists, as Azure would answer to its id. */
export function readAnswer(type: string, id: string): { id: string; state: Inputs } {
  const name = id.split("/").at(-1) ?? id;
  return { id, state: { name, ...OUTPUTS[type]?.(name, {}) } };
}

/** A stable GUID of a text. */
export function guid(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}

/** SHA-1, as App Service shows the certificates that it holds. */
function thumbprint(name: string): string {
  return createHash("sha1").update(name).digest("hex").toUpperCase();
}

function resourceId(type: string, name: string, armType: string | undefined, inputs: Inputs): string {
  const subscription = `/subscriptions/${SUBSCRIPTION_ID}`;
  const group = `${subscription}/resourceGroups/${String(inputs.resourceGroupName)}`;
  const path = CHILDREN[type];
  if (path) return `${group}/providers/${path.map(([segment, input]) => `${segment}/${inputs[input]}`).join("/")}`;
  if (armType === "Microsoft.Resources/resourceGroups") return `${subscription}/resourceGroups/${name}`;
  if (armType) return `${group}/providers/${armType}/${name}`;
  return `${type}/${name}`;
}

function lastSegment(type: string, inputs: Inputs): unknown {
  const input = CHILDREN[type]?.at(-1)?.[1];
  return input === undefined ? undefined : inputs[input];
}

function withHost(inputs: Inputs, fqdn: string): Inputs {
  const configuration = (inputs.configuration ?? {}) as Inputs;
  const ingress = configuration.ingress as Inputs | undefined;
  return { configuration: { ...configuration, ...(ingress && { ingress: { ...ingress, fqdn } }) } };
}
