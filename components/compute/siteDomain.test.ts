import { expect, it } from "vitest";
import type { AppContext } from "../core/context.ts";
import { ContainerRegistry } from "../registry/containerRegistry.ts";
import { rawResources, record, resolved, SUBSCRIPTION_ID, testContext } from "../testing/index.ts";
import { FunctionApp } from "./functionApp.ts";
import type { WebDomain } from "./site.ts";
import { WebAppForContainers } from "./webAppForContainers.ts";

const HOST = "shop.example.org";
const WEB = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg/providers/Microsoft.Web`;

const KINDS = {
  FunctionApp: {
    make: (context: AppContext, domain: WebDomain) =>
      new FunctionApp("shop", { context, domain, name: "site-1", runtime: { name: "node" } }),
    certificate: (): unknown => [
      "web:SiteCertificate",
      {
        resourceGroupName: "rg",
        name: "site-1",
        certificateName: "shop-example-org",
        location: "eastus",
        canonicalName: HOST,
      },
    ],
  },
  WebAppForContainers: {
    make: (context: AppContext, domain: WebDomain) => {
      const registry = ContainerRegistry.existing("r", { registryId: "/registry", loginServer: "r.azurecr.io" });
      return new WebAppForContainers("shop", { context, domain, name: "site-1", registry, image: "i", port: 80 });
    },
    certificate: (plan: unknown): unknown => [
      "web:Certificate",
      {
        resourceGroupName: "rg",
        name: "shop-example-org",
        location: "eastus",
        canonicalName: HOST,
        serverFarmId: `${WEB}/serverfarms/${plan}`,
      },
    ],
  },
} as const;

async function siteWith(kind: keyof typeof KINDS, domain: WebDomain) {
  const made = await record(() => resolved(KINDS[kind].make(testContext("dev"), domain).domainRecords));
  const raw = rawResources(made);
  const order = (name: string) => made.resources.find((each) => each.name === name)?.dependsOn;
  const plan = raw["shop-plan"]?.[1].name;
  const { "shop-host": host, "shop-certificate": certificate } = raw;
  return { records: made.result, host, certificate, order, expected: KINDS[kind].certificate(plan) };
}

const BINDING = { resourceGroupName: "rg", name: "site-1", hostName: HOST, customHostNameDnsRecordType: "CName" };

for (const kind of ["FunctionApp", "WebAppForContainers"] as const) {
  it(`${kind}, records: says which records to set, and touches nothing`, async () => {
    const made = await siteWith(kind, { hostName: HOST, step: "records" });
    expect(made.records).toEqual([
      { type: "CNAME", name: HOST, value: "site-1.azurewebsites.net" },
      { type: "TXT", name: `asuid.${HOST}`, value: "VERIFICATION-ID" },
    ]);
    expect([made.host, made.certificate]).toEqual([undefined, undefined]);
  });

  it(`${kind}, verify: takes the domain up without TLS, then the certificate is issued`, async () => {
    const made = await siteWith(kind, { hostName: HOST, step: "verify" });
    expect(made.host).toEqual(["web:WebAppHostNameBinding", { ...BINDING, sslState: "Disabled" }]);
    expect(made.certificate).toEqual(made.expected);
    expect(made.order("shop-host")).toContain("shop-scm");
    expect(made.order("shop-certificate")).toContain("shop-host");
    expect(made.records).toHaveLength(2);
  });

  it(`${kind}, bind: the binding uses the certificate, and so is deleted before it`, async () => {
    const made = await siteWith(kind, { hostName: HOST, step: "bind" });
    const thumbprint = expect.stringMatching(/^[0-9A-F]{40}$/);
    expect(made.host).toEqual(["web:WebAppHostNameBinding", { ...BINDING, sslState: "SniEnabled", thumbprint }]);
    expect(made.certificate).toEqual(made.expected);
    expect(made.order("shop-host")).toContain("shop-certificate");
    expect(made.order("shop-certificate")).not.toContain("shop-host");
  });

  it.each(["example.org", "*.example.org", "shop"])(
    `${kind}: %s is refused before anything is made`,
    async (hostName) => {
      await expect(siteWith(kind, { hostName, step: "bind" })).rejects.toMatchObject({
        code: "OPTION_UNSUPPORTED",
        details: { component: `${kind} shop`, option: "domain", given: hostName },
      });
    },
  );
}
