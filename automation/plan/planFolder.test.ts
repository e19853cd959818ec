import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UNKNOWN } from "@devfactory/checks/index.ts";
import { afterAll, expect, it } from "vitest";
import { describePlan, readPlan } from "./planDocument.ts";
import { planFolder } from "./planFolder.ts";
import { planFromPreview } from "./previewFile.ts";

const root = mkdtempSync(join(tmpdir(), "devfactory-plan-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const SPEC = `
version: 1
name: clinic
title: Clinic
services: [{ name: web, kind: web, uses: [{ resource: db, access: readwrite }] }]
resources: [{ name: db, kind: postgres }]
budget: { monthlyUsd: 50 }
`;
const environment = {
  AZURE_SUBSCRIPTION_ID: "33333333-3333-4333-8333-333333333333",
  AZURE_TENANT_ID: "44444444-4444-4444-8444-444444444444",
  AZURE_CONTAINER_REGISTRY_ENDPOINT: "crours.azurecr.io",
};

function folderWith(name: string, text: string): string {
  const folder = mkdtempSync(join(root, "app-"));
  writeFileSync(join(folder, name), text);
  return folder;
}

it("an app spec is planned without an engine, a credential or a network", async () => {
  const plan = await planFolder(folderWith("devfactory.yaml", SPEC), {}, environment);
  const { region, profile, budgetMonthlyUsd, resources } = plan;
  expect([region, profile, budgetMonthlyUsd, resources.length]).toEqual(["eastus", "dev", 50, 17]);
  const byName = Object.fromEntries(resources.map((each) => [each.name, each]));
  const app = byName["web-app"];
  expect([app?.type, app?.urn, app?.parent]).toEqual([
    "azure-native:app:ContainerApp",
    "urn:pulumi:plan::devfactory-app::devfactory:azure:ContainerApp$azure-native:app:ContainerApp::web-app",
    "urn:pulumi:plan::devfactory-app::devfactory:azure:ContainerApp::web",
  ]);
  // The group is known, the identity's client id is Azure's choice.
  expect(app?.inputs.environmentId).toMatch(
    /^\/subscriptions\/33333333-3333-4333-8333-333333333333\/resourceGroups\/rg-clinic-dev-/,
  );
  const template = app?.inputs.template as { containers: { image: string; env: { name: string; value: string }[] }[] };
  expect(template.containers[0]?.image).toBe(`crours.azurecr.io/clinic/web@sha256:${"0".repeat(64)}`);
  const env = Object.fromEntries(template.containers[0]?.env.map(({ name, value }) => [name, value]) ?? []);
  expect([env.AZURE_CLIENT_ID, env.AZURE_TENANT_ID, env.PORT]).toEqual([UNKNOWN, environment.AZURE_TENANT_ID, "8080"]);
  expect(env.PGHOST).toMatch(/^psql-clinic-dev-[a-z2-7]{6}\.postgres\.database\.azure\.com$/);
  const role = byName["web-to-registry-acrPull"]?.inputs;
  expect([role?.principalId, role?.roleAssignmentName, role?.principalType]).toEqual([
    UNKNOWN,
    UNKNOWN,
    "ServicePrincipal",
  ]);
});

it("names of another subscription are others, and the same input gives the same plan", async () => {
  const folder = folderWith("devfactory.yaml", SPEC);
  const [one, again, other] = await Promise.all([
    planFolder(folder, {}, environment),
    planFolder(folder, {}, environment),
    planFolder(folder, {}, {}),
  ]);
  expect(again).toEqual(one);
  const server = (plan: typeof one) => plan.resources.find(({ name }) => name === "db-server")?.inputs.serverName;
  expect(server(other)).not.toBe(server(one));
});

it("an address that Azure makes up is unknown, one that follows from a name is known", async () => {
  const services = `[{ name: web, kind: web, uses: [{ resource: rates, access: call }] }, { name: rates, kind: api }]`;
  const spec = SPEC.replace(/services: .*/, `services: ${services}`).replace(/resources: .*/, "");
  const { resources } = await planFolder(folderWith("devfactory.yaml", spec), {}, environment);
  const template = resources.find(({ name }) => name === "web-app")?.inputs.template as {
    containers: { env: { name: string; value: string }[] }[];
  };
  expect(template.containers[0]?.env.find(({ name }) => name === "RATES_BASE_URL")?.value).toBe(UNKNOWN);
  expect(JSON.stringify(resources)).not.toMatch(/happy|azurecontainerapps/);
});

it.each([
  ["no YAML", "a: [", { code: "SPEC_UNREADABLE", wrongUse: true }],
  [
    "an unknown kind",
    SPEC.replace("kind: web", "kind: cgi"),
    { code: "SPEC_INVALID", wrongUse: true, message: expect.stringContaining("services.0.kind: ") },
  ],
  [
    "what the program refuses",
    SPEC.replace("kind: web", "kind: static"),
    {
      code: "PROGRAM_FAILED",
      wrongUse: false,
      advice: "A static site has no identity: put an api service between them.",
    },
  ],
])("%s is told with the way out", async (_, text, error) => {
  await expect(planFolder(folderWith("devfactory.yaml", text), {}, {})).rejects.toMatchObject(error);
});

it("a folder without anything to plan is told", async () => {
  await expect(planFolder(root, {}, {})).rejects.toMatchObject({
    code: "NOTHING_TO_PLAN",
    message: `${root} holds neither devfactory.yaml nor Pulumi.yaml.`,
  });
});

it("a plan tells its region and profile by what most of its resources say", () => {
  const resource = (location: string, profile: string) => ({
    urn: "u",
    type: "t",
    name: "n",
    inputs: { location, tags: { "devfactory-profile": profile } },
  });
  const resources = [
    resource("West Europe", "standard"),
    resource("westeurope", "standard"),
    resource("global", "dev"),
    resource(UNKNOWN, "dev"),
  ];
  expect(describePlan(resources, {})).toEqual({ region: "westeurope", profile: "dev" });
  expect(describePlan(resources.slice(0, 3), {})).toEqual({ region: "westeurope", profile: "standard" });
  expect(describePlan(resources, { region: "uksouth", profile: "production" })).toEqual({
    region: "uksouth",
    profile: "production",
  });
  expect(describePlan([], {})).toEqual({ region: "eastus", profile: "dev" });
});

it("a preview tells its changes, with the reasons of replacements", () => {
  const state = { type: "a:b:C", custom: true, inputs: { location: "uksouth" } };
  const steps = [
    { op: "create", urn: "urn:pulumi:d::p::pulumi:pulumi:Stack::p-d", newState: { type: "pulumi:pulumi:Stack" } },
    {
      op: "replace",
      urn: "urn:pulumi:d::p::a:b:C::one",
      newState: state,
      oldState: state,
      replaceReasons: ["location"],
    },
    { op: "delete", urn: "urn:pulumi:d::p::a:b:C::two", oldState: state },
    { op: "same", urn: "urn:pulumi:d::p::a:b:C::three", newState: state },
  ];
  const file = join(folderWith("preview.json", JSON.stringify({ steps })), "preview.json");
  const plan = planFromPreview(file, {});
  expect([plan.region, plan.resources.map(({ name }) => name), plan.changes]).toEqual([
    "uksouth",
    ["one", "three"],
    [
      {
        urn: "urn:pulumi:d::p::a:b:C::one",
        type: "a:b:C",
        name: "one",
        operation: "replace",
        replaceKeys: ["location"],
      },
      { urn: "urn:pulumi:d::p::a:b:C::two", type: "a:b:C", name: "two", operation: "delete" },
    ],
  ]);
});

it("a plan is read back as it was printed, and another document is refused with its path", async () => {
  const folder = folderWith("devfactory.yaml", SPEC);
  const plan = await planFolder(folder, {}, environment);
  const file = join(folder, "plan.json");
  writeFileSync(file, JSON.stringify(plan));
  expect(readPlan(file)).toEqual(plan);
  writeFileSync(file, JSON.stringify({ ...plan, profile: "huge" }));
  expect(() => readPlan(file)).toThrow(/^.*plan\.json is no plan: profile: /);
});
