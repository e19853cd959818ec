/** A built-in role of Azure. */
export interface Role {
  readonly id: string;
  readonly title: string;
}

/**
 * Built-in roles that a link may grant. Source: Microsoft Learn, "Azure built-in roles", 2026-04-09, each id compared with a second
 * publication (`az role definition list` or Azure Verified Modules).
 */
export const ROLES = {
  acrPull: { id: "7f951dda-4ed3-4680-a7ca-43fe172d538d", title: "AcrPull" },
  acrPush: { id: "8311e382-0749-4cb8-b61a-304f252e45ec", title: "AcrPush" },
  registryTasks: { id: "fb382eab-e894-4461-af04-94435c366c3f", title: "Container Registry Tasks Contributor" },
  groupsContributor: {
    id: "5d977122-f97e-4b4d-a52f-6b43003ddb4d",
    title: "Azure Container Instances Contributor Role",
  },
  jobsOperator: { id: "b9a307c4-5aa3-4b52-ba60-2b17c136cd7b", title: "Container Apps Jobs Operator" },
  blobReader: { id: "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", title: "Storage Blob Data Reader" },
  blobContributor: { id: "ba92f5b4-2d11-453d-a403-e96b0029c9fe", title: "Storage Blob Data Contributor" },
  blobDelegator: { id: "db58b8e5-c6ad-4a2a-8342-4190687cbf4a", title: "Storage Blob Delegator" },
  queueReader: { id: "19e7f393-937e-4f77-808e-94535e297925", title: "Storage Queue Data Reader" },
  queueSender: { id: "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a", title: "Storage Queue Data Message Sender" },
  queueProcessor: { id: "8a0f0c08-91a1-4084-bc3d-661d67233fed", title: "Storage Queue Data Message Processor" },
  tableReader: { id: "76199698-9eea-4c19-bc75-cec21354c6b6", title: "Storage Table Data Reader" },
  tableContributor: { id: "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", title: "Storage Table Data Contributor" },
  shareContributor: { id: "0c867c2a-1d8c-454a-a3db-ab2ea1bdc8bb", title: "Storage File Data SMB Share Contributor" },
  busSender: { id: "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39", title: "Azure Service Bus Data Sender" },
  busReceiver: { id: "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0", title: "Azure Service Bus Data Receiver" },
  busOwner: { id: "090c5cfd-751d-490a-894a-3ce6f1109419", title: "Azure Service Bus Data Owner" },
  secretsUser: { id: "4633458b-17de-408a-b874-0445c86b69e6", title: "Key Vault Secrets User" },
  secretsOfficer: { id: "b86a8fe4-44ce-4948-aee5-eccb2c155cd7", title: "Key Vault Secrets Officer" },
  cryptoUser: { id: "12338af0-0e69-4776-bea7-57ae8d297424", title: "Key Vault Crypto User" },
  metricsPublisher: { id: "3913510d-42f4-4e42-8a64-420c390055eb", title: "Monitoring Metrics Publisher" },
  logReader: { id: "73c42c96-874c-492b-b04d-ab87d138a893", title: "Log Analytics Reader" },
  relaySender: { id: "26baccc8-eea7-41f1-98f4-1762cc7f685d", title: "Azure Relay Sender" },
  relayListener: { id: "26e0b698-aa6d-4085-9386-aadae190014d", title: "Azure Relay Listener" },
  configReader: { id: "516239f1-63e1-4d78-a4de-a74fb236a071", title: "App Configuration Data Reader" },
  configOwner: { id: "5ae67dd6-50cb-40e7-96ff-dc2bfa4b606b", title: "App Configuration Data Owner" },
  blobOwner: { id: "b7e6dc6d-f1e8-4753-8033-0f276bb0955b", title: "Storage Blob Data Owner" },
  sessionExecutor: { id: "0fb8eba5-a2bb-4abe-b1c1-49dfad359bb0", title: "Azure ContainerApps Session Executor" },
  locksContributor: { id: "28bf596f-4eb7-45ce-b5bc-6cf482fec137", title: "Locks Contributor" },
  identityOperator: { id: "f1a07417-d97a-45cb-824c-7a7467783830", title: "Managed Identity Operator" },
  networkContributor: { id: "4d97b98b-1d4f-4787-a291-c67834d212e7", title: "Network Contributor" },
  contributor: { id: "b24988ac-6180-42a0-ab88-20f7382dd24c", title: "Contributor" },
  accessAdministrator: { id: "f58310d9-a9f6-439a-9e8d-f62e7b41a168", title: "Role Based Access Control Administrator" },
} as const satisfies Readonly<Record<string, Role>>;

export type RoleName = keyof typeof ROLES;

/** A built-in or custom role that `ROLES` does not hold: the GUID of its definition, and its title in the portal. */
export interface OtherRole extends Role {
  /** Names the assignment's slot, like the names of `ROLES`: `eventGridSender`. */
  readonly name: string;
}

/** A role with the name that its assignment is known by. */
export function roleOf(role: RoleName | OtherRole): OtherRole {
  return typeof role === "string" ? { name: role, ...ROLES[role] } : role;
}

/**
 * Roles of Cosmos DB's own data plane (SQL API): no ARM roles, they are assigned on the account.
 * Source: Microsoft Learn, "Use data plane role-based access control with Azure Cosmos DB for NoSQL".
 */
export const COSMOS_ROLES = {
  read: { id: "00000000-0000-0000-0000-000000000001", title: "Cosmos DB Built-in Data Reader" },
  readwrite: { id: "00000000-0000-0000-0000-000000000002", title: "Cosmos DB Built-in Data Contributor" },
} as const satisfies Readonly<Record<string, Role>>;

/** Roles that an app's stack hands out: the only ones that whoever deploys such stacks may assign. */
export const APP_ROLES = [
  "acrPull",
  "blobReader",
  "blobContributor",
  "busSender",
  "busReceiver",
  "busOwner",
  "secretsUser",
  "metricsPublisher",
  "blobOwner",
  "relaySender",
  "relayListener",
  "configReader",
] as const satisfies readonly RoleName[];

/** ARM id of a role definition, as ARM itself spells it. */
export function roleDefinitionId(subscriptionId: string, role: RoleName | OtherRole): string {
  return `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${roleOf(role).id}`;
}

/**
 * An ABAC condition for Role Based Access Control Administrator: its holder may give and take only these roles, and only to
 * service principals. Source: Microsoft Learn, "Delegate Azure role assignment management using conditions".
 */
export function delegationCondition(roles: readonly RoleName[]): string {
  const ids = roles.map((role) => ROLES[role].id).join(", ");
  const side = (action: string, from: string) => {
    const attribute = `@${from}[Microsoft.Authorization/roleAssignments`;
    return [
      `((!(ActionMatches{'Microsoft.Authorization/roleAssignments/${action}'}))`,
      `OR (${attribute}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${ids}}`,
      `AND ${attribute}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))`,
    ].join(" ");
  };
  return `${side("write", "Request")} AND ${side("delete", "Resource")}`;
}
