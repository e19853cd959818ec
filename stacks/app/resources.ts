import {
  AppConfiguration,
  type AppContext,
  type BusQueue,
  ContainerRegistry,
  CosmosAccount,
  type ImageStore,
  KeyVault,
  type LinkGrant,
  type Network,
  PostgresServer,
  Relay,
  ServiceBus,
  SqlServerless,
  StorageAccount,
} from "@devfactory/components/index.ts";
import type { Access, Resource } from "../spec/index.ts";
import { StackError } from "./errors.ts";
import type { Deployment } from "./settings.ts";

/** Who rules the databases of an app, besides its own identities. */
type People = Pick<Deployment, "operatorGroup" | "sqlAdministrator">;

/** A resource of the spec as services see it. */
export interface AppResource {
  /** Grants of one access level; a blob resource has one for each of its containers. */
  link(access: Access): readonly LinkGrant[];
  /** Only of a queue: scales its receivers. */
  readonly queue?: BusQueue;
  /** Only of a registry. */
  readonly registry?: ImageStore;
}

/** Makes the resources of an app, by name. All queues share one namespace, because its price is per namespace. */
export function makeResources(
  context: AppContext,
  resources: readonly Resource[],
  network: Network | undefined,
  people: People,
): ReadonlyMap<string, AppResource> {
  const queues = resources.filter((resource) => resource.kind === "queue");
  const bus =
    queues.length > 0
      ? new ServiceBus("bus", {
          context,
          queues: Object.fromEntries(queues.map(({ name, sessions }) => [name, { sessions }])),
        })
      : undefined;
  return new Map(resources.map((resource) => [resource.name, makeResource(context, resource, bus, network, people)]));
}

function makeResource(
  context: AppContext,
  resource: Resource,
  bus: ServiceBus | undefined,
  network: Network | undefined,
  people: People,
): AppResource {
  const { name } = resource;
  switch (resource.kind) {
    case "postgres": {
      const databaseName = databaseNameOf(name);
      const { storageGb, sku, highAvailability } = resource;
      const size = {
        storageGb,
        ...(sku && { sku }),
        ...(highAvailability !== undefined && { zoneRedundant: highAvailability }),
      };
      const databases = [databaseName];
      const reach = network ? { network } : { azureServices: true };
      const operators = people.operatorGroup ? { administrators: { operators: people.operatorGroup } } : {};
      const server = new PostgresServer(name, { context, databases, ...size, ...reach, ...operators });
      const database = server.database(databaseName);
      return { link: (access) => [database.link(access === "read" ? "read" : "readwrite")] };
    }
    case "cosmos": {
      const containers = resource.containers.map((each) => [each.name, each.partitionKey as `/${string}`] as const);
      const account = new CosmosAccount(name, { context, databases: { [name]: Object.fromEntries(containers) } });
      const database = account.database(name);
      return { link: (access) => [database.link(access === "read" ? "read" : "readwrite")] };
    }
    case "blob": {
      const { containers, sku } = resource;
      const account = new StorageAccount(name, { context, containers, ...(sku && { sku }) });
      const each = resource.containers.map((container) => account.container(container));
      return {
        link: (access) => each.map((container) => container.link(access === "read" ? "read" : "readwrite")),
      };
    }
    case "queue": {
      const queue = bus?.queue(name);
      if (!queue) return { link: () => [] };
      return { queue, link: (access) => [queue.link(access === "send" ? "send" : "receive")] };
    }
    case "secrets": {
      const vault = new KeyVault(name, { context });
      return { link: () => [vault.link("read")] };
    }
    case "sql": {
      const administrator = sqlAdministrator(name, people);
      const { freeOffer, pauseMinutes } = resource;
      const databases = { [name]: { freeOffer, pauseMinutes } };
      const reach = network ? { privateEndpoints: true } : {};
      const database = new SqlServerless(name, { context, databases, administrator, ...reach }).database(name);
      return { link: (access) => [database.link(access === "read" ? "read" : "readwrite")] };
    }
    case "relay": {
      const relay = new Relay(name, { context, hybridConnections: resource.connections });
      const each = resource.connections.map((connection) => relay.connection(connection));
      return { link: (access) => each.map((connection) => connection.link(access === "send" ? "send" : "listen")) };
    }
    case "config": {
      const config = new AppConfiguration(name, { context, ...(resource.sku && { sku: resource.sku }) });
      return { link: () => [config.link("read")] };
    }
    case "gateway":
      return { link: () => [] }; // made after the services that it stands before
    case "registry": {
      const registry = new ContainerRegistry(name, { context, ...(resource.sku && { sku: resource.sku }) });
      return { registry, link: () => [registry.link("pull")] };
    }
  }
}

/** Who was named, else the people who run the platform. @throws {StackError} `CONFIG_INVALID` when neither is known */
function sqlAdministrator(name: string, { sqlAdministrator: named, operatorGroup }: People) {
  if (named) return named;
  if (operatorGroup) return { kind: "Group", name: operatorGroup.groupName, objectId: operatorGroup.objectId } as const;
  const problem = `${name} needs sqlAdministrator or operatorGroup`;
  throw new StackError("CONFIG_INVALID", { key: "devfactory:deployment", problem });
}

/** A name that needs no quotes in SQL: `order-book` → `order_book`. */
export function databaseNameOf(name: string): string {
  return name.replaceAll("-", "_");
}
