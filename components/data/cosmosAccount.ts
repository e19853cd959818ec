import * as pulumi from "@pulumi/pulumi";
import { cosmosdb } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { AppContext } from "../core/context.ts";
import type { LinkGrant } from "../core/link.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

/** RU/s that a production account can never exceed, all databases together. */
const THROUGHPUT_LIMIT = 4000;
/** RU/s that a production database scales up to, from a tenth. */
const DATABASE_THROUGHPUT = 1000;

export type CosmosAccess = "read" | "readwrite";

/** Partition key by container name. */
export type CosmosContainers = Readonly<Record<string, `/${string}`>>;

export interface CosmosAccountArgs extends ComponentArgs {
  /** Containers by database. Changing a partition key replaces the container with its data. */
  readonly databases: Readonly<Record<string, CosmosContainers>>;
  readonly transform?: {
    readonly account?: Transform<ArgsOf<typeof cosmosdb.DatabaseAccount>>;
    readonly [database: `database-${string}`]: Transform<ArgsOf<typeof cosmosdb.SqlResourceSqlDatabase>>;
    readonly [container: `container-${string}`]: Transform<ArgsOf<typeof cosmosdb.SqlResourceSqlContainer>>;
  };
}

/** One database, for links. */
export interface CosmosDatabase {
  readonly databaseName: string;
  link(access: CosmosAccess): LinkGrant;
}

/**
 * Documents (Azure Cosmos DB for NoSQL). Creates `account`, `database-<name>` and `container-<database>-<name>`. Serverless; in
 * production autoscale with a limit, zones and failover. Keys are off. Links per database: `read`, `readwrite` → Cosmos DB's own Data
 * Reader, Data Contributor, with `AZURE_COSMOS_ENDPOINT`, `AZURE_COSMOS_DATABASE`. The roles do not create containers: declare
 * them here. Cost class: free when idle in dev and standard, from 9 USD a month in production.
 */
export class CosmosAccount extends AzureComponent<CosmosAccountArgs> {
  readonly accountId: pulumi.Output<string>;
  readonly accountName: pulumi.Output<string>;
  readonly endpoint: pulumi.Output<string>;
  readonly #resourceGroupName: pulumi.Output<string>;

  constructor(name: string, args: CosmosAccountArgs, opts?: pulumi.ComponentResourceOptions) {
    super("CosmosAccount", name, args, opts, ["account", "database-*", "container-*"]);
    const { context } = args;
    const account = this.child("account", cosmosdb.DatabaseAccount, accountArgs(context));
    for (const [databaseName, containers] of Object.entries(args.databases)) {
      this.#makeDatabase(context, account.name, databaseName, containers);
    }
    this.accountId = account.id;
    this.accountName = account.name;
    this.endpoint = account.documentEndpoint;
    this.#resourceGroupName = context.resourceGroupName;
    this.registerOutputs({ accountName: this.accountName, endpoint: this.endpoint });
  }

  #makeDatabase(
    context: AppContext,
    accountName: pulumi.Output<string>,
    databaseName: string,
    containers: CosmosContainers,
  ): void {
    const { resourceGroupName } = context;
    const provisioned = context.profile === "production";
    const database = this.child(`database-${databaseName}`, cosmosdb.SqlResourceSqlDatabase, {
      resourceGroupName,
      accountName,
      databaseName,
      resource: { id: databaseName },
      ...(provisioned && { options: { autoscaleSettings: { maxThroughput: DATABASE_THROUGHPUT } } }),
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
    const database = this.node(`database-${databaseName}`);
    return {
      databaseName,
      link: (access) => ({
        key: `${this.key}-${databaseName}`,
        source: this.key,
        env: { AZURE_COSMOS_ENDPOINT: this.endpoint, AZURE_COSMOS_DATABASE: databaseName },
        roles: [],
        data: [
          {
            kind: "cosmos",
            access,
            resourceGroupName: this.#resourceGroupName,
            accountName: this.accountName,
            accountId: this.accountId,
            scope: pulumi.interpolate`${this.accountId}/dbs/${databaseName}`,
          },
        ],
        prerequisites: [database],
      }),
    };
  }
}

function accountArgs(context: AppContext): ArgsOf<typeof cosmosdb.DatabaseAccount> {
  const production = context.profile === "production";
  return {
    resourceGroupName: context.resourceGroupName,
    kind: "GlobalDocumentDB",
    databaseAccountOfferType: "Standard",
    locations: [{ locationName: context.location, failoverPriority: 0, isZoneRedundant: production }],
    consistencyPolicy: { defaultConsistencyLevel: "Session" },
    ...(production
      ? { capacity: { totalThroughputLimit: THROUGHPUT_LIMIT }, enableAutomaticFailover: true }
      : { capabilities: [{ name: "EnableServerless" }] }),
    disableLocalAuth: true,
    disableKeyBasedMetadataWriteAccess: true,
    minimalTlsVersion: "Tls12",
    backupPolicy: { type: "Continuous", continuousModeProperties: { tier: "Continuous7Days" } },
  };
}
