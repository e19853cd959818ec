import type * as pulumi from "@pulumi/pulumi";
import type { AlertRules } from "../core/alerts.ts";
import { type ArgumentCheck, argumentCheck, checkInteger, checkOneOf } from "../core/argument.ts";
import { dbforpostgresql } from "../core/azure.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import { CROSS_CUT_SLOTS, type CrossCutArgs, type CrossCutTransforms } from "../core/crossCut.ts";
import { ComponentError } from "../core/errors.ts";
import { type Existing, isExisting, resourceGroupOf } from "../core/existing.ts";
import type { LinkGrant } from "../core/link.ts";
import { endpointNetwork } from "../core/privateEndpoint.ts";
import type { Profile } from "../core/profile.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";
import type { Network } from "../shared/network.ts";
import { POSTGRES_DISKS, POSTGRES_SKUS, type PostgresDisk, type PostgresSku } from "./postgresSizes.ts";

const SKU = {
  dev: "Standard_B1ms",
  standard: "Standard_B2s",
  production: "Standard_D2s_v3",
} as const satisfies Record<Profile, PostgresSku>;
const BACKUP_DAYS = { dev: 7, standard: 7, production: 35 } as const satisfies Record<Profile, number>;
const DEFAULT_PORT = 5432;
/** The name that the portal gives to this rule. */
const AZURE_SERVICES = "AllowAllAzureServicesAndResourcesWithinAzureIps";

const DELEGATED = {
  needed: "a server without `network`",
  given: "a delegated subnet",
  why: "the server answers in that subnet already",
} as const;

/** Server settings of every profile: encrypted connections only, and a record of who connected. */
const SETTINGS = {
  require_secure_transport: "ON",
  ssl_min_protocol_version: "TLSv1.2",
  log_connections: "on",
  log_disconnections: "on",
  log_checkpoints: "on",
} as const;

const ALERTS = {
  storage: alert(
    "storage_percent",
    85,
    "Average",
    1,
    "The disk is nearly full; a full one makes the server read-only.",
  ),
  cpu: alert("cpu_percent", 90, "Average", 2, "The processor is busy all the time."),
  connections: alert("connections_failed", 10, "Total", 2, "Connections are refused."),
} as const satisfies AlertRules;

/** `migrate` changes the schema; it has the same rights as `readwrite` and says what they are for. */
export type PostgresAccess = "read" | "readwrite" | "migrate";

/** Azure chooses the zones where nobody does, and changes them with a failover: they are never put back. */
const CHOSEN_BY_AZURE = ["availabilityZone", "highAvailability.standbyAvailabilityZone"];

export interface PostgresServerArgs
  extends ComponentArgs,
    Pick<CrossCutArgs, "roleAssignments" | "privateEndpoints" | "diagnostics" | "lock" | "alerts"> {
  /** Size of the server. @default Standard_B1ms in dev, Standard_B2s in standard, Standard_D2s_v3 in production. Updates with a restart. */
  readonly sku?: PostgresSku;
  /** Databases: lower case letters, digits and `_`. Removing one deletes it with its data. */
  readonly databases: readonly string[];
  /** Disk in GB, billed as provisioned. @default 32. It can only grow. */
  readonly storageGb?: PostgresDisk;
  /** Days that the server can be restored to. @default 7, 35 in production. Updates. @minimum 7 @maximum 35 */
  readonly backupDays?: number;
  /** A second server in another zone, at twice the price; not on burstable SKUs. @default true in production. Updates. */
  readonly zoneRedundant?: boolean;
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
  /**
   * Entra groups whose members administer the server, by a name of your own; `groupName` is the group's display name, under which its
   * members sign in. @default none: only the identities that links bring. Changing one replaces its entry.
   */
  readonly administrators?: Readonly<Record<string, PostgresAdministrators>>;
  /**
   * What a link gives. `administrators`: the consumer's identity rules the server. `roles`: it is limited to its database, by the
   * statements of `allDatabaseSteps`, which one of `administrators` has to run before the consumer starts: it is refused at sign-in until
   * then. @default administrators
   */
  readonly rights?: "administrators" | "roles";
  /** Major version. @default "17". A change upgrades in place and cannot be undone. */
  readonly version?: "15" | "16" | "17";
  readonly transform?: CrossCutTransforms & {
    readonly server?: Transform<ArgsOf<typeof dbforpostgresql.Server>>;
    readonly "azure-services"?: Transform<ArgsOf<typeof dbforpostgresql.FirewallRule>>;
    readonly [setting: `setting-${string}`]: Transform<ArgsOf<typeof dbforpostgresql.Configuration>>;
    readonly [database: `database-${string}`]: Transform<ArgsOf<typeof dbforpostgresql.Database>>;
    readonly [group: `administrator-${string}`]: Transform<ArgsOf<typeof dbforpostgresql.AdministratorsMicrosoftEntra>>;
  };
}

