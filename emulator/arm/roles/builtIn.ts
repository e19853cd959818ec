/** What a role may do; `*` stands for any text. */
export interface RolePermissions {
  readonly actions?: readonly string[];
  readonly notActions?: readonly string[];
  readonly dataActions?: readonly string[];
  readonly notDataActions?: readonly string[];
}

export interface BuiltInRole extends RolePermissions {
  readonly id: string;
  readonly name: string;
}

const AUTHORIZATION_READ = "Microsoft.Authorization/*/read";
const GROUP_READ = "Microsoft.Resources/subscriptions/resourceGroups/read";
const DEPLOYMENTS = "Microsoft.Resources/deployments/*";
const ALERTS = "Microsoft.Insights/alertRules/*";
/** What almost every contributor of one service gets besides. */
const COMMON = [AUTHORIZATION_READ, ALERTS, DEPLOYMENTS, GROUP_READ, "Microsoft.Support/*"] as const;
const VAULT_READ = [
  "Microsoft.KeyVault/checkNameAvailability/read",
  "Microsoft.KeyVault/deletedVaults/read",
  "Microsoft.KeyVault/locations/*/read",
  "Microsoft.KeyVault/vaults/*/read",
  "Microsoft.KeyVault/operations/read",
] as const;
const BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";
const CONTAINERS = "Microsoft.Storage/storageAccounts/blobServices/containers";
const DELEGATION = "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action";
const QUEUES = "Microsoft.Storage/storageAccounts/queueServices/queues";
const TABLES = "Microsoft.Storage/storageAccounts/tableServices/tables";
const SHARES = "Microsoft.Storage/storageAccounts/fileServices/fileshares/files";

