import {
  AzureCliCredential,
  ClientSecretCredential,
  ManagedIdentityCredential,
  type TokenCredential,
} from "@azure/identity";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a credential comes from; `devfactory whoami` shows it. */
export type CredentialSource = "managedIdentity" | "clientSecret" | "azureCli";

/** Managed identity inside a replica, a service principal where one is given, else the Azure CLI's login. */
export function credentialSource(environment: Environment): CredentialSource {
  if (environment.IDENTITY_ENDPOINT) return "managedIdentity";
  const { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client, AZURE_CLIENT_SECRET: secret } = environment;
  return tenant && client && secret ? "clientSecret" : "azureCli";
}

/** The one credential of this process. It caches tokens, so make it once. */
export function createCredential(environment: Environment): TokenCredential {
  const {
    AZURE_TENANT_ID: tenant = "",
    AZURE_CLIENT_ID: client = "",
    AZURE_AUTHORITY_HOST: authorityHost,
  } = environment;
  switch (credentialSource(environment)) {
    case "managedIdentity":
      return client ? new ManagedIdentityCredential({ clientId: client }) : new ManagedIdentityCredential();
    case "clientSecret":
      return new ClientSecretCredential(tenant, client, environment.AZURE_CLIENT_SECRET ?? "", {
        // Instance discovery asks Microsoft's cloud about the authority: a local authority is unknown there.
        ...(authorityHost ? { authorityHost, disableInstanceDiscovery: true } : {}),
      });
    case "azureCli":
      return tenant ? new AzureCliCredential({ tenantId: tenant }) : new AzureCliCredential();
  }
}
