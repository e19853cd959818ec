import { rawResources } from "@devfactory/components/testing/index.ts";
import { expect, it } from "vitest";
import type { Deployment } from "./settings.ts";
import { appSettings, recordApp } from "./testing/recordApp.ts";

async function deploy(services: readonly object[], deployment: Partial<Deployment> = {}) {
  const made = await recordApp(appSettings({ services }, { deployment }));
  return { raw: rawResources(made), domains: made.result.domains };
}

const web = (scale: object = {}) => ({ name: "web", kind: "web", scale });
const HTTP = { name: "http", http: { metadata: { concurrentRequests: "100" } } };
const CPU = { name: "cpu", custom: { type: "cpu", metadata: { type: "Utilization", value: "70" } } };

it.each([
  ["as the spec says", {}, { min: 0, max: 4 }, [0, 4, [HTTP]]],
  ["load of processors, where a replica always runs", { cpuPercent: 70 }, { min: 1, max: 4 }, [1, 4, [HTTP, CPU]]],
  ["load of processors cannot wake what sleeps", { cpuPercent: 70 }, { min: 0, max: 4 }, [0, 4, [HTTP]]],
  ["without scaling as many as always run", { autoScaling: false, cpuPercent: 70 }, { min: 3, max: 9 }, [3, 3, [HTTP]]],
  ["without scaling one at least", { autoScaling: false }, { min: 0, max: 9 }, [1, 1, [HTTP]]],
] as const)("%s", async (_what, more, scale, expected) => {
  const { raw } = await deploy([web(scale)], more);
  const template = raw["web-app"]?.[1].template as {
    scale: { minReplicas: number; maxReplicas: number; rules: unknown };
  };
  const { minReplicas, maxReplicas, rules } = template.scale;
  expect([minReplicas, maxReplicas, rules]).toEqual(expected);
});

const domain = (step: "records" | "verify" | "bind", service = "web") => ({
  hostName: "www.example.org",
  service,
  step,
  apex: false,
});

it("a domain of a container: records, then taken up with a certificate, then bound; its records are told", async () => {
  const at = async (step: "records" | "verify" | "bind") => {
    const { raw, domains } = await deploy([web()], { domains: [domain(step)] });
    const configuration = raw["web-app"]?.[1].configuration as {
      ingress: { customDomains?: { bindingType: string }[] };
    };
    const bindings = configuration.ingress.customDomains?.map((each) => each.bindingType);
    return [bindings, "web-certificate" in raw, domains];
  };
  const told = [
    {
      hostName: "www.example.org",
      records: [
        { type: "CNAME", name: "www.example.org", value: expect.any(String) as string },
        { type: "TXT", name: "asuid.www.example.org", value: expect.any(String) as string },
      ],
    },
  ];
  expect(await at("records")).toEqual([undefined, false, told]);
  expect(await at("verify")).toEqual([["Disabled"], true, told]);
  expect(await at("bind")).toEqual([["SniEnabled"], true, told]);
});

it("a site has no step between; a domain of a service that is not there changes nothing", async () => {
  const site = [{ name: "site", kind: "static" }];
  const at = async (step: "records" | "verify") =>
    "site-domain" in (await deploy(site, { domains: [domain(step, "site")] })).raw;
  expect([await at("records"), await at("verify")]).toEqual([false, true]);
  const { raw, domains } = await deploy([web()], { domains: [domain("bind", "other")] });
  expect([raw["web-app"]?.[1].configuration, domains]).toMatchObject([{ ingress: { targetPort: 8080 } }, []]);
});
