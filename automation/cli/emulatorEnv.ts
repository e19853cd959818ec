import { type Home, readPlatform } from "./home.ts";
import { requireEmulator } from "./token.ts";

/**
 * Names and values with which any Azure client reaches the local Azure: the sign-in of the developer's service principal, and the
 * platform's own accounts by service. Pulumi programs and the shell command `pulumi` read the same names.
 */
export function emulatorEnvironment(home: Home): Record<string, string> {
  const { env } = requireEmulator(home);
  const platform = readPlatform(home);
  if (!platform) return { ...env };
  const host = platform.serviceBusHost;
  return {
    ...env,
    AZURE_COSMOS_ENDPOINT: platform.cosmosEndpoint,
    AZURE_COSMOS_DATABASE: "devfactory",
    AZURE_KEY_VAULT_URI: platform.keyVaultUri,
    AZURE_KEY_VAULT_ENDPOINT: platform.keyVaultUri,
    AZURE_STORAGE_BLOB_ENDPOINT: platform.blobEndpoint,
    AZURE_STORAGE_ACCOUNT_NAME: platform.storageAccountName,
    AZURE_SERVICE_BUS_HOST: host,
    SERVICEBUS_FULLY_QUALIFIED_NAMESPACE: host,
    AZURE_CONTAINER_REGISTRY_ENDPOINT: platform.registryLoginServer,
    DEVFACTORY_API_URL: platform.apiUrl,
    DEVFACTORY_API_CLIENT_ID: platform.apiClientId,
  };
}
