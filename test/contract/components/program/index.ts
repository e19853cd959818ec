// One program with a component of each tier that no stack of the project uses yet.
import {
  ApiManagement,
  AppConfiguration,
  Budget,
  ContainerGroup,
  ContainerRegistry,
  createContext,
  FrontDoor,
  FunctionApp,
  GitHubFederation,
  KubernetesCluster,
  Network,
  Relay,
  SessionPool,
  SqlServerless,
  WebAppForContainers,
} from "@devfactory/components";

const context = createContext("group", {
  app: "tiers",
  stage: "dev",
  profile: "dev",
  location: "eastus",
  subscriptionId: String(process.env.ARM_SUBSCRIPTION_ID),
  tenantId: String(process.env.ARM_TENANT_ID),
  seed: "tiers",
  epoch: 0,
  tags: { suite: "contract" },
});

const network = new Network("network", { context });

const relay = new Relay("onprem", { context, hybridConnections: ["berlin"] });

const config = new AppConfiguration("config", { context, values: { "log:level": "info" }, features: { beta: false } });

const sql = new SqlServerless("sql", {
  context: { ...context, profile: "production" }, // with what only production has

  databases: { inventory: { freeOffer: true } },
  administrator: { kind: "Application", name: "operator", objectId: String(process.env.DEVFACTORY_OPERATOR_OBJECT_ID) },
  addresses: { office: { from: "203.0.113.1", to: "203.0.113.9" } },
});

const api = new FunctionApp("api", {
  context,
  runtime: { name: "node" },
  network,
  link: [relay.connection("berlin").link("send")],
});

const registry = new ContainerRegistry("img", { context });
const image = registry.loginServer.apply((host) => `${host}/shop@sha256:${"1".repeat(64)}`);
const shop = new WebAppForContainers("shop", {
  context,
  registry,
  image,
  network,
  port: 8080,
  link: [api.link("call")],
});

const sandbox = new SessionPool("sandbox", { context, session: { kind: "python" } });

new ContainerGroup("agent", {
  context,
  registry,
  image,
  network,
  ports: [8080],
  link: [relay.connection("berlin").link("listen"), sql.database("inventory").link("read")],
});

new Budget("budget", { context, monthlyAmount: 50, firstMonth: "2027-01", emails: ["owner@contoso.example"] });

new GitHubFederation("delivery", {
  context,
  repository: "contoso/shop",
  subjects: [
    { kind: "environment", name: "production" },
    { kind: "branch", name: "main" },
  ],
  roles: { images: { role: "acrPush", scope: registry.registryId } },
});

const gateway = new ApiManagement("gateway", {
  context,
  publisher: { name: "Contoso", email: "api@contoso.example" },
  apis: {
    chat: { path: "chat", backend: api.url, access: { kind: "entra", audience: "api://chat" } },
    data: { path: "data", backend: shop.url, access: { kind: "subscription" } },
  },
  products: { partners: { title: "Partners", apis: ["data"] } },
});

const door = new FrontDoor("door", {
  context,
  origins: { web: { host: shop.url.apply((url) => new URL(url).host) } },
  firewall: { requestsPerMinute: 600 },
});

const cluster = new KubernetesCluster("cluster", {
  context,
  registry,
  workloads: { shop: { namespace: "shop", serviceAccount: "api", link: [config.link("read")] } },
});

export const addresses = {
  relay: relay.connection("berlin").address,
  config: config.endpoint,
  sql: sql.host,
  api: api.url,
  shop: shop.url,
  sandbox: sandbox.endpoint,
  gateway: gateway.api("chat").url,
  door: door.url,
  cluster: cluster.issuerUrl,
};
