import { expect, it } from "vitest";
import type { Json } from "../../core/resources.ts";
import { addressesOf } from "./addresses.ts";

const stored = (type: string) => ({
  id: `/subscriptions/s/resourceGroups/rg/providers/${type}/x`,
  name: "x",
  type,
  top: { location: "eastus" },
  desired: {},
  state: {},
  etag: "1",
  createdAt: "2026-11-28T00:00:00.000Z",
});

it.each<[string, Json]>([
  ["Microsoft.Relay/namespaces", { serviceBusEndpoint: "https://x.servicebus.windows.net:443/" }],
  ["Microsoft.AppConfiguration/configurationStores", { endpoint: "https://x.azconfig.io" }],
  ["Microsoft.Sql/servers", { fullyQualifiedDomainName: "x.database.windows.net", state: "Ready" }],
  [
    "Microsoft.Web/sites",
    {
      defaultHostName: "x.azurewebsites.net",
      hostNames: ["x.azurewebsites.net"],
      state: "Running",
      customDomainVerificationId: expect.stringMatching(/^[0-9A-F]{64}$/),
    },
  ],
  ["Microsoft.Web/certificates", { thumbprint: expect.stringMatching(/^[0-9A-F]{40}$/) }],
  ["Microsoft.Web/sites/certificates", { thumbprint: expect.stringMatching(/^[0-9A-F]{40}$/) }],
  [
    "Microsoft.Cdn/profiles/customDomains",
    {
      domainValidationState: "Pending",
      validationProperties: { validationToken: expect.stringMatching(/^[0-9a-f]{32}$/) },
    },
  ],
  ["Microsoft.App/sessionPools", { poolManagementEndpoint: "https://eastus.dynamicsessions.io/pools/x" }],
  ["Microsoft.ApiManagement/service", { gatewayUrl: "https://x.azure-api.net" }],
  ["microsoft.cdn/profiles/AFDENDPOINTS", { hostName: "x.z01.azurefd.net" }],
  [
    "Microsoft.ContainerService/managedClusters",
    { oidcIssuerProfile: { issuerURL: "https://eastus.oic.prod-aks.azure.com/x/" } },
  ],
  ["Microsoft.Consumption/budgets", {}],
])("%s is stored with the address that Azure would give it", (type, addresses) => {
  expect(addressesOf(stored(type))).toEqual(addresses);
});
