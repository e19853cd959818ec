// Every target with every access, made here and existing: role, scope, environment and order, through an assignment as a consumer
// makes it.
import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import catalogue from "../catalogue.json" with { type: "json" };
import { ContainerApp } from "../compute/containerApp.ts";
import { ContainerEnvironment } from "../compute/containerEnvironment.ts";
import { ContainerJob } from "../compute/containerJob.ts";
import { FunctionApp } from "../compute/functionApp.ts";
import { SessionPool } from "../compute/sessionPool.ts";
import { WebAppForContainers } from "../compute/webAppForContainers.ts";
import { AppConfiguration } from "../config/appConfiguration.ts";
import { CosmosAccount } from "../data/cosmosAccount.ts";
import { PostgresServer } from "../data/postgresServer.ts";
import { SqlServerless } from "../data/sqlServerless.ts";
import { StorageAccount } from "../data/storageAccount.ts";
import { ApiManagement } from "../edge/apiManagement.ts";
import { Relay } from "../messaging/relay.ts";
import { ServiceBus } from "../messaging/serviceBus.ts";
import { ContainerRegistry } from "../registry/containerRegistry.ts";
import { KeyVault } from "../security/keyVault.ts";
import { Monitoring } from "../shared/monitoring.ts";
import { record, resolved, SUBSCRIPTION_ID, TENANT_ID, testContext } from "../testing/index.ts";
import { Access } from "./access.ts";
import type { AppContext } from "./context.ts";
import type { LinkGrant } from "./link.ts";
import { ROLES, type RoleName } from "./roles.ts";