/** Built-in roles with their permissions. Source: Microsoft Learn, "Azure built-in roles", read 2026-11. */
export const BUILT_IN_ROLES: readonly BuiltInRole[] = [
  { name: "Owner", id: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", actions: ["*"] },
  {
    name: "Contributor",
    id: "b24988ac-6180-42a0-ab88-20f7382dd24c",
    actions: ["*"],
    notActions: [
      "Microsoft.Authorization/*/Delete",
      "Microsoft.Authorization/*/Write",
      "Microsoft.Authorization/elevateAccess/Action",
      "Microsoft.Blueprint/blueprintAssignments/write",
      "Microsoft.Blueprint/blueprintAssignments/delete",
      "Microsoft.Compute/galleries/share/action",
      "Microsoft.Purview/consents/write",
      "Microsoft.Purview/consents/delete",
      "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
    ],
  },
  { name: "Reader", id: "acdd72a7-3385-48ef-bd42-f606fba81ae7", actions: ["*/read"] },
  {
    name: "Role Based Access Control Administrator",
    id: "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
    actions: [
      "Microsoft.Authorization/roleAssignments/write",
      "Microsoft.Authorization/roleAssignments/delete",
      "*/read",
      "Microsoft.Support/*",
    ],
  },
  {
    name: "User Access Administrator",
    id: "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    actions: ["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"],
  },
  {
    name: "API Management Service Contributor",
    id: "312a565d-c81f-4fd8-895a-4e21e48d571c",
    actions: ["Microsoft.ApiManagement/service/*", ...COMMON, "Microsoft.ResourceHealth/availabilityStatuses/read"],
  },
  {
    name: "API Management Service Reader Role",
    id: "71522526-b88f-4d52-b57f-d31fc3546d0d",
    actions: ["Microsoft.ApiManagement/service/*/read", "Microsoft.ApiManagement/service/read", ...COMMON],
    notActions: ["Microsoft.ApiManagement/service/users/keys/read"],
  },
  {
    name: "App Configuration Data Owner",
    id: "5ae67dd6-50cb-40e7-96ff-dc2bfa4b606b",
    dataActions: [
      "Microsoft.AppConfiguration/configurationStores/*/read",
      "Microsoft.AppConfiguration/configurationStores/*/write",
      "Microsoft.AppConfiguration/configurationStores/*/delete",
      "Microsoft.AppConfiguration/configurationStores/*/action",
    ],
  },
  {
    name: "App Configuration Data Reader",
    id: "516239f1-63e1-4d78-a4de-a74fb236a071",
    dataActions: ["Microsoft.AppConfiguration/configurationStores/*/read"],
  },
  {
    name: "Cognitive Services User",
    id: "a97b65f3-24c7-4388-baec-2e87135dc908",
    actions: ["Microsoft.CognitiveServices/*/read", "Microsoft.CognitiveServices/accounts/listkeys/action", ...COMMON],
    dataActions: ["Microsoft.CognitiveServices/*"],
  },
  {
    name: "Cognitive Services OpenAI User",
    id: "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd",
    actions: ["Microsoft.CognitiveServices/*/read", "Microsoft.Authorization/roleAssignments/read"],
    dataActions: [
      "Microsoft.CognitiveServices/accounts/OpenAI/*/read",
      "Microsoft.CognitiveServices/accounts/OpenAI/engines/completions/action",
      "Microsoft.CognitiveServices/accounts/OpenAI/engines/embeddings/action",
      "Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action",
      "Microsoft.CognitiveServices/accounts/OpenAI/deployments/completions/action",
      "Microsoft.CognitiveServices/accounts/OpenAI/deployments/embeddings/action",
    ],
  },
  {
    name: "SQL DB Contributor",
    id: "9b7fa17d-e63e-47b0-bb0a-15c516ac86ec",
    actions: [
      "Microsoft.Sql/servers/databases/*",
      "Microsoft.Sql/servers/read",
      "Microsoft.Sql/locations/*/read",
      ...COMMON,
    ],
  },
  {
    name: "SQL Server Contributor",
    id: "6d8ee4ec-f05a-4a1d-8b00-a9b17e38b437",
    actions: ["Microsoft.Sql/locations/*/read", "Microsoft.Sql/servers/*", ...COMMON],
  },
  {
    name: "Azure ContainerApps Session Executor",
    id: "0fb8eba5-a2bb-4abe-b1c1-49dfad359bb0",
    dataActions: ["Microsoft.App/sessionPools/interpreters/execute/action", "Microsoft.App/sessionPools/executions/*"],
  },
  {
    name: "Container Apps Contributor",
    id: "358470bc-b998-42bd-ab17-a7e34c199c0f",
    actions: [
      "Microsoft.App/containerApps/*/read",
      "Microsoft.App/containerApps/*/write",
      "Microsoft.App/containerApps/*/delete",
      "Microsoft.App/containerApps/*/action",
      "Microsoft.App/managedEnvironments/read",
      "Microsoft.App/managedEnvironments/join/action",
      ...COMMON,
    ],
  },
  {
    name: "Container Apps Jobs Contributor",
    id: "4e3d2b60-56ae-4dc6-a233-09c8e5a82e68",
    actions: [
      "Microsoft.App/jobs/*/read",
      "Microsoft.App/jobs/*/write",
      "Microsoft.App/jobs/*/delete",
      "Microsoft.App/jobs/*/action",
      "Microsoft.App/managedEnvironments/read",
      "Microsoft.App/managedEnvironments/join/action",
      ...COMMON,
    ],
  },
  {
    name: "Container Apps Jobs Operator",
    id: "b9a307c4-5aa3-4b52-ba60-2b17c136cd7b",
    actions: ["Microsoft.App/jobs/*/read", "Microsoft.App/jobs/*/action", ...COMMON],
  },
  {
    name: "Container Apps ManagedEnvironments Contributor",
    id: "57cc5028-e6a7-4284-868d-0611c5923f8d",
    actions: [
      "Microsoft.App/managedEnvironments/*/read",
      "Microsoft.App/managedEnvironments/*/write",
      "Microsoft.App/managedEnvironments/*/delete",
      "Microsoft.App/managedEnvironments/*/action",
      ...COMMON,
    ],
  },
  {
    name: "Container Apps Operator",
    id: "f3bd1b5c-91fa-40e7-afe7-0c11d331232c",
    actions: ["Microsoft.App/containerApps/*/read", "Microsoft.App/containerApps/*/action", ...COMMON],
    dataActions: [
      "Microsoft.App/containerApps/logstream/action",
      "Microsoft.App/containerApps/exec/action",
      "Microsoft.App/containerApps/debug/action",
    ],
  },
  {
    name: "Container Apps SessionPools Contributor",
    id: "f7669afb-68b2-44b4-9c5f-6d2a47fddda0",
    actions: [
      "Microsoft.App/sessionPools/*/read",
      "Microsoft.App/sessionPools/*/write",
      "Microsoft.App/sessionPools/*/delete",
      "Microsoft.App/sessionPools/*/action",
      "Microsoft.App/managedEnvironments/read",
      "Microsoft.App/managedEnvironments/join/action",
      ...COMMON,
    ],
  },
  {
    name: "AcrDelete",
    id: "c2f4ef07-c644-48eb-af81-4b1b4947fb11",
    actions: ["Microsoft.ContainerRegistry/registries/artifacts/delete"],
  },
  {
    name: "AcrPull",
    id: "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    actions: ["Microsoft.ContainerRegistry/registries/pull/read"],
  },
  {
    name: "AcrPush",
    id: "8311e382-0749-4cb8-b61a-304f252e45ec",
    actions: ["Microsoft.ContainerRegistry/registries/pull/read", "Microsoft.ContainerRegistry/registries/push/write"],
  },
  {
    name: "Container Registry Repository Reader",
    id: "b93aa761-3e63-49ed-ac28-beffa264f7ac",
    dataActions: [
      "Microsoft.ContainerRegistry/registries/repositories/content/read",
      "Microsoft.ContainerRegistry/registries/repositories/metadata/read",
    ],
  },
  {
    name: "Container Registry Repository Writer",
    id: "2a1e307c-b015-4ebd-883e-5b7698a07328",
    dataActions: [
      "Microsoft.ContainerRegistry/registries/repositories/content/read",
      "Microsoft.ContainerRegistry/registries/repositories/content/write",
      "Microsoft.ContainerRegistry/registries/repositories/metadata/read",
      "Microsoft.ContainerRegistry/registries/repositories/metadata/write",
    ],
  },
  {
    name: "Container Registry Tasks Contributor",
    id: "fb382eab-e894-4461-af04-94435c366c3f",
    actions: [
      "Microsoft.ContainerRegistry/registries/agentpools/*",
      "Microsoft.ContainerRegistry/registries/builds/*",
      "Microsoft.ContainerRegistry/registries/listBuildSourceUploadUrl/action",
      "Microsoft.ContainerRegistry/registries/read",
      "Microsoft.ContainerRegistry/registries/runs/*",
      "Microsoft.ContainerRegistry/registries/scheduleRun/action",
      "Microsoft.ContainerRegistry/registries/taskruns/*",
      "Microsoft.ContainerRegistry/registries/tasks/*",
      ...COMMON,
    ],
  },
  {
    name: "Cosmos DB Account Reader Role",
    id: "fbdf93bf-df7d-467e-a4d2-9458aa1360c8",
    actions: [
      "Microsoft.DocumentDB/*/read",
      "Microsoft.DocumentDB/databaseAccounts/readonlykeys/action",
      "Microsoft.Insights/MetricDefinitions/read",
      "Microsoft.Insights/Metrics/read",
      ...COMMON,
    ],
  },
  {
    name: "Cosmos DB Operator",
    id: "230815da-be43-4aae-9cb4-875f7bd000aa",
    actions: [
      "Microsoft.DocumentDb/databaseAccounts/*",
      "Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action",
      ...COMMON,
    ],
    notActions: [
      "Microsoft.DocumentDB/databaseAccounts/dataTransferJobs/*",
      "Microsoft.DocumentDB/databaseAccounts/readonlyKeys/*",
      "Microsoft.DocumentDB/databaseAccounts/regenerateKey/*",
      "Microsoft.DocumentDB/databaseAccounts/listKeys/*",
      "Microsoft.DocumentDB/databaseAccounts/listConnectionStrings/*",
      "Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions/write",
      "Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions/delete",
      "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments/write",
      "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments/delete",
    ],
  },
  {
    name: "DocumentDB Account Contributor",
    id: "5bd9cd88-fe45-4216-938b-f97437e15450",
    actions: [
      "Microsoft.DocumentDb/databaseAccounts/*",
      "Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action",
      ...COMMON,
    ],
  },
  {
    name: "EventGrid Data Sender",
    id: "d5a91429-5739-47e2-a06b-3470a27159e7",
    actions: ["Microsoft.EventGrid/topics/read", "Microsoft.EventGrid/domains/read", ...COMMON],
    dataActions: ["Microsoft.EventGrid/events/send/action"],
  },
  {
    name: "Key Vault Administrator",
    id: "00482a5a-887f-4fb3-b363-3b7fe8e74483",
    actions: [...COMMON, ...VAULT_READ],
    dataActions: ["Microsoft.KeyVault/vaults/*"],
  },
  {
    name: "Key Vault Certificate User",
    id: "db79e9a7-68ee-4b58-9aeb-b90e7c24fcba",
    dataActions: [
      "Microsoft.KeyVault/vaults/certificates/read",
      "Microsoft.KeyVault/vaults/secrets/getSecret/action",
      "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
      "Microsoft.KeyVault/vaults/keys/read",
    ],
  },
  {
    name: "Key Vault Certificates Officer",
    id: "a4417e6f-fecd-4de8-b567-7b0420556985",
    actions: [...COMMON, ...VAULT_READ],
    dataActions: [
      "Microsoft.KeyVault/vaults/certificatecas/*",
      "Microsoft.KeyVault/vaults/certificates/*",
      "Microsoft.KeyVault/vaults/certificatecontacts/write",
    ],
  },
  {
    name: "Key Vault Crypto Officer",
    id: "14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
    actions: [...COMMON, ...VAULT_READ],
    dataActions: ["Microsoft.KeyVault/vaults/keys/*", "Microsoft.KeyVault/vaults/keyrotationpolicies/*"],
  },
  {
    name: "Key Vault Crypto Service Encryption User",
    id: "e147488a-f6f5-4113-8e2d-b22465e65bf6",
    actions: [
      "Microsoft.EventGrid/eventSubscriptions/write",
      "Microsoft.EventGrid/eventSubscriptions/read",
      "Microsoft.EventGrid/eventSubscriptions/delete",
    ],
    dataActions: [
      "Microsoft.KeyVault/vaults/keys/read",
      "Microsoft.KeyVault/vaults/keys/wrap/action",
      "Microsoft.KeyVault/vaults/keys/unwrap/action",
    ],
  },
  {
    name: "Key Vault Crypto User",
    id: "12338af0-0e69-4776-bea7-57ae8d297424",
    dataActions: [
      "Microsoft.KeyVault/vaults/keys/read",
      "Microsoft.KeyVault/vaults/keys/update/action",
      "Microsoft.KeyVault/vaults/keys/backup/action",
      "Microsoft.KeyVault/vaults/keys/encrypt/action",
      "Microsoft.KeyVault/vaults/keys/decrypt/action",
      "Microsoft.KeyVault/vaults/keys/wrap/action",
      "Microsoft.KeyVault/vaults/keys/unwrap/action",
      "Microsoft.KeyVault/vaults/keys/sign/action",
      "Microsoft.KeyVault/vaults/keys/verify/action",
    ],
  },
  {
    name: "Key Vault Reader",
    id: "21090545-7ca7-4776-b22c-e363652d74d2",
    actions: [...COMMON, ...VAULT_READ],
    dataActions: ["Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/vaults/secrets/readMetadata/action"],
  },
  {
    name: "Key Vault Secrets Officer",
    id: "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
    actions: [...COMMON, ...VAULT_READ],
    dataActions: ["Microsoft.KeyVault/vaults/secrets/*"],
  },
  {
    name: "Key Vault Secrets User",
    id: "4633458b-17de-408a-b874-0445c86b69e6",
    dataActions: [
      "Microsoft.KeyVault/vaults/secrets/getSecret/action",
      "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
    ],
  },
  {
    name: "Managed Identity Contributor",
    id: "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59",
    actions: [
      "Microsoft.ManagedIdentity/userAssignedIdentities/read",
      "Microsoft.ManagedIdentity/userAssignedIdentities/write",
      "Microsoft.ManagedIdentity/userAssignedIdentities/delete",
      "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/*",
      "Microsoft.ManagedIdentity/userAssignedIdentities/revokeTokens/action",
      ...COMMON,
    ],
  },
  {
    name: "Managed Identity Operator",
    id: "f1a07417-d97a-45cb-824c-7a7467783830",
    actions: [
      "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
      "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
      ...COMMON,
    ],
  },
  {
    name: "Log Analytics Contributor",
    id: "92aaf0da-9dab-42b6-94a3-d43ce8d16293",
    actions: [
      "*/read",
      "Microsoft.ClassicCompute/virtualMachines/extensions/*",
      "Microsoft.ClassicStorage/storageAccounts/listKeys/action",
      "Microsoft.Compute/virtualMachines/extensions/*",
      "Microsoft.HybridCompute/machines/extensions/write",
      "Microsoft.Insights/alertRules/*",
      "Microsoft.Insights/diagnosticSettings/*",
      "Microsoft.OperationalInsights/*",
      "Microsoft.OperationsManagement/*",
      "Microsoft.Resources/deployments/*",
      "Microsoft.Resources/subscriptions/resourcegroups/deployments/*",
      "Microsoft.Storage/storageAccounts/listKeys/action",
      "Microsoft.Support/*",
    ],
  },
  {
    name: "Log Analytics Data Reader",
    id: "3b03c2da-16b3-4a49-8834-0f8130efdd3b",
    actions: [
      "Microsoft.OperationalInsights/workspaces/read",
      "Microsoft.OperationalInsights/workspaces/query/read",
      "Microsoft.OperationalInsights/workspaces/tables/read",
    ],
    dataActions: ["Microsoft.OperationalInsights/workspaces/tables/data/read"],
  },
  {
    name: "Log Analytics Reader",
    id: "73c42c96-874c-492b-b04d-ab87d138a893",
    actions: [
      "*/read",
      "Microsoft.OperationalInsights/workspaces/analytics/query/action",
      "Microsoft.OperationalInsights/workspaces/search/action",
      "Microsoft.Support/*",
    ],
    notActions: ["Microsoft.OperationalInsights/workspaces/sharedKeys/read"],
  },
  {
    name: "Monitoring Metrics Publisher",
    id: "3913510d-42f4-4e42-8a64-420c390055eb",
    actions: [
      "Microsoft.Insights/Register/Action",
      "Microsoft.Support/*",
      "Microsoft.Resources/subscriptions/resourceGroups/read",
    ],
    dataActions: ["Microsoft.Insights/Metrics/Write", "Microsoft.Insights/Telemetry/Write"],
  },
  {
    name: "Monitoring Reader",
    id: "43d0d8ad-25c7-4714-9337-8ba259a9fe05",
    actions: ["*/read", "Microsoft.OperationalInsights/workspaces/search/action", "Microsoft.Support/*"],
  },
  {
    name: "DNS Zone Contributor",
    id: "befefa01-2a29-4197-83a8-272ff33ce314",
    actions: ["Microsoft.Network/dnsZones/*", ...COMMON],
  },
  {
    name: "Network Contributor",
    id: "4d97b98b-1d4f-4787-a291-c67834d212e7",
    actions: ["Microsoft.Network/*", "Microsoft.ResourceHealth/availabilityStatuses/read", ...COMMON],
  },
  {
    name: "Private DNS Zone Contributor",
    id: "b12aa53e-6015-4669-85d0-8515ebb3ae7f",
    actions: [
      "Microsoft.Network/privateDnsZones/*",
      "Microsoft.Network/privateDnsOperationResults/*",
      "Microsoft.Network/privateDnsOperationStatuses/*",
      "Microsoft.Network/virtualNetworks/read",
      "Microsoft.Network/virtualNetworks/join/action",
      ...COMMON,
    ],
  },
  {
    name: "Azure Relay Listener",
    id: "26e0b698-aa6d-4085-9386-aadae190014d",
    actions: ["Microsoft.Relay/*/wcfRelays/read", "Microsoft.Relay/*/hybridConnections/read"],
    dataActions: ["Microsoft.Relay/*/listen/action"],
  },
  {
    name: "Azure Relay Owner",
    id: "2787bf04-f1f5-4bfe-8383-c8a24483ee38",
    actions: ["Microsoft.Relay/*"],
    dataActions: ["Microsoft.Relay/*"],
  },
  {
    name: "Azure Relay Sender",
    id: "26baccc8-eea7-41f1-98f4-1762cc7f685d",
    actions: ["Microsoft.Relay/*/wcfRelays/read", "Microsoft.Relay/*/hybridConnections/read"],
    dataActions: ["Microsoft.Relay/*/send/action"],
  },
  {
    name: "Azure Service Bus Data Owner",
    id: "090c5cfd-751d-490a-894a-3ce6f1109419",
    actions: ["Microsoft.ServiceBus/*"],
    dataActions: ["Microsoft.ServiceBus/*"],
  },
  {
    name: "Azure Service Bus Data Receiver",
    id: "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0",
    actions: [
      "Microsoft.ServiceBus/*/queues/read",
      "Microsoft.ServiceBus/*/topics/read",
      "Microsoft.ServiceBus/*/topics/subscriptions/read",
    ],
    dataActions: ["Microsoft.ServiceBus/*/receive/action"],
  },
  {
    name: "Azure Service Bus Data Sender",
    id: "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39",
    actions: [
      "Microsoft.ServiceBus/*/queues/read",
      "Microsoft.ServiceBus/*/topics/read",
      "Microsoft.ServiceBus/*/topics/subscriptions/read",
    ],
    dataActions: ["Microsoft.ServiceBus/*/send/action"],
  },
  {
    name: "Storage Account Contributor",
    id: "17d1049b-9a84-46fb-8f53-869881c3d3ab",
    actions: [
      "Microsoft.Insights/diagnosticSettings/*",
      "Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action",
      "Microsoft.ResourceHealth/availabilityStatuses/read",
      "Microsoft.Storage/storageAccounts/*",
      ...COMMON,
    ],
  },
  {
    name: "Storage Blob Data Contributor",
    id: "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    actions: [`${CONTAINERS}/delete`, `${CONTAINERS}/read`, `${CONTAINERS}/write`, DELEGATION],
    dataActions: [`${BLOBS}/delete`, `${BLOBS}/read`, `${BLOBS}/write`, `${BLOBS}/move/action`, `${BLOBS}/add/action`],
  },
  {
    name: "Storage Blob Data Owner",
    id: "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    actions: [`${CONTAINERS}/*`, DELEGATION],
    dataActions: [`${BLOBS}/*`],
  },
  {
    name: "Storage Blob Data Reader",
    id: "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
    actions: [`${CONTAINERS}/read`, DELEGATION],
    dataActions: [`${BLOBS}/read`],
  },
  { name: "Storage Blob Delegator", id: "db58b8e5-c6ad-4a2a-8342-4190687cbf4a", actions: [DELEGATION] },
  {
    name: "Storage File Data SMB Share Contributor",
    id: "0c867c2a-1d8c-454a-a3db-ab2ea1bdc8bb",
    dataActions: [`${SHARES}/read`, `${SHARES}/write`, `${SHARES}/delete`],
  },
  {
    name: "Storage Queue Data Contributor",
    id: "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
    actions: [`${QUEUES}/delete`, `${QUEUES}/read`, `${QUEUES}/write`],
    dataActions: [
      `${QUEUES}/messages/delete`,
      `${QUEUES}/messages/read`,
      `${QUEUES}/messages/write`,
      `${QUEUES}/messages/process/action`,
    ],
  },
  {
    name: "Storage Queue Data Message Processor",
    id: "8a0f0c08-91a1-4084-bc3d-661d67233fed",
    dataActions: [`${QUEUES}/messages/read`, `${QUEUES}/messages/process/action`],
  },
  {
    name: "Storage Queue Data Message Sender",
    id: "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a",
    dataActions: [`${QUEUES}/messages/add/action`],
  },
  {
    name: "Storage Queue Data Reader",
    id: "19e7f393-937e-4f77-808e-94535e297925",
    actions: [`${QUEUES}/read`],
    dataActions: [`${QUEUES}/messages/read`],
  },
  {
    name: "Storage Table Data Contributor",
    id: "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
    actions: [`${TABLES}/read`, `${TABLES}/write`, `${TABLES}/delete`],
    dataActions: [
      `${TABLES}/entities/read`,
      `${TABLES}/entities/write`,
      `${TABLES}/entities/delete`,
      `${TABLES}/entities/add/action`,
      `${TABLES}/entities/update/action`,
    ],
  },
  {
    name: "Storage Table Data Reader",
    id: "76199698-9eea-4c19-bc75-cec21354c6b6",
    actions: [`${TABLES}/read`],
    dataActions: [`${TABLES}/entities/read`],
  },
  {
    name: "Web Plan Contributor",
    id: "2cc479cb-7b4d-49a8-b449-8c00fd0f0a4b",
    actions: [
      "Microsoft.Web/serverFarms/*",
      "Microsoft.Web/hostingEnvironments/Join/Action",
      "Microsoft.Insights/autoscalesettings/*",
      ...COMMON,
    ],
  },
  {
    name: "Website Contributor",
    id: "de139f84-1756-47ae-9be6-808fbbe84772",
    actions: [
      "Microsoft.Insights/components/*",
      "Microsoft.Web/certificates/*",
      "Microsoft.Web/listSitesAssignedToHostName/read",
      "Microsoft.Web/serverFarms/join/action",
      "Microsoft.Web/serverFarms/read",
      "Microsoft.Web/sites/*",
      "Microsoft.Web/staticSites/*",
      ...COMMON,
    ],
  },
];

const BY_ID = new Map(BUILT_IN_ROLES.map((role) => [role.id, role]));

/** @param id the GUID of a built-in role, in any case */
export function builtInRole(id: string): BuiltInRole | undefined {
  return BY_ID.get(id.toLowerCase());
}
