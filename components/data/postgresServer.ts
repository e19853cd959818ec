import type * as pulumi from "@pulumi/pulumi";
import { dbforpostgresql } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { AppContext } from "../core/context.ts";
import type { LinkGrant } from "../core/link.ts";
import type { Profile } from "../core/profile.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";
import type { Network } from "../shared/network.ts";

const SKU = {
  dev: { name: "Standard_B1ms", tier: "Burstable" },
  standard: { name: "Standard_B2s", tier: "Burstable" },
  production: { name: "Standard_D2s_v3", tier: "GeneralPurpose" },
} as const satisfies Record<Profile, { readonly name: string; readonly tier: string }>;
const BACKUP_DAYS = { dev: 7, standard: 7, production: 35 } as const satisfies Record<Profile, number>;
const DEFAULT_PORT = 5432;
/** The name that the portal gives to this rule. */
const AZURE_SERVICES = "AllowAllAzureServicesAndResourcesWithinAzureIps";

/** Server settings of every profile: encrypted connections only, and a record of who connected. */
const SETTINGS = {
  require_secure_transport: "ON",
  ssl_min_protocol_version: "TLSv1.2",
  log_connections: "on",
  log_disconnections: "on",
  log_checkpoints: "on",
} as const;

export type PostgresAccess = "read" | "readwrite";

export interface PostgresServerArgs extends ComponentArgs {
  /** Databases: lower case letters, digits and `_`. Removing one deletes it with its data. */
  readonly databases: readonly string[];
  /** Disk in GB, billed as provisioned. @default 32. It can only grow. */
  readonly storageGb?: number;
  /**
   * Network that the server answers in, and nowhere else. @default none: a public address that `azureServices` must open. Chosen once:
   * changing this replaces the server with its data.
   */
  readonly network?: Network;
  /**
   * Lets any address inside Azure knock (rule 0.0.0.0 to 0.0.0.0); who enters is still decided by the Entra token alone. For apps
   * without a network, whose outbound addresses are shared and change. @default false: without it and a network nobody reaches the server
   */
  readonly azureServices?: boolean;
  /** Major version. @default "17". A change upgrades in place and cannot be undone. */
  readonly version?: "15" | "16" | "17";
  readonly transform?: {
    readonly server?: Transform<ArgsOf<typeof dbforpostgresql.Server>>;
    readonly "azure-services"?: Transform<ArgsOf<typeof dbforpostgresql.FirewallRule>>;
    readonly [setting: `setting-${string}`]: Transform<ArgsOf<typeof dbforpostgresql.Configuration>>;
    readonly [database: `database-${string}`]: Transform<ArgsOf<typeof dbforpostgresql.Database>>;
  };
}

/** One database, for links. */
export interface PostgresDatabase {
  readonly databaseName: string;
  link(access: PostgresAccess): LinkGrant;
}

/**
 * A relational database (Azure Database for PostgreSQL, flexible server). Creates `server`, `setting-<name>`, `azure-services` and `database-<name>`,
 * one after the other: the server takes one change at a time. Sign-in is by Entra token only, there is no password. Links per
 * database: both accesses make the consumer's identity an Entra administrator of the server; `read` opens its sessions read-only,
 * which guards against mistakes, not against the consumer. Environment: `PGHOST`, `PGPORT`, `PGDATABASE`, `PGUSER`, `PGSSLMODE` and
 * `POSTGRES_*`. Cost class: 16 USD a month in dev, over 50 in production.
 */
export class PostgresServer extends AzureComponent<PostgresServerArgs> {
  readonly serverId: pulumi.Output<string>;
  readonly serverName: pulumi.Output<string>;
  readonly host: pulumi.Output<string>;
  readonly port: pulumi.Output<string>;
  readonly #resourceGroupName: pulumi.Output<string>;
  readonly #last: pulumi.Resource;

