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
  KeyVault,
  KubernetesCluster,
  Network,
  Relay,
  SessionPool,
  SqlServerless,
  type VaultSecret,
  WebAppForContainers,
} from "@devfactory/components";
import { Secret } from "@pulumi/azure-native/keyvault/secret.js";
import * as pulumi from "@pulumi/pulumi";

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

// how far the domains are, one step with each deployment
const siteStep = (new pulumi.Config().get("step") ?? "records") as "records" | "verify" | "bind";
const edgeStep = siteStep === "bind" ? "bind" : "records";
const vault = new KeyVault("vault", { context });
const stored = new Secret(
  "gateway",
  {
    resourceGroupName: context.resourceGroupName,
    vaultName: vault.vaultName,
    secretName: "gateway",
    properties: { value: "a certificate, for all that the control plane knows" },
  },
  { retainOnDelete: true }, // goes with its vault; whoever deploys may not delete secrets
);
const certificate: VaultSecret = {
  url: vault.secret("gateway").url,
  link: (access) => ({ ...vault.secret("gateway").link(access), prerequisites: [stored] }),
};

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
  domain: { hostName: "api.example.org", step: siteStep },
  link: [relay.connection("berlin").link("send")],
});

const registry = new ContainerRegistry("img", { context });
const image = registry.loginServer.apply((host) => `${host}/shop@sha256:${"1".repeat(64)}`);
const shop = new WebAppForContainers("shop", {
  context,
  registry,
  image,
  network,
  domain: { hostName: "shop.example.org", step: siteStep },
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
  domain: { hostName: "gateway.example.org", step: edgeStep, certificate },
});

const door = new FrontDoor("door", {
  context,
  origins: { web: { host: shop.url.apply((url) => new URL(url).host) } },
  firewall: { requestsPerMinute: 600 },
  domain: { hostName: "www.example.org", step: edgeStep },
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

const domainsOf = [api, shop, gateway, door];
export const records = pulumi.all(domainsOf.map(({ domainRecords }) => domainRecords));
