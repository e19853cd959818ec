import { evaluatePolicies, type PlannedResource, type Profile } from "@devfactory/checks/index.ts";
import { type Recording, record, resolved, SUBSCRIPTION_ID, TENANT_ID } from "@devfactory/components/testing/index.ts";
import { deployApp } from "@devfactory/stacks/app/program.ts";
import { deployPlatform } from "@devfactory/stacks/platform/program.ts";
import { readSettings } from "@devfactory/stacks/platform/settings.ts";
import { parseAppSpec } from "@devfactory/stacks/spec/index.ts";
import { expect, it } from "vitest";

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

async function app(profile: Profile, kind: "postgres" | "cosmos") {
  const db =
    kind === "postgres"
      ? { name: "db", kind }
      : { name: "db", kind, containers: [{ name: "items", partitionKey: "/id" }] };
  const parsed = parseAppSpec({
    version: 1,
    name: "clinic",
    title: "Clinic",
    profile,
    services: [{ name: "web", kind: "web", uses: [{ resource: "db", access: "readwrite" }] }],
    resources: [db],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const registryId = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/cr`;
  const deployment = { appId: "a", tenantId: "t", registryId, registryLoginServer: "cr.azurecr.io", nameEpoch: 0 };
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
 * What our own stacks still break, by profile. Each entry is a gap, named in docs/policies.md; the lists may only get shorter.
 */
const EVERYWHERE = {
  postgres: ["PG02 db-server", "PG02 web-to-db-db-postgres"],
  cosmos: [],
  platform: [
    "CA08 worker-app",
    "CR03 registry-registry",
    "ID02 worker-to-subscription-accessAdministrator",
    "ID02 worker-to-subscription-contributor",
    "ID02 worker-to-subscription-locksContributor",
    "SW03 dashboard-site",
  ],
} as const;
const ENVIRONMENT = ["CE03", "CE04", "CE05"].map((rule) => `${rule} environment-environment`);
const BROKEN: Readonly<Record<Profile, Readonly<Record<keyof typeof EVERYWHERE, readonly string[]>>>> = {
  dev: { ...EVERYWHERE, postgres: [...EVERYWHERE.postgres, "PG04 db-azure-services"] },
  standard: EVERYWHERE,
  production: {
    postgres: [...EVERYWHERE.postgres, "CA09 web-app", ...ENVIRONMENT.slice(1)],
    cosmos: ["CA09 web-app", ...ENVIRONMENT, "CO08 db-account"],
    platform: [
      ...EVERYWHERE.platform,
      ...[
        "CA09 api-app",
        "CA09 worker-app",
        ...ENVIRONMENT,
        "CO08 data-account",
        "KV10 vault-vault",
        "KV11 vault-vault",
      ],
      "KV12 vault-key-user-keys",
      ...["ST13 files-account", "ST14 files-account", "ST16 files-account"],
    ],
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
