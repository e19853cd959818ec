import * as pulumi from "@pulumi/pulumi";
import type { AlertRules } from "../core/alerts.ts";
import { cosmosdb } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import { CROSS_CUT_SLOTS, type CrossCutArgs, type CrossCutTransforms } from "../core/crossCut.ts";
import { type Existing, isExisting, resourceGroupOf } from "../core/existing.ts";
import type { LinkGrant } from "../core/link.ts";
import { endpointNetwork } from "../core/privateEndpoint.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

/** RU/s that a production account can never exceed, all databases together. */
const THROUGHPUT_LIMIT = 4000;
/** RU/s that a production database scales up to, from a tenth. */
const DATABASE_THROUGHPUT = 1000;

const ALERTS = {
  throttled: {
    metric: "TotalRequests",
    is: "GreaterThan",
    threshold: 100,
    by: "Count",
    severity: 2,
    says: "Requests are refused because the throughput is used up.",
    where: { dimension: "StatusCode", values: ["429"] },
  },
} as const satisfies AlertRules;

export type CosmosAccess = "read" | "readwrite";

/** Partition key by container name. */
export type CosmosContainers = Readonly<Record<string, `/${string}`>>;

/** How requests are paid. Changing the kind replaces the account with its data. */
export type CosmosCapacity =
  /** By request; nothing when idle. */
  | { readonly kind: "serverless" }
  /** By the hour: each database scales between a tenth of `maxThroughput` and all of it; `limit` bounds the account. RU/s. */
  | { readonly kind: "autoscale"; readonly maxThroughput: number; readonly limit: number };

export interface CosmosAccountArgs
  extends ComponentArgs,
    Pick<CrossCutArgs, "roleAssignments" | "privateEndpoints" | "diagnostics" | "lock" | "alerts"> {
  /** @default serverless; in production autoscale up to 1,000 RU/s for each database, 4,000 in all */
  readonly capacity?: CosmosCapacity;
  /** Containers by database. Changing a partition key replaces the container with its data. */
  readonly databases: Readonly<Record<string, CosmosContainers>>;
  readonly transform?: CrossCutTransforms & {
    readonly account?: Transform<ArgsOf<typeof cosmosdb.DatabaseAccount>>;
    readonly [database: `database-${string}`]: Transform<ArgsOf<typeof cosmosdb.SqlResourceSqlDatabase>>;
    readonly [container: `container-${string}`]: Transform<ArgsOf<typeof cosmosdb.SqlResourceSqlContainer>>;
  };
}

/** One database, for links. */
export interface CosmosDatabase {
  readonly databaseName: string;
  link(access: CosmosAccess): LinkGrant;
  /** One container of it: the smallest scope. @throws {ComponentError} `NOT_MADE` */
  container(containerName: string): { link(access: CosmosAccess): LinkGrant };
}

/**
 * Documents (Azure Cosmos DB for NoSQL). Creates `account`, `database-<name>`, `container-<database>-<name>`, and what the common options
 * ask for. Serverless; in production autoscale with a limit, zones and failover. Keys are off. Links per database or container:
 * `read`, `readwrite` → Cosmos DB's own Data Reader, Data Contributor, with `AZURE_COSMOS_ENDPOINT`, `AZURE_COSMOS_DATABASE` (and
 * `AZURE_COSMOS_CONTAINER`). The roles do not create containers: declare them here. Cost class: free when idle in dev and standard,
 * from 9 USD a month in production.
 *
 * Limits: a partition key is chosen once. An app cannot create containers of its own, nor change their throughput:
 * the data roles cover data only.
 *
 * @example A database with one container
 * ```ts
 * const data = new CosmosAccount("data", { context, databases: { shop: { orders: "/customerId" } } });
 * new ContainerApp("api", { ...app, link: [data.database("shop").link("readwrite")] });
 * ```
 *
 * @example Paid by the hour, with a bound
 * ```ts
 * const capacity = { kind: "autoscale", maxThroughput: 2000, limit: 4000 } as const;
 * new CosmosAccount("data", { context, capacity, databases: { shop: { orders: "/customerId" } } });
 * ```
 *
 * @example Each app its own container
 * ```ts
 * const databases = { shop: { orders: "/customerId", stock: "/warehouse" } } as const;
 * const shop = new CosmosAccount("data", { context, databases }).database("shop");
 * new ContainerApp("sales", { ...app, link: [shop.container("orders").link("readwrite"), shop.container("stock").link("read")] });
 * ```
 *
 * @example In a network only
 * ```ts
 * const inside = { context: network.within(context), privateEndpoints: true };
 * new CosmosAccount("data", { ...inside, databases: { shop: { orders: "/customerId" } } });
 * ```
 *
 * @example What no option covers: reads that see the last write everywhere
 * ```ts
 * new CosmosAccount("data", {
 *   context,
 *   databases: { shop: { orders: "/customerId" } },
 *   transform: { account: { consistencyPolicy: { defaultConsistencyLevel: "Strong" } } },
 * });
 * ```
 */
export class CosmosAccount extends AzureComponent<CosmosAccountArgs | Existing> {
  /** ARM id. */
  readonly accountId: pulumi.Output<string>;
  /** Physical name. */
  readonly accountName: pulumi.Output<string>;
  /** Address of the documents, with scheme. */
  readonly endpoint: pulumi.Output<string>;
  readonly #resourceGroupName: pulumi.Output<string>;

