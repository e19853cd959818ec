type Environment = Readonly<Record<string, string | undefined>>;

/** Address and token scope of Azure Resource Manager. */
export interface ArmEndpoint {
  /** Without a trailing slash: clients that append `/.default` to it would ask for `//.default` otherwise. */
  readonly endpoint: string;
  readonly scope: string;
}

export function armEndpoint(environment: Environment): ArmEndpoint {
  const given = environment.AZURE_RESOURCE_MANAGER_ENDPOINT || "https://management.azure.com";
  const endpoint = given.replace(/\/+$/, "");
  return { endpoint, scope: `${endpoint}/.default` };
}

/** Options that both generations of the `@azure/arm-*` clients read: each takes its own and ignores the other's. */
export function armClientOptions(environment: Environment) {
  const { endpoint, scope } = armEndpoint(environment);
  return { endpoint, credentialScopes: scope, credentials: { scopes: [scope] } };
}

/** Parts of a resource id; ids compare without case. */
export function parseResourceId(id: string): { subscriptionId: string; resourceGroupName: string; name: string } {
  const match = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/.+\/([^/]+)$/i.exec(id);
  if (!match) throw new TypeError(`not the id of a resource in a resource group: ${id}`);
  const [, subscriptionId = "", resourceGroupName = "", name = ""] = match;
  return { subscriptionId, resourceGroupName, name };
}
