import type { Json } from "../../core/resources.ts";
import type { StoredResource } from "../store.ts";

type Addresses = (resource: StoredResource) => Json;

/**
 * What Azure sets on types that no room here makes real: the documented form of their addresses, at which nothing answers. Programs
 * read them to write settings. Sources: the services' endpoint pages on Microsoft Learn, read 2026-11.
 */
const ADDRESSES: Readonly<Record<string, Addresses>> = {
  "microsoft.relay/namespaces": ({ name }) => ({ serviceBusEndpoint: `https://${name}.servicebus.windows.net:443/` }),
  "microsoft.appconfiguration/configurationstores": ({ name }) => ({ endpoint: `https://${name}.azconfig.io` }),
  "microsoft.sql/servers": ({ name }) => ({ fullyQualifiedDomainName: `${name}.database.windows.net`, state: "Ready" }),
  "microsoft.web/sites": ({ name }) => ({
    defaultHostName: `${name}.azurewebsites.net`,
    hostNames: [`${name}.azurewebsites.net`],
    state: "Running",
  }),
  "microsoft.app/sessionpools": ({ name, top }) => ({
    poolManagementEndpoint: `https://${top.location}.dynamicsessions.io/pools/${name}`,
  }),
  "microsoft.apimanagement/service": ({ name }) => ({ gatewayUrl: `https://${name}.azure-api.net` }),
  "microsoft.cdn/profiles/afdendpoints": ({ name }) => ({ hostName: `${name}.z01.azurefd.net` }),
  "microsoft.containerservice/managedclusters": ({ name, top }) => ({
    oidcIssuerProfile: { issuerURL: `https://${top.location}.oic.prod-aks.azure.com/${name}/` },
  }),
};

/** The read-only properties of a resource that is only stored. */
export function addressesOf(resource: StoredResource): Json {
  return ADDRESSES[resource.type.toLowerCase()]?.(resource) ?? {};
}