const PRINCIPAL = "44444444-4444-4444-8444-444444444444";
/** Where the existing ones are: another resource group than the consumer's. */
const ELSEWHERE = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/shared/providers`;

interface Target<Component> {
  readonly type: string;
  readonly make: (context: AppContext) => Component;
  readonly read: (at: { readonly context: AppContext; readonly resourceId: string }) => Component;
  readonly links: Readonly<Record<string, Row<Component>>>;
}

/** Role on `<main resource><below>`, or a right of the service's own; variables; what a link to a made one waits for. */
interface Row<Component> {
  readonly link: (component: Component) => LinkGrant;
  readonly gives?: RoleName | "cosmos" | "postgres";
  readonly below?: string;
  readonly env: readonly string[];
  readonly after?: string;
}

/** Binds the parts to one component type. */
function target<Component>(of: Target<Component>): Target<Component> {
  return of;
}

const STORAGE = (service: string) => ["AZURE_STORAGE_ACCOUNT_NAME", `AZURE_STORAGE_${service}_ENDPOINT`];
const BUS = ["AZURE_SERVICE_BUS_HOST", "AZURE_SERVICE_BUS_NAME"];
const VAULT = ["AZURE_KEY_VAULT_ENDPOINT", "AZURE_KEY_VAULT_NAME"];
const COSMOS = ["AZURE_COSMOS_DATABASE", "AZURE_COSMOS_ENDPOINT"];
const REGISTRY = ["AZURE_CONTAINER_REGISTRY_ENDPOINT"];
const POSTGRES = ["PGDATABASE", "PGHOST", "PGPORT", "PGSSLMODE", "POSTGRES_DATABASE", "POSTGRES_HOST", "POSTGRES_PORT"];

const registry = target({
  type: "Microsoft.ContainerRegistry/registries",
  make: (context) => new ContainerRegistry("t", { context }),
  read: (at) => ContainerRegistry.existing("t", at),
  links: {
    pull: { link: (it) => it.link("pull"), gives: "acrPull", env: REGISTRY },
    push: { link: (it) => it.link("push"), gives: "acrPush", env: REGISTRY },
    build: { link: (it) => it.link("build"), gives: "registryTasks", env: REGISTRY },
  },
});

const vault = target({
  type: "Microsoft.KeyVault/vaults",
  make: (context) => new KeyVault("t", { context, keys: ["wrap"] }),
  read: (at) => KeyVault.existing("t", at),
  links: {
    "vault read": { link: (it) => it.link("read"), gives: "secretsUser", env: VAULT },
    "vault write": { link: (it) => it.link("write"), gives: "secretsOfficer", env: VAULT },
    "secret read": { link: (it) => it.secret("s").link("read"), gives: "secretsUser", below: "/secrets/s", env: VAULT },
    "secret write": {
      link: (it) => it.secret("s").link("write"),
      gives: "secretsOfficer",
      below: "/secrets/s",
      env: VAULT,
    },
    "key use": {
      link: (it) => it.wrappingKey("wrap").link("use"),
      gives: "cryptoUser",
      below: "/keys/wrap",
      env: VAULT,
      after: "t-key-wrap",
    },
  },
});

const blob = "/blobServices/default/containers/pics";
const queue = "/queueServices/default/queues/mails";
const table = "/tableServices/default/tables/rows";
const storage = target({
  type: "Microsoft.Storage/storageAccounts",
  make: (context) =>
    new StorageAccount("t", {
      context,
      containers: ["pics"],
      queues: ["mails"],
      tables: ["rows"],
      shares: { docs: { quotaGib: 1 } },
    }),
  read: (at) => StorageAccount.existing("t", at),
  links: {
    "blob read": storageRow((it) => it.container("pics").link("read"), "blobReader", blob, "BLOB", "t-container-pics"),
    "blob write": storageRow(
      (it) => it.container("pics").link("readwrite"),
      "blobContributor",
      blob,
      "BLOB",
      "t-container-pics",
    ),
    "queue send": storageRow((it) => it.queue("mails").link("send"), "queueSender", queue, "QUEUE", "t-queue-mails"),
    "queue receive": storageRow(
      (it) => it.queue("mails").link("receive"),
      "queueProcessor",
      queue,
      "QUEUE",
      "t-queue-mails",
    ),
    "queue peek": storageRow((it) => it.queue("mails").link("peek"), "queueReader", queue, "QUEUE", "t-queue-mails"),
    "table read": storageRow((it) => it.table("rows").link("read"), "tableReader", table, "TABLE", "t-table-rows"),
    "table write": storageRow(
      (it) => it.table("rows").link("readwrite"),
      "tableContributor",
      table,
      "TABLE",
      "t-table-rows",
    ),
    "share write": storageRow(
      (it) => it.share("docs").link("readwrite"),
      "shareContributor",
      "/fileServices/default/fileshares/docs",
      "FILE",
      "t-share-docs",
    ),
  },
});

function storageRow(
  link: (component: StorageAccount) => LinkGrant,
  gives: RoleName,
  below: string,
  service: string,
  after: string,
): Row<StorageAccount> {
  return { link, gives, below, env: STORAGE(service), after };
}

const bus = target({
  type: "Microsoft.ServiceBus/namespaces",
  make: (context) =>
    new ServiceBus("t", { context, queues: { q: {} }, topics: { news: { subscriptions: { mail: {} } } } }),
  read: (at) => ServiceBus.existing("t", at),
  links: {
    "queue send": busRow((it) => it.queue("q").link("send"), "busSender", "/queues/q", "t-queue-q"),
    "queue receive": busRow((it) => it.queue("q").link("receive"), "busReceiver", "/queues/q", "t-queue-q"),
    "queue scale": busRow((it) => it.queue("q").link("scale"), "busOwner", "/queues/q", "t-queue-q"),
    "topic send": busRow((it) => it.topic("news").link("send"), "busSender", "/topics/news", "t-topic-news"),
    "subscription receive": busRow(
      (it) => it.topic("news").subscription("mail").link("receive"),
      "busReceiver",
      "/topics/news/subscriptions/mail",
      "t-subscription-news-mail",
    ),
    "subscription scale": busRow(
      (it) => it.topic("news").subscription("mail").link("scale"),
      "busOwner",
      "/topics/news/subscriptions/mail",
      "t-subscription-news-mail",
    ),
  },
});

function busRow(link: (it: ServiceBus) => LinkGrant, gives: RoleName, below: string, after: string): Row<ServiceBus> {
  return { link, gives, below, env: BUS, after };
}

const cosmos = target({
  type: "Microsoft.DocumentDB/databaseAccounts",
  make: (context) => new CosmosAccount("t", { context, databases: { d: { c: "/id" } } }),
  read: (at) => CosmosAccount.existing("t", at),
  links: {
    "database read": cosmosRow((it) => it.database("d").link("read"), "/dbs/d", COSMOS, "t-database-d"),
    "database write": cosmosRow((it) => it.database("d").link("readwrite"), "/dbs/d", COSMOS, "t-database-d"),
    "container read": cosmosRow(
      (it) => it.database("d").container("c").link("read"),
      "/dbs/d/colls/c",
      ["AZURE_COSMOS_CONTAINER", ...COSMOS],
      "t-container-d-c",
    ),
    "container write": cosmosRow(
      (it) => it.database("d").container("c").link("readwrite"),
      "/dbs/d/colls/c",
      ["AZURE_COSMOS_CONTAINER", ...COSMOS],
      "t-container-d-c",
    ),
  },
});

function cosmosRow(
  link: (it: CosmosAccount) => LinkGrant,
  below: string,
  env: readonly string[],
  after: string,
): Row<CosmosAccount> {
  return { link, gives: "cosmos", below, env, after };
}

const postgres = target({
  type: "Microsoft.DBforPostgreSQL/flexibleServers",
  make: (context) => new PostgresServer("t", { context, databases: ["d"] }),
  read: (at) => PostgresServer.existing("t", at),
  links: {
    read: postgresRow((it) => it.database("d").link("read"), [...POSTGRES, "PGOPTIONS"].sort()),
    readwrite: postgresRow((it) => it.database("d").link("readwrite"), POSTGRES),
    migrate: postgresRow((it) => it.database("d").link("migrate"), POSTGRES),
  },
});

function postgresRow(link: (it: PostgresServer) => LinkGrant, env: readonly string[]): Row<PostgresServer> {
  return { link, gives: "postgres", env, after: "t-database-d" };
}

const monitoring = target({
  type: "Microsoft.Insights/components",
  make: (context) => new Monitoring("t", { context, insights: true }),
  read: ({ context, resourceId }) =>
    Monitoring.existing("t", { context, resourceId: "/workspace", insightsResourceId: resourceId }),
  links: {
    publish: {
      link: (it) => it.link("publish"),
      gives: "metricsPublisher",
      env: ["APPLICATIONINSIGHTS_CONNECTION_STRING"],
    },
  },
});

function workload(context: AppContext) {
  const registryAt = { registryId: "/registry", loginServer: "r.azurecr.io" };
  const environment = new ContainerEnvironment("env", { context });
  return { context, environment, image: "i", registry: ContainerRegistry.existing("r", registryAt) };
}

const job = target({
  type: "Microsoft.App/jobs",
  make: (context) => new ContainerJob("t", workload(context)),
  read: (at) => ContainerJob.existing("t", at),
  links: { start: { link: (it) => it.link("start"), gives: "jobsOperator", env: [] } },
});

const app = target({
  type: "Microsoft.App/containerApps",
  make: (context) => new ContainerApp("t", { ...workload(context), ingress: { port: 80, external: true } }),
  read: (at) => ContainerApp.existing("t", at),
  links: { call: { link: (it) => it.link("call"), env: ["T_BASE_URL"] } },
});

const relay = target({
  type: "Microsoft.Relay/namespaces",
  make: (context) => new Relay("t", { context, hybridConnections: ["berlin"] }),
  read: (at) => Relay.existing("t", at),
  links: {
    send: relayRow((it) => it.connection("berlin").link("send"), "relaySender"),
    listen: relayRow((it) => it.connection("berlin").link("listen"), "relayListener"),
  },
});

function relayRow(link: (it: Relay) => LinkGrant, gives: RoleName): Row<Relay> {
  return { link, gives, below: "/hybridConnections/berlin", env: ["AZURE_RELAY_HOST"], after: "t-connection-berlin" };
}

const CONFIG = ["AZURE_APP_CONFIGURATION_ENDPOINT"];
const config = target({
  type: "Microsoft.AppConfiguration/configurationStores",
  make: (context) => new AppConfiguration("t", { context }),
  read: (at) => AppConfiguration.existing("t", at),
  links: {
    read: { link: (it) => it.link("read"), gives: "configReader", env: CONFIG },
    write: { link: (it) => it.link("write"), gives: "configOwner", env: CONFIG },
  },
});

const administrator = { kind: "Group", name: "dba", objectId: PRINCIPAL } as const;
const SQL = ["AZURE_SQL_DATABASE", "AZURE_SQL_SERVER"];
const sql = target({
  type: "Microsoft.Sql/servers",
  make: (context) => new SqlServerless("t", { context, administrator, databases: { d: {} } }),
  read: (at) => SqlServerless.existing("t", at),
  links: {
    // the rights are statements inside the database: no resource
    read: { link: (it) => it.database("d").link("read"), env: SQL },
    readwrite: { link: (it) => it.database("d").link("readwrite"), env: SQL },
    migrate: { link: (it) => it.database("d").link("migrate"), env: SQL },
  },
});

const functions = target({
  type: "Microsoft.Web/sites",
  make: (context) => new FunctionApp("t", { context, runtime: { name: "node" } }),
  read: (at) => FunctionApp.existing("t", at),
  links: { call: { link: (it) => it.link("call"), env: ["T_BASE_URL"] } },
});

const site = target({
  type: "Microsoft.Web/sites",
  make: (context) => {
    const known = ContainerRegistry.existing("r", { registryId: "/registry", loginServer: "r.azurecr.io" });
    return new WebAppForContainers("t", { context, registry: known, image: "i", port: 80 });
  },
  read: (at) => WebAppForContainers.existing("t", at),
  links: { call: { link: (it) => it.link("call"), env: ["T_BASE_URL"] } },
});

const sessions = target({
  type: "Microsoft.App/sessionPools",
  make: (context) => new SessionPool("t", { context, session: { kind: "python" } }),
  read: (at) => SessionPool.existing("t", at),
  links: {
    execute: { link: (it) => it.link("execute"), gives: "sessionExecutor", env: ["AZURE_SESSION_POOL_ENDPOINT"] },
  },
});

const publisher = { name: "Contoso", email: "owner@contoso.example" };
const api = { path: "chat", backend: "https://a.example.org", access: { kind: "entra", audience: "a" } } as const;
const gateway = target({
  type: "Microsoft.ApiManagement/service",
  make: (context) => new ApiManagement("t", { context, publisher, apis: { chat: api } }),
  read: (at) => ApiManagement.existing("t", at),
  links: { call: { link: (it) => it.api("chat").link("call"), env: ["T_CHAT_BASE_URL"] } },
});

/** By class. */
const TARGETS = {
  ApiManagement: gateway,
  AppConfiguration: config,
  ContainerApp: app,
  ContainerJob: job,
  ContainerRegistry: registry,
  CosmosAccount: cosmos,
  FunctionApp: functions,
  KeyVault: vault,
  Monitoring: monitoring,
  PostgresServer: postgres,
  Relay: relay,
  ServiceBus: bus,
  SessionPool: sessions,
  SqlServerless: sql,
  StorageAccount: storage,
  WebAppForContainers: site,
} as const;
for (const [name, each] of Object.entries(TARGETS)) matrix(name, each as Target<object>);

it("the matrix has a row for each access that the components offer, and no other", () => {
  const offered = Object.fromEntries(
    catalogue.components.flatMap(({ name, grants }) => (grants.length > 0 ? [[name, grants.length]] : [])),
  );
  const rows = Object.entries(TARGETS).map(([name, { links }]) => [name, Object.keys(links).length]);
  expect(Object.fromEntries(rows)).toEqual(offered);
});

it("every role that a link may give is given by a row, but for those that components and stacks give themselves", () => {
  const links = Object.values(TARGETS).flatMap(({ links }) => Object.values<Row<never>>(links));
  const given = new Set<string | undefined>(links.map(({ gives }) => gives));
  expect(Object.keys(ROLES).filter((role) => !given.has(role))).toEqual([
    "groupsContributor", // the platform's worker, for the groups of agents
    "blobDelegator", // the platform's API, for links to artifacts
    "logReader", // the platform's own reader of logs
    "blobOwner", // the host of a function on its own account
    "locksContributor", // whoever deploys
    "identityOperator", // a cluster on its own machines' identity
    "networkContributor", // the same, for the subnet of those groups
    "contributor",
    "accessAdministrator",
  ]);
});

function matrix<Component>(name: string, { type, make, read, links }: Target<Component>): void {
  it.each(Object.entries(links))(`${name}, made here: %s`, async (_, row) => {
    const { main, given, ...made } = await grant(type, (context) => row.link(make(context)));
    expect(made.env).toEqual(row.env);
    expect(given).toEqual(expectedRight(row, main, "rg"));
    if (row.after !== undefined) expect(made.order).toContain(row.after);
  });
  it.each(Object.entries(links))(`${name}, existing: %s`, async (_, row) => {
    const resourceId = `${ELSEWHERE}/${type}/existing`;
    const made = await grant(type, (context) => row.link(read({ context, resourceId })));
    expect(made.env).toEqual(row.env);
    expect(made.given).toEqual(expectedRight(row, resourceId, "shared"));
    expect(made.others).toEqual([]); // nothing is made but the right itself
    expect(made.reads).toContain(resourceId);
  });
}

/** What the consumer's right must look like in full, but for its generated name. */
function expectedRight(row: Row<never>, main: string, group: string): Readonly<Record<string, unknown>> | undefined {
  const scope = `${main}${row.below ?? ""}`;
  const name = main.split("/").at(-1);
  if (row.gives === undefined) return undefined;
  if (row.gives === "cosmos") {
    const role = expect.stringMatching(
      new RegExp(`^${main}/sqlRoleDefinitions/00000000-0000-0000-0000-00000000000[12]$`),
    );
    return { resourceGroupName: group, accountName: name, roleDefinitionId: role, principalId: PRINCIPAL, scope };
  }
  if (row.gives === "postgres") {
    const principal = { objectId: PRINCIPAL, principalName: "id-web", principalType: "ServicePrincipal" };
    return { resourceGroupName: group, serverName: name, tenantId: TENANT_ID, ...principal };
  }
  return {
    scope,
    roleDefinitionId: `/subscriptions/${SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/${ROLES[row.gives].id}`,
    principalId: PRINCIPAL,
    principalType: "ServicePrincipal",
    description: "DevFactory clinic: web to target",
  };
}

/** Gives a principal what a link describes, as a consumer would. */
async function grant(type: string, linkOf: (context: AppContext) => LinkGrant) {
  const made = await record(async () => {
    const context = testContext("dev");
    const link = linkOf(context);
    const principal = { label: "web", principalId: PRINCIPAL, name: "id-web" };
    new Access("web", { context, principal, grant: { ...link, key: "target" } });
    return Object.keys(await resolved(pulumi.output(link.env))).sort();
  });
  const raw = made.resources.filter((each) => each.custom);
  const right = raw.find((each) => each.parent === "web");
  const { roleAssignmentName: _name, roleAssignmentId: _id, ...given } = right?.inputs ?? {};
  return {
    env: made.result,
    given: right && given,
    order: right?.dependsOn ?? [],
    others: raw.filter((each) => each !== right).map(({ name }) => name),
    reads: made.reads.map(({ id }) => id),
    main: String(mainIdOf(type, right?.inputs)),
  };
}

/** The id of the main resource, from the scope or the role definition of the right. */
function mainIdOf(type: string, inputs: Readonly<Record<string, unknown>> = {}): string {
  const place = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg/providers/${type}/`;
  const name = inputs.serverName ?? String(inputs.scope).slice(place.length).split("/")[0];
  return `${place}${name}`;
}

