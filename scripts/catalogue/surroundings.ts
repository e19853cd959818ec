import * as components from "../../components/index.ts";
import { SUBSCRIPTION_ID, TENANT_ID, testContext } from "../../components/testing/index.ts";

/**
 * What the examples of the doc comments take for granted: they name these values without declaring them. Each is made when an example
 * first asks for it, so that a recording holds nothing else.
 */
export class Surroundings {
  readonly context: components.AppContext;
  readonly image = `registry.example/shop/api@sha256:${"0".repeat(64)}`;
  readonly buildContext = "/src";
  readonly dockerfile = "/src/Dockerfile";
  readonly publisher = { name: "Contoso", email: "apis@contoso.example" };
  readonly administrator = { kind: "Group", name: "db-owners", objectId: TENANT_ID } as const;
  readonly principal = { label: "auditor", principalId: TENANT_ID, name: "auditor" };
  readonly operators = { objectId: TENANT_ID, groupName: "operators" };
  readonly actionGroupId =
    `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg/providers/Microsoft.Insights/actionGroups/owners`;
  readonly #made = new Map<string, unknown>();

  constructor(profile: components.Profile = "dev") {
    this.context = testContext(profile);
  }

  get environment(): components.ContainerEnvironment {
    return this.#once("environment", (name, context) => new components.ContainerEnvironment(name, { context }));
  }
  get registry(): components.ContainerRegistry {
    return this.#once("images", (name, context) => new components.ContainerRegistry(name, { context }));
  }
  get app(): Pick<components.ContainerAppArgs, "context" | "environment" | "registry" | "image"> {
    return { context: this.context, environment: this.environment, registry: this.registry, image: this.image };
  }
  get api(): components.ContainerApp {
    const ingress = { port: 8080, external: true };
    return this.#once("shop-api", (name) => new components.ContainerApp(name, { ...this.app, ingress }));
  }
  get vault(): components.KeyVault {
    return this.#once("secrets", (name, context) => new components.KeyVault(name, { context }));
  }
  get files(): components.StorageAccount {
    const containers = ["logs"];
    return this.#once("store", (name, context) => new components.StorageAccount(name, { context, containers }));
  }
  get database(): components.PostgresDatabase {
    const args = { databases: ["shop"], azureServices: true };
    const make = (name: string, context: components.AppContext) =>
      new components.PostgresServer(name, { context, ...args });
    return this.#once("postgres", make).database("shop");
  }
  get data(): components.CosmosAccount {
    const databases = { shop: { orders: "/customerId" } } as const;
    return this.#once("documents", (name, context) => new components.CosmosAccount(name, { context, databases }));
  }
  get bus(): components.ServiceBus {
    const queues = { mails: {} };
    return this.#once("messages", (name, context) => new components.ServiceBus(name, { context, queues }));
  }
  get network(): components.Network {
    return this.#once("inside", (name, context) => new components.Network(name, { context }));
  }
  get monitoring(): components.Monitoring {
    const make = (name: string, context: components.AppContext) =>
      new components.Monitoring(name, { context, insights: true });
    return this.#once("watch", make);
  }
  get relay(): components.Relay {
    const hybridConnections = ["berlin"];
    return this.#once("way-in", (name, context) => new components.Relay(name, { context, hybridConnections }));
  }
  get site(): components.StaticWebApp {
    return this.#once("pages", (name, context) => new components.StaticWebApp(name, { context }));
  }
  get entraApp(): components.EntraApp {
    const args = { displayName: "Shop", scopes: {}, roles: {}, redirectUris: [] };
    return this.#once("people", (name, context) => new components.EntraApp(name, { context, ...args }));
  }

  #once<Made>(name: string, make: (name: string, context: components.AppContext) => Made): Made {
    if (!this.#made.has(name)) this.#made.set(name, make(name, this.context));
    return this.#made.get(name) as Made;
  }
}

/** Names that an example may use without declaring them. */
export const SURROUNDING_NAMES: readonly string[] = [
  ...Object.keys(new Surroundings()),
  ...Object.entries(Object.getOwnPropertyDescriptors(Surroundings.prototype))
    .filter(([, { get }]) => get !== undefined)
    .map(([name]) => name),
];
