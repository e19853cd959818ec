import { join } from "node:path";
import {
  APP_ROLES,
  type AppContext,
  afterOthers,
  ContainerApp,
  ContainerImage,
  delegationCondition,
  EntraApp,
  type LinkGrant,
  type Monitoring,
  type PostgresAdministrators,
  StaticWebApp,
} from "@devfactory/components/index.ts";
import * as pulumi from "@pulumi/pulumi";
import type { Agents } from "./agents.ts";
import { BLOB_CONTAINERS, DATABASE, type Foundation, WRAPPING_KEY } from "./foundation.ts";
import { JOBS_PER_WORKER, runningEnvironment } from "./running.ts";
import type { PlatformSettings } from "./settings.ts";

type BaseSettings = Omit<PlatformSettings, "operatorGroup">;
/** Settings with the group that the stack makes where none is given. */
type ServiceSettings = BaseSettings & { readonly operatorGroup: PostgresAdministrators };

/** Where API and worker listen. */
const PORT = 8080;
const MICROSOFT_AUTHORITY = "https://login.microsoftonline.com";
/** API and worker answer the same paths. */
const HEALTH = { port: PORT, path: "/health/live", readyPath: "/health/ready" } as const;
/** A worker finishes or hands over its steps in this time. */
const WORKER_GRACE_SECONDS = 120;

/** The parts that people and jobs talk to. */
export interface PlatformServices {
  readonly api: ContainerApp;
  readonly worker: ContainerApp;
  readonly dashboard: StaticWebApp;
  readonly entra: EntraApp;
}

/** Makes dashboard, sign-in, API and worker. */
export function makeServices(
  context: AppContext,
  foundation: Foundation,
  agents: Agents,
  settings: ServiceSettings,
  monitoring: Monitoring,
): PlatformServices {
  const dashboard = new StaticWebApp("dashboard", {
    context,
    sku: "Standard",
    tags: { "devfactory-front-door": "true" },
  });
  const entra = makeEntra(context, dashboard, settings);
  const image = new ContainerImage("automation", {
    context,
    registry: foundation.registry,
    repository: "devfactory/automation",
    buildContext: settings.checkout,
    dockerfile: join(settings.checkout, "automation", "Dockerfile"),
  });
  const common = {
    context,
    environment: foundation.environment,
    registry: foundation.registry,
    image: image.reference,
  };
  const min = context.profile === "production" ? 2 : 1; // one answers at once, two survive the loss of a zone
  const shared = sharedEnvironment(settings, entra);
  const api = new ContainerApp("api", {
    ...common,
    command: ["node", "automation/api/main.ts"],
    cpu: 0.5,
    ingress: { port: PORT, external: true },
    tags: { "devfactory-public": "true" }, // it is meant to be (rule CA03)
    health: HEALTH,
    scale: { min, max: 10 },
    env: {
      ...shared,
      PORT: String(PORT),
      DEVFACTORY_DASHBOARD_ORIGIN: pulumi
        .all([dashboard.url, ...settings.dashboardOrigins])
        .apply((origins) => origins.join(",")),
    },
    link: [...apiLinks(foundation), monitoring.link("publish")],
  });
  dashboard.linkBackend(api);
  const worker = new ContainerApp("worker", {
    ...common,
    command: ["node", "automation/worker/main.ts"],
    cpu: 1,
    health: HEALTH,
    scale: {
      min,
      max: settings.queue.workers,
      queue: { queue: foundation.bus.queue("jobs"), messages: JOBS_PER_WORKER },
    },
    terminationGracePeriodSeconds: WORKER_GRACE_SECONDS,
    env: {
      ...shared,
      PORT: String(PORT),
      ...workerEnvironment(context, foundation, agents, settings),
      DEVFACTORY_MODEL_GATEWAY: api.url,
    },
    link: [...workerLinks(foundation, agents, settings.subscriptionId), monitoring.link("publish")].map((link) =>
      afterOthers(link, [api]),
    ),
  });
  return { api, worker, dashboard, entra };
}

function makeEntra(context: AppContext, dashboard: StaticWebApp, settings: BaseSettings): EntraApp {
  return new EntraApp("sign-in", {
    context,
    displayName: `DevFactory (${settings.seed})`,
    scopes: { "Jobs.Read": "See your apps and their jobs", "Jobs.Write": "Make, change and delete your apps" },
    roles: { operator: "Sees and steers every job of the tenant", member: "Makes apps and sees their own jobs" },
    redirectUris: [dashboard.url, ...settings.dashboardOrigins].map((origin) => pulumi.interpolate`${origin}/`),
  });
}

