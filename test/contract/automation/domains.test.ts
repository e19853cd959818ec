import type { DomainConfig } from "@devfactory/automation/jobs/domains.ts";
import { httpsJson } from "@devfactory/emulator/hosts/testing/cloud.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AppStep, startAppStep } from "./appStep.ts";

let step: AppStep;
beforeAll(async () => {
  step = await startAppStep(["registry", "staticWebApps"]);
}, 180_000);
afterAll(() => step[Symbol.asyncDispose]());

const SPEC = { version: 1, name: "pages", title: "Pages", services: [{ name: "site", kind: "static", public: false }] }; // no content, so no gate
const at = (step: DomainConfig["step"]): readonly DomainConfig[] => [
  { hostName: "www.example.org", service: "site", step, apex: false },
];
const DOMAINS = "Microsoft.Web/staticSites/customDomains";

/** How the site at an address answers by https under the domain; it has no pages. */
const answer = (url: string) =>
  httpsJson(step.emulator.context.certificates.ca, "GET", url.replace(/^http:/, "https:"), { host: "www.example.org" });

it("the real deployer tells a domain's records, binds it, keeps it on the next deployment and takes it away", async () => {
  const told = await step.run("pages", SPEC, {}, at("records"));
  expect([told.error, step.made(DOMAINS)]).toEqual([undefined, [0]]);
  const [service] = told.evidence?.services ?? [];
  expect(told.evidence?.domains).toEqual([
    {
      hostName: "www.example.org",
      records: [{ type: "CNAME", name: "www.example.org", value: new URL(service?.url ?? "").host }],
    },
  ]);
  const address = service?.url ?? "";
  await expect(answer(address)).rejects.toThrow("Host: www.example.org. is not in the cert's altnames");
  const bound = await step.run("pages", SPEC, {}, at("bind"));
  expect([bound.error, bound.evidence?.changes.create, step.made(DOMAINS)]).toEqual([undefined, 1, [1]]);
  expect(step.emulator.context.resources.list(DOMAINS).map(({ name }) => name)).toEqual(["www.example.org"]);
  expect((await answer(address)).status).toBe(404);
  const again = await step.run("pages", { ...SPEC, title: "Other pages" }, {}, at("bind"));
  expect([again.error, again.evidence?.changes.create, step.made(DOMAINS)]).toEqual([undefined, undefined, [1]]);
  const away = await step.run("pages", SPEC);
  expect([away.error, away.evidence?.changes.delete, step.made(DOMAINS)]).toEqual([undefined, 1, [0]]);
  await expect(answer(address)).rejects.toThrow("is not in the cert's altnames");
}, 240_000);
