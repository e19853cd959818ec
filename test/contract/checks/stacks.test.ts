import { evaluatePolicies, type PlannedResource, type Profile } from "@devfactory/checks/index.ts";
import { type Recording, record, resolved, SUBSCRIPTION_ID, TENANT_ID } from "@devfactory/components/testing/index.ts";
import { deployApp } from "@devfactory/stacks/app/program.ts";
import { deployPlatform } from "@devfactory/stacks/platform/program.ts";
import { readSettings } from "@devfactory/stacks/platform/settings.ts";
import { parseAppSpec } from "@devfactory/stacks/spec/index.ts";
import { expect, it } from "vitest";

const operatorGroup = { objectId: "44444444-4444-4444-8444-444444444444", groupName: "operators" };
const PROFILES = ["dev", "standard", "production"] as const;

/** A recording as a plan. */
function planOf(recording: Recording<unknown>): readonly PlannedResource[] {
  const urns = new Map(recording.resources.map(({ name, urn }) => [name, urn]));
  return recording.resources.flatMap(({ custom, urn, type, name, inputs, dependsOn }) =>
    custom ? [{ urn, type, name, inputs, dependencies: dependsOn.flatMap((each) => urns.get(each) ?? []) }] : [],
  );
}

/** Failures as `RULE name`, sorted. */
function failures(recording: Recording<unknown>, profile: Profile): readonly string[] {
  const { findings } = evaluatePolicies({ profile, resources: planOf(recording), now: new Date("2026-11-28") });
  const failed = findings.filter(({ verdict }) => verdict === "fail");
  return [...new Set(failed.map(({ rule, urn }) => `${rule} ${urn.split("::").at(-1)}`))].sort();
}

async function app(profile: Profile, kind: "postgres" | "cosmos", more: { readonly public?: boolean } = {}) {
  const db =
    kind === "postgres"
      ? { name: "db", kind }
      : { name: "db", kind, containers: [{ name: "items", partitionKey: "/id" }] };
  const parsed = parseAppSpec({
    version: 1,
    name: "clinic",
    title: "Clinic",
    profile,
    services: [{ name: "web", kind: "web", uses: [{ resource: "db", access: "readwrite" }], ...more }],
    resources: [db],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const registryId = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/cr`;
  const deployment = {
    appId: "a",
    tenantId: "t",
    registryId,
    registryLoginServer: "cr.azurecr.io",
    nameEpoch: 0,
    operatorGroup,
  };
  const images = { web: `cr.azurecr.io/a/web@sha256:${"a".repeat(64)}` };
  const settings = { spec: parsed.spec, images, deployment, subscriptionId: SUBSCRIPTION_ID, entraTenantId: TENANT_ID };
  return record(async () => resolved(deployApp(settings).url), { project: "devfactory-app", stack: "a" });
}

async function platform(profile: Profile) {
  const config: Readonly<Record<string, string>> = {
    operatorObjectId: "33333333-3333-4333-8333-333333333333",
    profile,
  };
  const environment = { ARM_SUBSCRIPTION_ID: SUBSCRIPTION_ID, ARM_TENANT_ID: TENANT_ID };
  const place = { stack: "prod", checkout: "/checkout" };
  return record(async () => {
    const outputs = deployPlatform(readSettings({ get: (key) => config[key] }, environment, place));
    await Promise.all(Object.values(outputs).map((output) => resolved<unknown>(output)));
  });
}

/**
 * What our own stacks still break, by profile. Each entry is an exception with its reason in docs/policies.md; the lists may only get
 * shorter.
 */
const EVERYWHERE = {
  postgres: [],
  cosmos: [],
  platform: [
    "CR03 registry-registry",
    "ID02 worker-to-subscription-accessAdministrator",
    "ID02 worker-to-subscription-contributor",
    "ID02 worker-to-subscription-locksContributor",
  ],
} as const;
/** They answer the internet: docs/decisions/0024-public-doors-in-production.md. */
const PUBLIC_DOOR = ["CE04 environment-environment"];
const BROKEN: Readonly<Record<Profile, Readonly<Record<keyof typeof EVERYWHERE, readonly string[]>>>> = {
  dev: { ...EVERYWHERE, postgres: ["PG04 db-azure-services"] },
  standard: EVERYWHERE,
  production: {
    postgres: PUBLIC_DOOR,
    cosmos: PUBLIC_DOOR,
    platform: [...EVERYWHERE.platform, ...PUBLIC_DOOR],
  },
};

it.each(PROFILES)("our own stacks in %s break no rule but those that are listed", async (profile) => {
  const found = {
    postgres: failures(await app(profile, "postgres"), profile),
    cosmos: failures(await app(profile, "cosmos"), profile),
    platform: failures(await platform(profile), profile),
  };
  const listed = BROKEN[profile];
  expect(found).toEqual({
    postgres: listed.postgres.toSorted(),
    cosmos: listed.cosmos.toSorted(),
    platform: listed.platform.toSorted(),
  });
});

it("an app in production that answers only its own network breaks none", async () => {
  expect(failures(await app("production", "cosmos", { public: false }), "production")).toEqual([]);
});