/** An Entra group, or a program. */
export interface PostgresAdministrators {
  /** Of the group or the program's service principal, in Entra ID. */
  readonly objectId: pulumi.Input<string>;
  /** As Entra ID shows it; its members, or the program itself, sign in to the database under it. */
  readonly groupName: pulumi.Input<string>;
  /** @default Group */
  readonly kind?: "Group" | "ServicePrincipal";
}

/** One database, for links. */
export interface PostgresDatabase {
  readonly databaseName: string;
  link(access: PostgresAccess): LinkGrant;
}

/**
 * A relational database (Azure Database for PostgreSQL, flexible server). Creates `server`, `setting-<name>`, `azure-services`,
 * `database-<name>`, `administrator-<name>` and what the common options ask for, one after the other: the server takes one change at a time. Sign-in is by
 * Entra token only, there is no password. Links per database: every access makes the consumer's identity an Entra administrator of
 * the server; `read` opens its sessions read-only, which guards against mistakes, not against the consumer. With `rights: "roles"` a
 * consumer is limited to its database instead. Environment: `PGHOST`,
 * `PGPORT`, `PGDATABASE`, `PGUSER`, `PGSSLMODE` and `POSTGRES_*`. Cost class: 16 USD a month in dev, over 50 in production.
 *
 * Limits: the network is chosen once, storage never shrinks, and the server takes one change at a time.
 *
 * @example A server that apps of Azure reach
 * ```ts
 * const server = new PostgresServer("db", { context, databases: ["shop"], azureServices: true });
 * new ContainerApp("api", { ...app, link: [server.database("shop").link("migrate")] });
 * ```
 *
 * @example Larger, with a second server in another zone
 * ```ts
 * const size = { sku: "Standard_D4s_v3", storageGb: 128, zoneRedundant: true, backupDays: 35 } as const;
 * new PostgresServer("db", { context, databases: ["shop"], azureServices: true, ...size });
 * ```
 *
 * @example A private endpoint, and a report that cannot change by mistake what it reads
 * ```ts
 * const inside = { context: network.within(context), privateEndpoints: true };
 * const server = new PostgresServer("db", { ...inside, databases: ["shop"] });
 * new ContainerJob("report", { ...app, link: [server.database("shop").link("read")] });
 * ```
 *
 * @example In a network only, with a group that administers it
 * ```ts
 * new PostgresServer("db", { context, network, databases: ["shop"], administrators: { operators } });
 * ```
 *
 * @example What no option covers: the hour of maintenance
 * ```ts
 * const maintenanceWindow = { customWindow: "Enabled", dayOfWeek: 0, startHour: 3, startMinute: 0 };
 * new PostgresServer("db", {
 *   context,
 *   databases: ["shop"],
 *   azureServices: true,
 *   transform: { server: { maintenanceWindow } },
 * });
 * ```
 */
export class PostgresServer extends AzureComponent<PostgresServerArgs | Existing> {
  /** ARM id. */
  readonly serverId: pulumi.Output<string>;
  /** Physical name. */
  readonly serverName: pulumi.Output<string>;
  /** Host name, without a port. */
  readonly host: pulumi.Output<string>;
  /** Port, 5432 on Azure. */
  readonly port: pulumi.Output<string>;
  readonly #resourceGroupName: pulumi.Output<string>;
  readonly #roles: boolean;
  #last: pulumi.Resource | undefined;

  /** @throws {ComponentError} `OPTION_UNSUPPORTED` for zones on a burstable SKU, or an endpoint beside a delegated subnet */
  constructor(name: string, args: PostgresServerArgs | Existing, options?: pulumi.ComponentResourceOptions) {
    const slots = ["server", "setting-*", "azure-services", "database-*", "administrator-*", ...CROSS_CUT_SLOTS];
    super("PostgresServer", name, args, options, slots);
    this.#roles = !isExisting(args) && args.rights === "roles";
    const server = isExisting(args) ? this.adopt("server", dbforpostgresql.Server, args.resourceId) : this.#make(args);
    const address = server.fullyQualifiedDomainName.apply(splitAddress);
    this.serverId = server.id;
    this.serverName = server.name;
    this.host = address.host;
    this.port = address.port;
    this.#resourceGroupName = isExisting(args) ? resourceGroupOf(args.resourceId) : args.context.resourceGroupName;
    this.registerOutputs({ serverName: this.serverName, host: this.host });
  }

