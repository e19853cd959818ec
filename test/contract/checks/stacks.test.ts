import {
  evaluatePolicies,
  type Finding,
  type PlannedResource,
  type Profile,
  type Waiver,
} from "@devfactory/checks/index.ts";
import { type Recording, record, resolved, SUBSCRIPTION_ID, TENANT_ID } from "@devfactory/components/testing/index.ts";
import { deployApp } from "@devfactory/stacks/app/program.ts";
import { deployPlatform } from "@devfactory/stacks/platform/program.ts";
import { readSettings } from "@devfactory/stacks/platform/settings.ts";
import { parseAppSpec } from "@devfactory/stacks/spec/index.ts";
import { expect, it } from "vitest";
import { waiversOf } from "../judgedPreview.ts";

const operatorGroup = { objectId: "44444444-4444-4444-8444-444444444444", groupName: "operators" };
const PROFILES = ["dev", "standard", "production"] as const;

/** A recording as a plan. */
function planOf(recording: Recording<unknown>): readonly PlannedResource[] {
  const urns = new Map(recording.resources.map(({ name, urn }) => [name, urn]));
  return recording.resources.flatMap(({ custom, urn, type, name, inputs, dependsOn }) =>
    custom ? [{ urn, type, name, inputs, dependencies: dependsOn.flatMap((each) => urns.get(each) ?? []) }] : [],
  );
}

const DATABASES = {
  postgres: { name: "db", kind: "postgres" },
  cosmos: { name: "db", kind: "cosmos", containers: [{ name: "items", partitionKey: "/id" }] },
  sql: { name: "db", kind: "sql" },
} as const;
/** A database that costs nothing at night goes with a service that does. */
const SERVICES = { postgres: "web", cosmos: "web", sql: "function" } as const;

async function recordApp(profile: Profile, kind: keyof typeof DATABASES, more: { readonly public?: boolean } = {}) {
  const parsed = parseAppSpec({
    version: 1,
    name: "clinic",
    title: "Clinic",
    profile,
    services: [{ name: "web", kind: SERVICES[kind], uses: [{ resource: "db", access: "readwrite" }], ...more }],
    resources: [DATABASES[kind], { name: "images", kind: "registry" }],
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

async function recordPlatform(profile: Profile) {
  const config: Readonly<Record<string, string>> = {
    operatorObjectId: "33333333-3333-4333-8333-333333333333",
    profile,
  };
  const environment = { ARM_SUBSCRIPTION_ID: SUBSCRIPTION_ID, ARM_TENANT_ID: TENANT_ID };
  const place = { stack: "prod", checkout: "/checkout" };
  return record(
    async () => {
      const outputs = deployPlatform(readSettings({ get: (key) => config[key] }, environment, place));
      await Promise.all(Object.values(outputs).map((output) => resolved<unknown>(output)));
    },
    { project: "devfactory", stack: "prod" },
  );
}

/** Each recording once: they take seconds, and nothing changes them. */
function once<Args extends readonly unknown[], Result>(make: (...args: Args) => Promise<Result>) {
  const known = new Map<string, Promise<Result>>();
  return (...args: Args): Promise<Result> => {
    const key = JSON.stringify(args);
    const made = known.get(key) ?? make(...args);
    known.set(key, made);
    return made;
  };
}
const app = once(recordApp);
const platform = once(recordPlatform);

const WAIVERS = { app: waiversOf("app"), platform: waiversOf("platform") };

function judged(recording: Recording<unknown>, profile: Profile, waivers: readonly Waiver[]) {
  return evaluatePolicies({ profile, resources: planOf(recording), waivers, now: new Date("2026-11-28") });
}

/** `RULE name`, each once, sorted. */
function named(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.map(({ rule, urn }) => `${rule} ${urn.split("::").at(-1)}`))].sort();
}

/** What fails, and what would fail without a waiver. */
function broken(recording: Recording<unknown>, profile: Profile, stack: "app" | "platform") {
  const { findings } = judged(recording, profile, WAIVERS[stack]);
  return {
    fail: named(findings.filter(({ verdict }) => verdict === "fail")),
    waived: named(findings.filter(({ verdict, waiver }) => verdict === "not-applicable" && waiver)),
  };
}

/** Every exception of our own stacks, by profile; docs/policies.md has the reasons. The lists may only get shorter. */
const EVERYWHERE = {
  app: ["CR03 images-registry"],
  platform: [
    "CR03 registry-registry",
    "ID02 worker-to-subscription-accessAdministrator",
    "ID02 worker-to-subscription-contributor",
    "ID02 worker-to-subscription-locksContributor",
  ],
} as const;
/** They answer the internet: docs/decisions/0024-public-doors-in-production.md. */
const PUBLIC_DOOR = "CE04 environment-environment";
const WAIVED = {
  dev: {
    postgres: [...EVERYWHERE.app, "PG04 db-azure-services"],
    cosmos: EVERYWHERE.app,
    sql: EVERYWHERE.app,
    platform: EVERYWHERE.platform,
  },
  standard: {
    postgres: EVERYWHERE.app,
    cosmos: EVERYWHERE.app,
    sql: EVERYWHERE.app,
    platform: EVERYWHERE.platform,
  },
  production: {
    postgres: [PUBLIC_DOOR, ...EVERYWHERE.app],
    cosmos: [PUBLIC_DOOR, ...EVERYWHERE.app],
    sql: [...EVERYWHERE.app, "FN12 web-site"],
    platform: [PUBLIC_DOOR, ...EVERYWHERE.platform],
  },
} as const satisfies Readonly<Record<Profile, object>>;

it.each(PROFILES)("our own stacks in %s break no rule; what is waived is listed", async (profile) => {
  const found = {
    postgres: broken(await app(profile, "postgres"), profile, "app"),
    cosmos: broken(await app(profile, "cosmos"), profile, "app"),
    sql: broken(await app(profile, "sql"), profile, "app"),
    platform: broken(await platform(profile), profile, "platform"),
  };
  const listed = WAIVED[profile];
  expect(found).toEqual({
    postgres: { fail: [], waived: listed.postgres },
    cosmos: { fail: [], waived: listed.cosmos },
    sql: { fail: [], waived: listed.sql },
    platform: { fail: [], waived: listed.platform },
  });
});

it("an app in production that answers only its own network needs no open door", async () => {
  const { fail, waived } = broken(await app("production", "cosmos", { public: false }), "production", "app");
  expect([fail, waived]).toEqual([[], EVERYWHERE.app]);
});

it("no waiver is idle in every profile, and none is wider than its one resource", async () => {
  const used = new Set<Waiver>();
  for (const profile of PROFILES) {
    const plans = [
      [await app(profile, "postgres"), WAIVERS.app],
      [await app(profile, "sql"), WAIVERS.app],
      [await platform(profile), WAIVERS.platform],
    ] as const;
    for (const [plan, waivers] of plans) {
      const { findings } = judged(plan, profile, waivers);
      for (const waiver of waivers) {
        const taken = new Set(findings.filter((finding) => finding.waiver === waiver).map(({ urn }) => urn));
        expect([waiver.target, [...taken].slice(1)]).toEqual([waiver.target, []]);
        if (taken.size > 0) used.add(waiver);
      }
    }
  }
  expect([...WAIVERS.app, ...WAIVERS.platform].filter((waiver) => !used.has(waiver))).toEqual([]);
});
