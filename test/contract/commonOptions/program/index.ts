// Production with everything on, for the local Azure: endpoints, zones, locks, alerts, logs, roles, and resources that exist already.
import {
  Access,
  ContainerEnvironment,
  ContainerRegistry,
  CosmosAccount,
  createContext,
  KeyVault,
  Monitoring,
  Network,
  PostgresServer,
  ServiceBus,
  StaticWebApp,
  StorageAccount,
} from "@devfactory/components/index.ts";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
/** A lock keeps what is linked to something that exists from being taken back. */
const lock = config.getBoolean("unlocked") ? ({ lock: false } as const) : {};
const principalId = "44444444-4444-4444-8444-444444444444";
const base = createContext("common", {
  app: "common",
  stage: "prod",
  profile: "production",
  location: "eastus",
  subscriptionId: process.env.ARM_SUBSCRIPTION_ID ?? "",
  tenantId: process.env.ARM_TENANT_ID ?? "",
  seed: "contract",
  epoch: 0,
  tags: {},
});
const roleAssignments = { ops: { role: "logReader", principalId, principalType: "Group" } } as const;
const notify = { emails: { owner: "owner@example.org" } };
const monitoring = new Monitoring("monitoring", { context: base, notify, roleAssignments });
const network = new Network("network", { context: base });
const context = network.within(monitoring.within(base));

const vault = new KeyVault("vault", { context, keys: ["wrap"], ...lock });
const files = new StorageAccount("files", {
  context,
  containers: ["photos"],
  queues: ["mails"],
  tables: ["visits"],
  shares: { disk: { quotaGib: 10 } },
  ...lock,
});
const data = new CosmosAccount("data", { context, databases: { shop: { orders: "/id" } }, ...lock });
const db = new PostgresServer("db", { context, databases: ["shop"] });
const bus = new ServiceBus("bus", {
  context,
  sku: "Premium",
  queues: { jobs: {} },
  topics: { news: { subscriptions: { mail: {} } } },
  ...lock,
});
new ContainerRegistry("registry", { context, sku: "Premium", keepUntaggedDays: 7 });
new ContainerEnvironment("environment", { context, privateEndpoints: true });
new StaticWebApp("site", { context, lock: "CanNotDelete" });

// The same resources as somebody else would see them: read, and linked to.
const principal = { label: "reader", principalId, name: "reader" };
const sharedVault = KeyVault.existing("shared-vault", { context, resourceId: vault.ready });
const sharedFiles = StorageAccount.existing("shared-files", { context, resourceId: files.ready });
const sharedData = CosmosAccount.existing("shared-data", { context, resourceId: data.ready });
const sharedBus = ServiceBus.existing("shared-bus", { context, resourceId: bus.ready });
const links = [
  sharedVault.link("read"),
  sharedFiles.queue("mails").link("send"),
  sharedData.database("shop").container("orders").link("read"),
  sharedBus.topic("news").subscription("mail").link("receive"),
];
if (config.getBoolean("audited")) links.push(sharedBus.queue("jobs").link("receive"));
for (const grant of links) new Access(`reader-to-${grant.key}`, { context, principal, grant });

export const environment = pulumi.output(Object.assign({}, ...links.map(({ env }) => env)));
export const ready = pulumi.all([vault.ready, files.ready, data.ready, db.ready, bus.ready]);