  constructor(name: string, args: PostgresServerArgs, options?: pulumi.ComponentResourceOptions) {
    super("PostgresServer", name, args, options, ["server", "setting-*", "azure-services", "database-*"]);
    const { resourceGroupName } = args.context;
    const opts = args.network ? { dependsOn: [args.network] } : {}; // the zone must be linked before the server asks for it
    const server = this.child("server", dbforpostgresql.Server, serverArgs(args.context, args), opts);
    const below = { resourceGroupName, serverName: server.name };
    let last: pulumi.Resource = server;
    for (const [configurationName, value] of Object.entries(SETTINGS)) {
      const settings = { ...below, configurationName, value, source: "user-override" };
      const slot = `setting-${configurationName.replaceAll("_", "-")}`;
      last = this.child(slot, dbforpostgresql.Configuration, settings, { dependsOn: last });
    }
    if (args.azureServices) {
      const rule = { ...below, firewallRuleName: AZURE_SERVICES, startIpAddress: "0.0.0.0", endIpAddress: "0.0.0.0" };
      last = this.child("azure-services", dbforpostgresql.FirewallRule, rule, { dependsOn: last });
    }
    for (const databaseName of args.databases) {
      const database = { ...below, databaseName, charset: "UTF8", collation: "en_US.utf8" };
      last = this.child(`database-${databaseName}`, dbforpostgresql.Database, database, { dependsOn: last });
    }
    const address = server.fullyQualifiedDomainName.apply(splitAddress);
    this.serverId = server.id;
    this.serverName = server.name;
    this.host = address.host;
    this.port = address.port;
    this.#resourceGroupName = resourceGroupName;
    this.#last = last;
    this.registerOutputs({ serverName: this.serverName, host: this.host });
  }

  /** One of `databases`. @throws {ComponentError} `NOT_MADE` */
  database(databaseName: string): PostgresDatabase {
    this.node(`database-${databaseName}`);
    return {
      databaseName,
      link: (access) => ({
        key: `${this.key}-${databaseName}`,
        source: this.key,
        env: {
          PGHOST: this.host,
          PGPORT: this.port,
          PGDATABASE: databaseName,
          PGSSLMODE: "require",
          POSTGRES_HOST: this.host,
          POSTGRES_PORT: this.port,
          POSTGRES_DATABASE: databaseName,
          ...(access === "read" && { PGOPTIONS: "-c default_transaction_read_only=on" }),
        },
        identityNameEnv: ["PGUSER", "POSTGRES_USERNAME"],
        roles: [],
        data: [
          {
            kind: "postgres",
            resourceGroupName: this.#resourceGroupName,
            serverName: this.serverName,
            serverId: this.serverId,
          },
        ],
        prerequisites: [this.#last],
      }),
    };
  }
}

/** Host and port of `fullyQualifiedDomainName`: Azure names none, then it is 5432. */
export function splitAddress(address: string): { readonly host: string; readonly port: string } {
  const [host = "", port] = address.split(":");
  return { host, port: port ?? String(DEFAULT_PORT) };
}

function serverArgs(
  context: AppContext,
  args: Pick<PostgresServerArgs, "storageGb" | "version" | "network">,
): ArgsOf<typeof dbforpostgresql.Server> {
  const production = context.profile === "production";
  return {
    resourceGroupName: context.resourceGroupName,
    version: args.version ?? "17",
    createMode: "Default",
    sku: { ...SKU[context.profile] },
    storage: { storageSizeGB: args.storageGb ?? 32, autoGrow: production ? "Enabled" : "Disabled" },
    authConfig: { activeDirectoryAuth: "Enabled", passwordAuth: "Disabled", tenantId: context.tenantId },
    backup: {
      backupRetentionDays: BACKUP_DAYS[context.profile],
      geoRedundantBackup: production ? "Enabled" : "Disabled",
    },
    highAvailability: { mode: production ? "ZoneRedundant" : "Disabled" },
    network: args.network
      ? {
          delegatedSubnetResourceId: args.network.postgresSubnetId,
          privateDnsZoneArmResourceId: args.network.postgresZoneId,
          publicNetworkAccess: "Disabled",
        }
      : { publicNetworkAccess: "Enabled" },
  };
}
