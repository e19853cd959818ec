import { expect, it } from "vitest";
import { ROLES } from "../core/roles.ts";
import { KeyVault } from "../security/keyVault.ts";
import { guid, rawResources, record, resolved, SUBSCRIPTION_ID, testContext } from "../testing/index.ts";
import { ApiManagement, type GatewayDomain } from "./apiManagement.ts";
import { type DoorDomain, FrontDoor } from "./frontDoor.ts";

const HOST = "www.example.org";
const PROVIDERS = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg/providers`;
const PROFILE = `${PROVIDERS}/Microsoft.Cdn/profiles/afd-clinic`;

async function doorWith(domain: DoorDomain) {
  const made = await record(() => {
    const origins = { web: { host: "web.contoso.example" } };
    const firewall = { requestsPerMinute: 100 };
    const context = testContext("dev");
    return resolved(new FrontDoor("door", { context, name: "afd-clinic", origins, firewall, domain }).domainRecords);
  });
  const raw = rawResources(made);
  const parameters = raw["door-security"]?.[1].parameters as { associations: { domains: unknown }[] } | undefined;
  return {
    records: made.result,
    raw,
    endpoint: raw["door-endpoint"]?.[1].endpointName,
    bound: raw["door-route"]?.[1].customDomains,
    guarded: parameters?.associations[0]?.domains,
  };
}

const DOMAIN = [
  "cdn:AFDCustomDomain",
  {
    resourceGroupName: "rg",
    profileName: "afd-clinic",
    customDomainName: "www-example-org",
    hostName: HOST,
    tlsSettings: { certificateType: "ManagedCertificate", minimumTlsVersion: "TLS12" },
  },
];

it("front door, records: makes the domain, tells its records with its token, and answers under its own name alone", async () => {
  const made = await doorWith({ hostName: HOST, step: "records" });
  expect(made.raw["door-domain"]).toEqual(DOMAIN);
  expect(made.records).toEqual([
    { type: "CNAME", name: HOST, value: `${made.endpoint}.z01.azurefd.net` },
    { type: "TXT", name: `_dnsauth.${HOST}`, value: "VALIDATION-TOKEN" },
  ]);
  expect(made.bound).toBe(undefined);
  expect(made.guarded).toEqual([{ id: `${PROFILE}/afdEndpoints/${made.endpoint}` }]);
});

it("front door, bind: the route answers under the domain and the firewall stands before it", async () => {
  const made = await doorWith({ hostName: HOST, step: "bind" });
  const domain = { id: `${PROFILE}/customDomains/www-example-org` };
  expect(made.raw["door-domain"]).toEqual(DOMAIN); // the same as before: nothing is made anew
  expect(made.bound).toEqual([domain]);
  expect(made.guarded).toEqual([{ id: `${PROFILE}/afdEndpoints/${made.endpoint}` }, domain]);
  expect(made.records).toHaveLength(2);
});

async function gatewayWith(more: Pick<GatewayDomain, "hostName" | "step">) {
  const made = await record(() => {
    const context = testContext("dev");
    const vault = new KeyVault("vault", { context, name: "kv-clinic" });
    const publisher = { name: "Contoso", email: "owner@contoso.example" };
    const domain = { ...more, certificate: vault.secret("gateway") };
    return resolved(
      new ApiManagement("gate", { context, name: "apim-clinic", publisher, apis: {}, domain }).domainRecords,
    );
  });
  return { records: made.result, raw: rawResources(made) };
}

it.each([
  ["records", undefined],
  [
    "bind",
    [
      {
        type: "Proxy",
        hostName: HOST,
        certificateSource: "KeyVault",
        keyVaultId: "https://kv-clinic.vault.azure.net/secrets/gateway",
        defaultSslBinding: true,
      },
    ],
  ],
] as const)("gateway, %s: its identity may read the certificate", async (step, configurations) => {
  const { records, raw } = await gatewayWith({ hostName: HOST, step });
  expect(records).toEqual([{ type: "CNAME", name: HOST, value: "apim-clinic.azure-api.net" }]);
  expect(raw["gate-service"]?.[1].hostnameConfigurations).toEqual(configurations);
  expect(raw["gate-to-certificate-secretsUser"]).toEqual([
    "authorization:RoleAssignment",
    {
      scope: `${PROVIDERS}/Microsoft.KeyVault/vaults/kv-clinic/secrets/gateway`,
      roleAssignmentName: expect.stringMatching(/^[0-9a-f-]{36}$/),
      roleDefinitionId: `/subscriptions/${SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/${ROLES.secretsUser.id}`,
      principalId: guid("principal apim-clinic"),
      principalType: "ServicePrincipal",
      description: "DevFactory clinic: gate to certificate",
    },
  ]);
});

it.each([
  ["FrontDoor door", () => doorWith({ hostName: "example.org", step: "records" })],
  ["ApiManagement gate", () => gatewayWith({ hostName: "example.org", step: "records" })],
])("%s refuses an apex before anything is made", async (component, make) => {
  await expect(make()).rejects.toMatchObject({
    code: "OPTION_UNSUPPORTED",
    details: { component, option: "domain", given: "example.org" },
  });
});
