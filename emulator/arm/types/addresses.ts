import { createHash } from "node:crypto";
import type { Json } from "../../core/resources.ts";
import type { StoredResource } from "../store.ts";

type Addresses = (resource: StoredResource) => Json;

/**
 * What Azure sets on types that no room here makes real: the documented form of their addresses, at which nothing answers, and ids,
 * tokens and thumbprints. Programs read them to write settings and to tell DNS records. Sources: the services' endpoint pages on Microsoft Learn, read 2026-11.
 */
const ADDRESSES: Readonly<Record<string, Addresses>> = {
  "microsoft.relay/namespaces": ({ name }) => ({ serviceBusEndpoint: `https://${name}.servicebus.windows.net:443/` }),
  "microsoft.appconfiguration/configurationstores": ({ name }) => ({ endpoint: `https://${name}.azconfig.io` }),
  "microsoft.sql/servers": ({ name }) => ({ fullyQualifiedDomainName: `${name}.database.windows.net`, state: "Ready" }),
  "microsoft.web/sites": ({ id, name }) => ({
    defaultHostName: `${name}.azurewebsites.net`,
    hostNames: [`${name}.azurewebsites.net`],
    state: "Running",
    customDomainVerificationId: hex(`verification ${id}`),
  }),
  "microsoft.web/certificates": ({ id }) => ({ thumbprint: hex(id).slice(0, 40) }),
  "microsoft.web/sites/certificates": ({ id }) => ({ thumbprint: hex(id).slice(0, 40) }),
  "microsoft.cdn/profiles/customdomains": ({ id }) => ({
    domainValidationState: "Pending", // nobody here asks for the record
    validationProperties: { validationToken: hex(`token ${id}`).slice(0, 32).toLowerCase() },
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

/** A stand-in for what Azure makes up, always the same for one resource. */
function hex(text: string): string {
  return createHash("sha256").update(text.toLowerCase()).digest("hex").toUpperCase();
}

/** The read-only properties of a resource that is only stored. */
export function addressesOf(resource: StoredResource): Json {
  return ADDRESSES[resource.type.toLowerCase()]?.(resource) ?? {};
}
