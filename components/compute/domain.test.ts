import { expect, it } from "vitest";
import { ContainerRegistry } from "../registry/containerRegistry.ts";
import { rawResources, record, resolved, testContext } from "../testing/index.ts";
import { StaticWebApp } from "../web/staticWebApp.ts";
import { ContainerApp, type ContainerAppArgs } from "./containerApp.ts";
import { ContainerEnvironment } from "./containerEnvironment.ts";

const HOST = "shop.example.org";

async function appWith(more: Partial<ContainerAppArgs>) {
  const made = await record(async () => {
    const context = testContext("dev");
    const registry = ContainerRegistry.existing("r", { registryId: "/registry", loginServer: "r.azurecr.io" });
    const environment = new ContainerEnvironment("env", { context });
    const ingress = { port: 80, external: true };
    const app = new ContainerApp("web", { context, registry, environment, image: "i", ingress, ...more });
    return { records: await resolved(app.domainRecords), url: await resolved(app.url) };
  });
  const raw = rawResources(made);
  const order = (name: string) => made.resources.find((each) => each.name === name)?.dependsOn;
  const configuration = raw["web-app"]?.[1].configuration as { ingress: { customDomains?: unknown } } | undefined;
  return { ...made.result, raw, order, customDomains: configuration?.ingress.customDomains };
}

it("records: says which records to set, and touches nothing", async () => {
  const made = await appWith({ domain: { hostName: HOST, step: "records" } });
  expect(made.records).toEqual([
    { type: "CNAME", name: HOST, value: made.url.slice("https://".length) },
    { type: "TXT", name: `asuid.${HOST}`, value: "VERIFICATION-ID" },
  ]);
  expect(made.customDomains).toBe(undefined);
  expect("web-certificate" in made.raw).toBe(false);
});

it("verify: the app takes the domain up without TLS, then the certificate is issued", async () => {
  const made = await appWith({ domain: { hostName: HOST, step: "verify" } });
  expect(made.customDomains).toEqual([{ name: HOST, bindingType: "Disabled" }]);
  expect(made.raw["web-certificate"]).toEqual([
    "app:ManagedCertificate",
    {
      resourceGroupName: "rg",
      environmentName: "cae-clinic-dev-zzqqis",
      managedCertificateName: "shop-example-org",
      location: "eastus",
      properties: { subjectName: HOST, domainControlValidation: "CNAME" },
    },
  ]);
  expect(made.order("web-certificate")).toContain("web-app");
});

it("bind: the app uses the certificate, and so is deleted before it", async () => {
  const made = await appWith({ domain: { hostName: HOST, step: "bind" } });
  const certificateId = expect.stringMatching(
    /\/managedEnvironments\/cae-clinic-dev-zzqqis\/managedCertificates\/shop-example-org$/,
  );
  expect(made.customDomains).toEqual([{ name: HOST, bindingType: "SniEnabled", certificateId }]);
  expect([made.order("web-app"), made.order("web-certificate")]).toEqual([
    expect.arrayContaining(["web-certificate"]),
    ["env-environment"],
  ]);
});

it("a certificate of somebody's own is bound as it is", async () => {
  const made = await appWith({ domain: { hostName: HOST, step: "bind", certificateResourceId: "/own" } });
  expect(made.customDomains).toEqual([{ name: HOST, bindingType: "SniEnabled", certificateId: "/own" }]);
  expect("web-certificate" in made.raw).toBe(false);
});

it("an apex points to the environment's address, and proves itself over http", async () => {
  const made = await appWith({ domain: { hostName: "example.org", step: "verify", apex: true } });
  expect(made.records[0]).toEqual({ type: "A", name: "example.org", value: "20.0.0.4" });
  expect(made.raw["web-certificate"]?.[1].properties).toMatchObject({ domainControlValidation: "HTTP" });
});

it.each([
  [undefined, "no ingress"],
  [{ port: 80, external: false }, "ingress within the environment"],
])("a domain of an app with ingress %j is refused", async (ingress, given) => {
  const made = record(() => {
    const context = testContext("dev");
    const registry = ContainerRegistry.existing("r", { registryId: "/registry", loginServer: "r.azurecr.io" });
    const environment = new ContainerEnvironment("env", { context });
    const domain = { hostName: HOST, step: "verify" } as const;
    const common = { context, registry, environment, image: "i", domain };
    return new ContainerApp("web", { ...common, ...(ingress && { ingress }) });
  });
  await expect(made).rejects.toMatchObject({ code: "OPTION_UNSUPPORTED", details: { option: "domain", given } });
});

it.each([
  ["records", undefined],
  [
    "bind",
    {
      resourceGroupName: "rg",
      name: "stapp-clinic-dev-2y5v3q",
      domainName: "www.example.org",
      validationMethod: "cname-delegation",
    },
  ],
] as const)("a site, step %s", async (step, binding) => {
  const made = await record(async () => {
    const domain = { hostName: "www.example.org", step } as const;
    return await resolved(new StaticWebApp("site", { context: testContext("dev"), domain }).domainRecords);
  });
  const raw = rawResources(made);
  const value = `${raw["site-site"]?.[1].name}.azurestaticapps.net`;
  expect(made.result).toEqual([{ type: "CNAME", name: "www.example.org", value }]);
  expect(raw["site-domain"]?.[1]).toEqual(binding && { ...binding, name: raw["site-site"]?.[1].name });
});

it("a site without a subdomain is refused", async () => {
  const domain = { hostName: "example.org", step: "bind" } as const;
  const made = record(() => new StaticWebApp("site", { context: testContext("dev"), domain }));
  await expect(made).rejects.toThrow("StaticWebApp site: domain needs a subdomain such as www, not example.org");
});