  constructor(name: string, args: CosmosAccountArgs | Existing, opts?: pulumi.ComponentResourceOptions) {
    super("CosmosAccount", name, args, opts, ["account", "database-*", "container-*", ...CROSS_CUT_SLOTS]);
    const account = isExisting(args)
      ? this.adopt("account", cosmosdb.DatabaseAccount, args.resourceId)
      : this.#make(args);
    this.accountId = account.id;
    this.accountName = account.name;
    this.endpoint = account.documentEndpoint;
    this.#resourceGroupName = isExisting(args) ? resourceGroupOf(args.resourceId) : args.context.resourceGroupName;
    this.registerOutputs({ accountName: this.accountName, endpoint: this.endpoint });
  }

  /** An account that somebody else manages: the same links to its parts, nothing made or changed. */
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): CosmosAccount {
    return new CosmosAccount(name, at, opts);
  }

  #make(args: CosmosAccountArgs): InstanceType<typeof cosmosdb.DatabaseAccount> {
    const { context } = args;
    const network = endpointNetwork(this.label, context, args.privateEndpoints);
    const capacity = args.capacity ?? defaultCapacity(context.profile === "production");
    const account = this.child("account", cosmosdb.DatabaseAccount, {
      ...accountArgs(args, this.location, capacity),
      ...(network && { publicNetworkAccess: "Disabled" }),
    });
    for (const [databaseName, containers] of Object.entries(args.databases)) {
      this.#makeDatabase(args, account.name, databaseName, containers, capacity);
    }
    this.crossCut({
      main: account,
      logs: [{ resourceId: account.id, group: "audit" }],
      ...(network && { endpoints: { network, links: ["cosmos"] } }),
      alerts: ALERTS,
      keepsData: true,
    });
    return account;
  }

  #makeDatabase(
    { context }: CosmosAccountArgs,
    accountName: pulumi.Output<string>,
    databaseName: string,
    containers: CosmosContainers,
    capacity: CosmosCapacity,
  ): void {
    const { resourceGroupName } = context;
    const database = this.child(`database-${databaseName}`, cosmosdb.SqlResourceSqlDatabase, {
      resourceGroupName,
      accountName,
      databaseName,
      resource: { id: databaseName },
      ...(capacity.kind === "autoscale" && {
        options: { autoscaleSettings: { maxThroughput: capacity.maxThroughput } },
      }),
    });
    for (const [containerName, path] of Object.entries(containers)) {
      this.child(`container-${databaseName}-${containerName}`, cosmosdb.SqlResourceSqlContainer, {
        resourceGroupName,
        accountName,
        databaseName: database.name,
        containerName,
        resource: { id: containerName, partitionKey: { paths: [path], kind: "Hash", version: 2 } },
      });
    }
  }

  /** One of `databases`. @throws {ComponentError} `NOT_MADE` */
  database(databaseName: string): CosmosDatabase {
    const env = { AZURE_COSMOS_ENDPOINT: this.endpoint, AZURE_COSMOS_DATABASE: databaseName };
    const prerequisites = this.partOf(`database-${databaseName}`);
    const names = { databaseName };
    const own = { key: `${this.key}-${databaseName}`, env, names, prerequisites, path: `dbs/${databaseName}` };
    return {
      databaseName,
      link: (access) => this.#grant(access, own),
      container: (containerName) => {
        const container = {
          key: `${own.key}-${containerName}`,
          env: { ...env, AZURE_COSMOS_CONTAINER: containerName },
          names: { databaseName, containerName },
          prerequisites: this.partOf(`container-${databaseName}-${containerName}`),
          path: `${own.path}/colls/${containerName}`,
        };
        return { link: (access) => this.#grant(access, container) };
      },
    };
  }

  #grant(
    access: CosmosAccess,
    part: Pick<LinkGrant, "key" | "env" | "names" | "prerequisites"> & { readonly path: string },
  ): LinkGrant {
    const { path, ...grant } = part;
    const data = {
      kind: "cosmos",
      access,
      resourceGroupName: this.#resourceGroupName,
      accountName: this.accountName,
      accountId: this.accountId,
      scope: pulumi.interpolate`${this.accountId}/${path}`,
    } as const;
    return { ...grant, source: this.key, roles: [], data: [data] };
  }
}

function defaultCapacity(production: boolean): CosmosCapacity {
  return production
    ? { kind: "autoscale", maxThroughput: DATABASE_THROUGHPUT, limit: THROUGHPUT_LIMIT }
    : { kind: "serverless" };
}

function accountArgs(
  { context }: CosmosAccountArgs,
  location: string,
  capacity: CosmosCapacity,
): ArgsOf<typeof cosmosdb.DatabaseAccount> {
  const production = context.profile === "production";
  return {
    resourceGroupName: context.resourceGroupName,
    kind: "GlobalDocumentDB",
    databaseAccountOfferType: "Standard",
    locations: [{ locationName: location, failoverPriority: 0, isZoneRedundant: production }],
    consistencyPolicy: { defaultConsistencyLevel: "Session" },
    ...(production && { enableAutomaticFailover: true }),
    ...(capacity.kind === "autoscale"
      ? { capacity: { totalThroughputLimit: capacity.limit } }
      : { capabilities: [{ name: "EnableServerless" }] }),
    disableLocalAuth: true,
    disableKeyBasedMetadataWriteAccess: true,
    minimalTlsVersion: "Tls12",
    backupPolicy: { type: "Continuous", continuousModeProperties: { tier: "Continuous7Days" } },
  };
}
