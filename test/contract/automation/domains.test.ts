import type { DomainConfig } from "@devfactory/automation/jobs/domains.ts";
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
  const bound = await step.run("pages", SPEC, {}, at("bind"));
  expect([bound.error, bound.evidence?.changes.create, step.made(DOMAINS)]).toEqual([undefined, 1, [1]]);
  expect(step.emulator.context.resources.list(DOMAINS).map(({ name }) => name)).toEqual(["www.example.org"]);
  const again = await step.run("pages", { ...SPEC, title: "Other pages" }, {}, at("bind"));
  expect([again.error, again.evidence?.changes.create, step.made(DOMAINS)]).toEqual([undefined, undefined, [1]]);
  const away = await step.run("pages", SPEC);
  expect([away.error, away.evidence?.changes.delete, step.made(DOMAINS)]).toEqual([undefined, 1, [0]]);
}, 240_000);