it("the rights of Cosmos DB follow the access", async () => {
  for (const [access, last] of [
    ["read", "1"],
    ["readwrite", "2"],
  ] as const) {
    const { given } = await grant(cosmos.type, (context) => cosmos.make(context).database("d").link(access));
    expect(given?.roleDefinitionId).toMatch(
      new RegExp(`/sqlRoleDefinitions/00000000-0000-0000-0000-00000000000${last}$`),
    );
  }
});

it.each<[string, (context: AppContext) => unknown]>([
  ["a container", (context) => storage.make(context).container("x")],
  ["a storage queue", (context) => storage.make(context).queue("x")],
  ["a table", (context) => storage.make(context).table("x")],
  ["a share", (context) => storage.make(context).share("x")],
  ["a queue", (context) => bus.make(context).queue("x").link("send")],
  ["a topic", (context) => bus.make(context).topic("x")],
  ["a subscription", (context) => bus.make(context).topic("news").subscription("x")],
  ["a database", (context) => postgres.make(context).database("x")],
  ["a Cosmos database", (context) => cosmos.make(context).database("x")],
  ["a Cosmos container", (context) => cosmos.make(context).database("d").container("x")],
  ["a key", (context) => vault.make(context).wrappingKey("x")],
])("%s that was not declared cannot be linked", async (_, part) => {
  await expect(record(() => part(testContext("dev")))).rejects.toMatchObject({ code: "NOT_MADE" });
});
