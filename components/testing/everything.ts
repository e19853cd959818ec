import { ContainerApp } from "../compute/containerApp.ts";
import { ContainerEnvironment } from "../compute/containerEnvironment.ts";
import { ContainerGroup } from "../compute/containerGroup.ts";
import { ContainerJob } from "../compute/containerJob.ts";
import { FunctionApp } from "../compute/functionApp.ts";
import { KubernetesCluster } from "../compute/kubernetesCluster.ts";
import { SessionPool } from "../compute/sessionPool.ts";
import { WebAppForContainers } from "../compute/webAppForContainers.ts";
import { AppConfiguration } from "../config/appConfiguration.ts";
import type { AppContext } from "../core/context.ts";
import { CosmosAccount } from "../data/cosmosAccount.ts";
import { PostgresServer } from "../data/postgresServer.ts";
import { SqlServerless } from "../data/sqlServerless.ts";
import { StorageAccount } from "../data/storageAccount.ts";
import { ApiManagement } from "../edge/apiManagement.ts";
import { FrontDoor } from "../edge/frontDoor.ts";
import { Relay } from "../messaging/relay.ts";
import { ServiceBus } from "../messaging/serviceBus.ts";
import { ContainerRegistry } from "../registry/containerRegistry.ts";
import { EntraApp } from "../security/entraApp.ts";
import { GitHubFederation } from "../security/gitHubFederation.ts";
import { KeyVault } from "../security/keyVault.ts";
import { Budget } from "../shared/budget.ts";
import { Monitoring } from "../shared/monitoring.ts";
import { Network } from "../shared/network.ts";
import { StaticWebApp } from "../web/staticWebApp.ts";

const ROLE = { ops: { role: "contributor", principalId: "ops-team", principalType: "Group" } } as const;

/** A transform of whatever child: gives back what it takes, changed or not. */
export type AnyTransform = <Args extends object>(args: Args) => Args;

/** By component and slot. */
export type Transforms = Readonly<Record<string, Readonly<Record<string, AnyTransform>>>>;

/** One of each Azure tier with everything on, all in one deployment: what the golden list and the rules are tested with. */
export function makeEverything(base: AppContext, transforms: Transforms = {}): AppContext {
  const more = (name: string) => ({ roleAssignments: ROLE, ...(transforms[name] && { transform: transforms[name] }) });
  const notify = { emails: { owner: "owner@example.org" } };
  const monitoring = new Monitoring("monitoring", { context: base, notify, insights: true, ...more("monitoring") });
  const network = new Network("network", { context: base, ...more("network") });
  const context = network.within(monitoring.within(base));
  const registry = new ContainerRegistry("registry", {
    context,
    sku: "Premium",
    keepUntaggedDays: 7,
    ...more("registry"),
  });
  const vault = new KeyVault("vault", { context, keys: ["wrap"], ...more("vault") });
  const files = new StorageAccount("files", {
    context,
    containers: ["photos"],
    queues: ["mails"],
    tables: ["visits"],
    shares: { disk: { quotaGib: 10 } },
    ...more("files"),
  });
  const data = new CosmosAccount("data", { context, databases: { shop: { orders: "/id" } }, ...more("data") });
  const db = new PostgresServer("db", { context, databases: ["shop"], azureServices: true, ...more("db") });
  const bus = new ServiceBus("bus", {
    context,
    sku: "Premium",
    queues: { jobs: { sessions: true, duplicateDetection: true } },
    topics: { news: { subscriptions: { mail: {} } } },
    ...more("bus"),
  });
  const environment = new ContainerEnvironment("environment", {
    context,
    privateEndpoints: true,
    lock: "CanNotDelete",
    ...more("environment"),
  });
  const queue = bus.queue("jobs");
  const common = { context, registry, environment, image: "img@sha256:0", lock: "CanNotDelete" } as const;
  const web = new ContainerApp("web", {
    ...common,
    ingress: { port: 80, external: true },
    health: { port: 80, path: "/" },
    domain: { hostName: "shop.example.org", step: "bind" },
    sidecars: { proxy: { image: "proxy", cpu: 0.25 } },
    secretEnv: { KEY: vault.secret("key") },
    link: [
      data.database("shop").link("read"),
      db.database("shop").link("readwrite"),
      files.queue("mails").link("send"),
    ],
    ...more("web"),
  });
  new ContainerJob("task", {
    ...common,
    trigger: { kind: "queue", queue, messages: 1, maxExecutions: 5 },
    link: [files.container("photos").link("readwrite"), monitoring.link("publish")],
    ...more("task"),
  });
  const site = new StaticWebApp("site", {
    context,
    sku: "Standard",
    domain: { hostName: "www.example.org", step: "bind" },
    lock: "CanNotDelete",
    ...more("site"),
  });
  site.linkBackend(web);
  new EntraApp("sign-in", {
    context,
    displayName: "Shop",
    scopes: { Read: "Read" },
    roles: { member: "Buys" },
    redirectUris: ["https://www.example.org/"],
    ...(transforms["sign-in"] && { transform: transforms["sign-in"] }),
  });
  const budget = { monthlyAmount: 50, firstMonth: "2027-01" };
  new Budget("budget", { context, ...budget, ...(transforms.budget && { transform: transforms.budget }) });
  makeMore(context, more, { registry, environment, vault, network });
  return context;
}