/** What API and worker both read; docs/architecture.md lists the names. The target's own values win. */
function sharedEnvironment(settings: BaseSettings, entra: EntraApp): Readonly<Record<string, pulumi.Input<string>>> {
  const authority = settings.environment.AZURE_AUTHORITY_HOST;
  return {
    NODE_ENV: "production",
    AZURE_SUBSCRIPTION_ID: settings.subscriptionId,
    DEVFACTORY_API_CLIENT_ID: entra.clientId,
    DEVFACTORY_AUTHORITY: (authority ?? MICROSOFT_AUTHORITY).replace(/\/+$/, ""),
    ...runningEnvironment(settings.queue, settings.care),
    DEVFACTORY_APP_SCHEME: authority ? "http" : "https", // browsers do not trust a local authority
    DEVFACTORY_OUTBOUND: authority ? "loopback" : "public", // on the local target receivers stand on this machine
    ...settings.environment,
  };
}

function workerEnvironment(
  context: AppContext,
  foundation: Foundation,
  agents: Agents,
  settings: ServiceSettings,
): Readonly<Record<string, pulumi.Input<string>>> {
  const { storage, registry } = foundation;
  const { policyGate, waivers, notify } = settings;
  return {
    DEVFACTORY_RESOURCE_GROUP: context.resourceGroupName,
    ...agents.env,
    DEVFACTORY_REGISTRY_ID: registry.registryId,
    DEVFACTORY_OPERATOR_GROUP: operatorGroupText(settings.operatorGroup),
    ...(notify && { DEVFACTORY_NOTIFY: Object.values(notify.emails).join(",") }),
    ...(policyGate && { DEVFACTORY_POLICY_GATE: JSON.stringify(policyGate) }),
    ...(waivers && { DEVFACTORY_WAIVERS: JSON.stringify(waivers) }),
    // The provider and the state backend of the deployments that the worker makes sign in with its identity.
    PULUMI_BACKEND_URL: pulumi.interpolate`azblob://state?storage_account=${storage.accountName}`,
    ...settings.environment,
  };
}

function operatorGroupText({ objectId, groupName }: PostgresAdministrators): pulumi.Output<string> {
  return pulumi.all([objectId, groupName]).apply(([id, name]) => JSON.stringify({ objectId: id, groupName: name }));
}

function apiLinks({ cosmos, bus, storage, vault }: Foundation): readonly LinkGrant[] {
  return [
    cosmos.database(DATABASE).link("readwrite"),
    bus.queue("jobs").link("send"),
    bus.queue("deployments").link("send"),
    storage.container("jobs").link("readwrite"),
    storage.container("feedback").link("readwrite"),
    storage.container("workspaces").link("readwrite"), // files that people bring
    storage.container("logs").link("read"),
    delegationGrant(storage),
    vault.link("read"),
    vault.wrappingKey(WRAPPING_KEY).link("use"),
  ];
}

function workerLinks(foundation: Foundation, agents: Agents, subscriptionId: string): readonly LinkGrant[] {
  const { cosmos, bus, storage, vault, registry } = foundation;
  return [
    cosmos.database(DATABASE).link("readwrite"),
    ...(["jobs", "deployments"] as const).flatMap((name) => [
      bus.queue(name).link("send"),
      bus.queue(name).link("receive"),
    ]),
    ...BLOB_CONTAINERS.map((name) => storage.container(name).link("readwrite")),
    vault.link("read"),
    vault.wrappingKey(WRAPPING_KEY).link("use"),
    registry.link("build"),
    ...agents.links,
    deployGrant(subscriptionId),
  ];
}

/** The right to sign links to files: its key is the account's, what a link opens is bounded by the rights on containers. */
function delegationGrant({ accountId }: Foundation["storage"]): LinkGrant {
  return { key: "delegation", source: "storage", env: {}, roles: [{ role: "blobDelegator", scope: accountId }] };
}

/**
 * The right to deploy apps: each gets a resource group of its own, so the scope is the subscription. Giving rights is limited by a
 * condition to the roles that an app's stack hands out, and to service principals.
 */
function deployGrant(subscriptionId: string): LinkGrant {
  const scope = `/subscriptions/${subscriptionId}`;
  return {
    key: "subscription",
    source: "subscription",
    env: {},
    roles: [
      { role: "contributor", scope },
      { role: "locksContributor", scope }, // Contributor may not lock, and what holds data is locked in production
      { role: "accessAdministrator", scope, condition: delegationCondition(APP_ROLES) },
    ],
  };
}
