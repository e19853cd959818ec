import { type BuiltInRole, COMMON } from "./permissions.ts";

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

/** Built-in roles of stores and message brokers. Source: Microsoft Learn, "Azure built-in roles", read 2026-11. */
export const DATA_ROLES: readonly BuiltInRole[] = [
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
];