interface Base {
  readonly registry: ContainerRegistry;
  readonly environment: ContainerEnvironment;
  readonly vault: KeyVault;
  readonly network: Network;
}

/** The tiers that apps have beside the ones of their stack (docs/tiers.md). */
function makeMore(context: AppContext, more: (name: string) => object, base: Base): void {
  const { registry, environment, vault, network } = base;
  const lock = "CanNotDelete";
  const relay = new Relay("relay", { context, hybridConnections: ["berlin"], lock, ...more("relay") });
  new AppConfiguration("config", {
    context,
    values: { level: "info" },
    features: { beta: true },
    ...more("config"),
  });
  const administrator = { kind: "Group", name: "dba", objectId: "33333333-3333-4333-8333-333333333333" } as const;
  const sql = new SqlServerless("sql", { context, administrator, databases: { stock: {} }, ...more("sql") });
  const functions = new FunctionApp("functions", {
    context,
    runtime: { name: "node" },
    network,
    domain: { hostName: "jobs.example.org", step: "bind" },
    lock,
    link: [sql.database("stock").link("read")],
    ...more("functions"),
  });
  const image = { context, registry, image: "img@sha256:0", network, lock } as const;
  const domain = { hostName: "shop-2.example.org", step: "bind" } as const;
  const secretEnv = { KEY: vault.secret("key") };
  new WebAppForContainers("shop", { ...image, port: 80, domain, secretEnv, ...more("shop") });
  new ContainerGroup("agent", { ...image, link: [relay.connection("berlin").link("listen")], ...more("agent") });
  new SessionPool("sandbox", {
    context,
    session: { kind: "image", image: "img@sha256:0", registry, environment, port: 80 },
    lock,
    ...more("sandbox"),
  });
  makeEdge(context, more, functions, base);
}

function makeEdge(
  context: AppContext,
  more: (name: string) => object,
  functions: FunctionApp,
  { registry, vault }: Base,
): void {
  const lock = "CanNotDelete";
  const publisher = { name: "Contoso", email: "owner@contoso.example" };
  new ApiManagement("gateway", {
    context,
    publisher,
    apis: { chat: { path: "chat", backend: functions.url, access: { kind: "subscription" } } },
    products: { partners: { title: "Partners", apis: ["chat"] } },
    domain: { hostName: "api.example.org", step: "bind", certificate: vault.secret("certificate") },
    lock,
    ...more("gateway"),
  });
  const origins = { functions: { host: "functions.example.org" } };
  const domain = { hostName: "www-2.example.org", step: "bind" } as const;
  new FrontDoor("door", { context, origins, domain, firewall: { requestsPerMinute: 600 }, lock, ...more("door") });
  const workload = { namespace: "shop", serviceAccount: "api", link: [registry.link("push")] };
  new KubernetesCluster("cluster", { context, registry, workloads: { shop: workload }, lock, ...more("cluster") });
  new GitHubFederation("delivery", {
    context,
    repository: "contoso/shop",
    subjects: [{ kind: "environment", name: "production" }],
    roles: { images: { role: "acrPush", scope: registry.registryId } },
    lock,
    ...more("delivery"),
  });
}
