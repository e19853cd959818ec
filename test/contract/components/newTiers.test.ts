import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type LocalStack, startLocalStack } from "../localStack.ts";

const PROGRAM = join(import.meta.dirname, "program");

let stack: LocalStack;
beforeAll(async () => {
  stack = await startLocalStack(PROGRAM, "tiers", ["storage", "registry", "keyVault"]);
}, 120_000);
afterAll(() => stack.stop());

/** What the program makes, by ARM type. */
const MADE: Readonly<Record<string, number>> = {
  "Microsoft.Resources/resourceGroups": 1,
  "Microsoft.Relay/namespaces": 1,
  "Microsoft.Relay/namespaces/hybridConnections": 1,
  "Microsoft.AppConfiguration/configurationStores": 1,
  "Microsoft.AppConfiguration/configurationStores/keyValues": 2,
  "Microsoft.Sql/servers": 1,
  "Microsoft.Sql/servers/databases": 1,
  "Microsoft.Sql/servers/firewallRules": 1,
  "Microsoft.Web/serverfarms": 2,
  "Microsoft.Web/sites": 2,
  "Microsoft.Web/sites/basicPublishingCredentialsPolicies": 4,
  "Microsoft.Storage/storageAccounts": 1,
  "Microsoft.ManagedIdentity/userAssignedIdentities": 7,
  "Microsoft.ContainerRegistry/registries": 1,
  "Microsoft.App/sessionPools": 1,
  "Microsoft.ContainerInstance/containerGroups": 1,
  "Microsoft.Network/virtualNetworks": 1,
  "Microsoft.Network/virtualNetworks/subnets": 5,
  "Microsoft.Consumption/budgets": 1,
  "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials": 3,
  "Microsoft.ApiManagement/service": 1,
  "Microsoft.ApiManagement/service/apis": 2,
  "Microsoft.ApiManagement/service/apis/operations": 10,
  "Microsoft.ApiManagement/service/apis/policies": 1,
  "Microsoft.ApiManagement/service/products": 1,
  "Microsoft.ApiManagement/service/products/apis": 1,
  "Microsoft.Cdn/profiles": 1,
  "Microsoft.KeyVault/vaults": 1,
  "Microsoft.Cdn/profiles/customDomains": 1,
  "Microsoft.Cdn/profiles/afdEndpoints": 1,
  "Microsoft.Cdn/profiles/originGroups": 1,
  "Microsoft.Cdn/profiles/originGroups/origins": 1,
  "Microsoft.Cdn/profiles/afdEndpoints/routes": 1,
  "Microsoft.Cdn/profiles/securityPolicies": 1,
  "Microsoft.Network/frontDoorWebApplicationFirewallPolicies": 1,
  "Microsoft.ContainerService/managedClusters": 1,
  "Microsoft.Sql/servers/extendedAuditingSettings": 1,
  "Microsoft.Sql/servers/securityAlertPolicies": 1,
};
/** What the domains add once they are taken up: a binding for each site, a certificate for one of its own, and for one of its plan. */
const BOUND: Readonly<Record<string, number>> = {
  "Microsoft.Web/sites/hostNameBindings": 2,
  "Microsoft.Web/sites/certificates": 1,
  "Microsoft.Web/certificates": 1,
};
const TYPES = [...Object.keys(MADE), ...Object.keys(BOUND)];

const ADDRESSES = {
  relay: /^sb:\/\/rln-tiers-dev-[a-z2-7]{6}\.servicebus\.windows\.net\/berlin$/,
  config: /^https:\/\/appcs-tiers-dev-[a-z2-7]{6}\.azconfig\.io$/,
  sql: /^sql-tiers-dev-[a-z2-7]{6}\.database\.windows\.net$/,
  api: /^https:\/\/func-tiers-dev-[a-z2-7]{6}\.azurewebsites\.net$/,
  shop: /^https:\/\/app-tiers-dev-[a-z2-7]{6}\.azurewebsites\.net$/,
  sandbox: /^https:\/\/eastus\.dynamicsessions\.io\/pools\/casp-tiers-dev-[a-z2-7]{6}$/,
  gateway: /^https:\/\/apim-tiers-dev-[a-z2-7]{6}\.azure-api\.net\/chat$/,
  door: /^https:\/\/fde-tiers-dev-[a-z2-7]{6}\.z01\.azurefd\.net$/,
  cluster: /^https:\/\/eastus\.oic\.prod-aks\.azure\.com\/aks-tiers-dev-[a-z2-7]{6}\/$/,
};

it("up makes every tier on the local Azure", async () => {
  await stack.pulumi("up", "--yes", "--skip-preview");
  expect(stack.stored(TYPES)).toEqual(MADE);
  const { addresses } = JSON.parse(await stack.pulumi("stack", "output", "--json", "--show-secrets"));
  expect(Object.keys(addresses).sort()).toEqual(Object.keys(ADDRESSES).sort());
  for (const [name, pattern] of Object.entries(ADDRESSES)) expect(addresses[name]).toMatch(pattern);
}, 240_000);

it("a second up changes nothing", async () => {
  await stack.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
}, 240_000);

it("the domains go from their records to being bound, and stay so", async () => {
  const { records } = JSON.parse(await stack.pulumi("stack", "output", "--json", "--show-secrets"));
  const shown = records.map((each: { type: string; name: string }[]) =>
    each.map(({ type, name }) => `${type} ${name}`),
  );
  expect(shown).toEqual([
    ["CNAME api.example.org", "TXT asuid.api.example.org"],
    ["CNAME shop.example.org", "TXT asuid.shop.example.org"],
    ["CNAME gateway.example.org"],
    ["CNAME www.example.org", "TXT _dnsauth.www.example.org"],
  ]);
  for (const step of ["verify", "bind"]) {
    await stack.pulumi("config", "set", "step", step);
    await stack.pulumi("up", "--yes", "--skip-preview");
    expect(stack.stored(TYPES)).toEqual({ ...MADE, ...BOUND });
  }
  await stack.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
}, 240_000);

it("destroy leaves nothing", async () => {
  await stack.pulumi("destroy", "--yes", "--skip-preview");
  expect(stack.stored(TYPES)).toEqual({});
  const exported = JSON.parse(await stack.pulumi("stack", "export"));
  expect(exported.deployment.resources ?? []).toEqual([]);
}, 240_000);