  /**
   * A server that somebody else manages: the same links to its databases. The server itself is not changed, but a link makes its
   * consumer one of the server's Entra administrators, as Postgres knows no narrower right from outside.
   */
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): PostgresServer {
    return new PostgresServer(name, at, opts);
  }

  #make(args: PostgresServerArgs): InstanceType<typeof dbforpostgresql.Server> {
    const { context } = args;
    checkRights(this.label, args);
    const network = endpointNetwork(this.label, context, args.privateEndpoints, args.network && DELEGATED);
    const opts = {
      ...(args.network && { dependsOn: [args.network] }), // the zone must be linked before the server asks for it
      ignoreChanges: CHOSEN_BY_AZURE,
    };
    const server = this.child(
      "server",
      dbforpostgresql.Server,
      serverArgs(this.label, args, network !== undefined),
      opts,
    );
    const below = { resourceGroupName: context.resourceGroupName, serverName: server.name };
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
    for (const [name, { objectId, groupName, kind = "Group" }] of Object.entries(args.administrators ?? {})) {
      const group = {
        ...below,
        objectId,
        principalName: groupName,
        principalType: kind,
        tenantId: context.tenantId,
      };
      const slot = `administrator-${name}`;
      last = this.child(slot, dbforpostgresql.AdministratorsMicrosoftEntra, group, { dependsOn: last });
    }
    this.crossCut({
      main: server,
      logs: [{ resourceId: server.id, group: "audit" }],
      ...(network && { endpoints: { network, links: ["postgres"], after: last } }),
      alerts: ALERTS,
      keepsData: true,
    });
    this.#last = last;
    return server;
  }

  /** One of `databases`. @throws {ComponentError} `NOT_MADE` */
  database(databaseName: string): PostgresDatabase {
    const database = this.partOf(`database-${databaseName}`);
    const prerequisites = this.#last ? [...database, this.#last] : database;
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
        names: { databaseName },
        identityNameEnv: ["PGUSER", "POSTGRES_USERNAME"],
        roles: [],
        data: [
          {
            kind: "postgres",
            resourceGroupName: this.#resourceGroupName,
            serverName: this.serverName,
            serverId: this.serverId,
            ...(this.#roles && { inside: { access, databaseName, host: this.host, port: this.port } }),
          },
        ],
        prerequisites,
      }),
    };
  }
}

function checkRights(component: string, { rights, administrators = {} }: PostgresServerArgs): void {
  if (rights !== "roles" || Object.keys(administrators).length > 0) return;
  const details = { needed: "one of `administrators`", given: "none", why: "somebody must run the statements" };
  throw new ComponentError("OPTION_UNSUPPORTED", { component, option: "rights", ...details });
}

/** Host and port of `fullyQualifiedDomainName`: Azure names none, then it is 5432. */
export function splitAddress(address: string): { readonly host: string; readonly port: string } {
  const [host = "", port] = address.split(":");
  return { host, port: port ?? String(DEFAULT_PORT) };
}

function serverArgs(
  label: string,
  args: PostgresServerArgs,
  hasEndpoint: boolean,
): ArgsOf<typeof dbforpostgresql.Server> {
  const { context } = args;
  const production = context.profile === "production";
  const sku = args.sku ?? SKU[context.profile];
  checkSizes(argumentCheck(label), sku, args);
  const burstable = sku.startsWith("Standard_B");
  if (args.zoneRedundant && burstable) {
    const details = {
      needed: "a general purpose or memory optimized SKU",
      given: sku,
      why: "burstable servers stand alone",
    };
    throw new ComponentError("OPTION_UNSUPPORTED", { component: label, option: "zoneRedundant", ...details });
  }
  const zones = args.zoneRedundant ?? (production && !burstable);
  return {
    resourceGroupName: context.resourceGroupName,
    version: args.version ?? "17",
    createMode: "Default",
    sku: {
      name: sku,
      tier: burstable ? "Burstable" : sku.startsWith("Standard_E") ? "MemoryOptimized" : "GeneralPurpose",
    },
    storage: { storageSizeGB: args.storageGb ?? 32, autoGrow: production ? "Enabled" : "Disabled" },
    authConfig: { activeDirectoryAuth: "Enabled", passwordAuth: "Disabled", tenantId: context.tenantId },
    backup: {
      backupRetentionDays: args.backupDays ?? BACKUP_DAYS[context.profile],
      geoRedundantBackup: production ? "Enabled" : "Disabled",
    },
    highAvailability: { mode: zones ? "ZoneRedundant" : "Disabled" },
    network: args.network
      ? {
          delegatedSubnetResourceId: args.network.postgresSubnetId,
          privateDnsZoneArmResourceId: args.network.postgresZoneId,
          publicNetworkAccess: "Disabled",
        }
      : { publicNetworkAccess: hasEndpoint ? "Disabled" : "Enabled" },
  };
}

function checkSizes(check: ArgumentCheck, sku: string, { storageGb = 32, backupDays = 7 }: PostgresServerArgs): void {
  checkOneOf(check, "sku", sku, POSTGRES_SKUS, "Azure has no other servers.");
  checkOneOf(check, "storageGb", storageGb, POSTGRES_DISKS, "Azure has no other disks.");
  checkInteger(check, "backupDays", backupDays, { min: 7, max: 35, why: "That is the range of the service." });
}

function alert(metric: string, threshold: number, by: "Average" | "Total", severity: 1 | 2, says: string) {
  return { metric, is: "GreaterThan", threshold, by, severity, minutes: 15, says } as const;
}
