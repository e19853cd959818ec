import * as pulumi from "@pulumi/pulumi";
import type { AlertRule } from "../core/alerts.ts";
import { type ArgumentCheck, argumentCheck, checkInteger, checkNames } from "../core/argument.ts";
import { sql } from "../core/azureOnDemand.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { AppContext } from "../core/context.ts";
import { CROSS_CUT_SLOTS, type CrossCutArgs, type CrossCutTransforms } from "../core/crossCut.ts";
import { type Existing, isExisting } from "../core/existing.ts";
import type { LinkGrant } from "../core/link.ts";
import { type EndpointRefusal, endpointNetwork } from "../core/privateEndpoint.ts";
import type { Profile } from "../core/profile.ts";
import type { SqlAccess } from "../core/sqlAccess.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

/**
 * Most vCores of a serverless database and the GB that it may then hold (General Purpose, Gen5). At least an eighth of the vCores is
 * kept while it is awake. Source: Microsoft Learn, "Resource limits for single databases using the vCore purchasing model".
 */
const MAX_GB = {
  1: 512,
  2: 1024,
  4: 1024,
  6: 1536,
  8: 2048,
  10: 2048,
  12: 3072,
  14: 3072,
  16: 3072,
  18: 3072,
  20: 3072,
  24: 4096,
  32: 4096,
  40: 4096,
  80: 4096,
} as const;
/** Limits of the free offer. Source: Microsoft Learn, "Deploy Azure SQL Database for free". */
const FREE = { maxVcores: 4, maxGb: 32 } as const;
const MAX_VCORES = { dev: 1, standard: 2, production: 4 } as const satisfies Record<Profile, keyof typeof MAX_GB>;
const MAX_SIZE_GB = 32;
/** Who did what, to Azure Monitor: it arrives where the diagnostic setting of the database `master` sends it. */
const AUDIT = { isAzureMonitorTargetEnabled: true, retentionDays: 90 } as const;
const BYTES_PER_GB = 1024 ** 3;
const PAUSE_MINUTES = { min: 15, max: 10_080, default: 60 } as const;
/** Public addresses in all: a longer list is a network that nobody oversees. */
const MAX_ADDRESSES = 10;

/** Source: Microsoft Learn, "Naming rules and restrictions for Azure resources", Microsoft.Sql. */
const DATABASE_NAME = {
  pattern: /^(?!(?:master|model|msdb|tempdb)$)[A-Za-z0-9](?:[A-Za-z0-9_-]{0,126}[A-Za-z0-9])?$/,
  allowed: "1 to 128 letters, digits, hyphens and underscores, a letter or digit at both ends, no system database",
  why: "Azure SQL takes few others, and programs would have to quote them.",
};

/** Metric of one database. Source: Microsoft Learn, "Supported metrics for Microsoft.Sql/servers/databases"; published alert rules use it. Checked 2026-11-28. */
const FULL = {
  metric: "storage_percent",
  is: "GreaterThan",
  threshold: 85,
  by: "Maximum",
  severity: 2,
  minutes: 15,
  says: "The database is nearly full; at its limit it takes no more data. Raise maxSizeGb.",
} as const satisfies AlertRule;

export interface SqlDatabaseOptions {
  /** Most vCores at once: 1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 24, 32, 40 or 80. @default 1 in dev, 2 in standard, 4 in production. Updates. */
  readonly maxVcores?: number;
  /** vCores that are kept, and billed, while it is awake: 0.5 to `maxVcores`, a multiple of 0.25, at least an eighth of it. @default the least */
  readonly minVcores?: number;
  /** Minutes without a connection until it sleeps. @default 60. Asleep it costs its disk only; the first query waits a minute. @minimum 15 @maximum 10080 */
  readonly pauseMinutes?: number;
  /** GB that it may hold. @default 32 */
  readonly maxSizeGb?: number;
  /**
   * The free offer: 100,000 vCore seconds a month, then it sleeps until the next one. Up to 4 vCores and 32 GB, ten databases of a
   * subscription. @default false. Chosen once: turning it on later replaces the database with its data.
   */
  readonly freeOffer?: boolean;
}

export interface SqlServerlessArgs
  extends ComponentArgs,
    Pick<CrossCutArgs, "roleAssignments" | "privateEndpoints" | "diagnostics" | "lock" | "alerts"> {
  /** Databases by name. Removing one deletes it with its data. */
  readonly databases: Readonly<Record<string, SqlDatabaseOptions>>;
  /** Who rules the server, by Entra ID; a group, so that people can change. Runs the statements of `sqlSteps`. Updates. */
  readonly administrator: {
    /** A group outlives the people in it. */
    readonly kind: "Group" | "User" | "Application";
    /** As Entra ID shows it. */
    readonly name: pulumi.Input<string>;
    /** In Entra ID; of an application its client id. */
    readonly objectId: pulumi.Input<string>;
  };
  /** Public addresses that may knock, by name. @default none: the server has no public address at all. With some it gets no endpoint. */
  readonly addresses?: Readonly<
    Record<
      string,
      {
        /** First address of the range, IPv4. */
        readonly from: string;
        /** Last address of the range. */
        readonly to: string;
      }
    >
  >;
  readonly transform?: CrossCutTransforms & {
    readonly server?: Transform<ArgsOf<typeof sql.Server>>;
    readonly audit?: Transform<ArgsOf<typeof sql.ExtendedServerBlobAuditingPolicy>>;
    readonly threats?: Transform<ArgsOf<typeof sql.ServerSecurityAlertPolicy>>;
    readonly [database: `database-${string}`]: Transform<ArgsOf<typeof sql.Database>>;
    readonly [address: `address-${string}`]: Transform<ArgsOf<typeof sql.FirewallRule>>;
  };
}

/** One database, for links. */
export interface SqlDatabase {
  readonly databaseName: string;
  link(access: SqlAccess): LinkGrant;
}

/**
 * A relational database that sleeps when nobody asks (Azure SQL Database, serverless). Creates `server`, `database-<name>`,
 * `address-<name>`, `audit` in production and wherever its logs go to a workspace, in production `threats` (Microsoft Defender, 15 USD a
 * month for the server), and what the common options ask for; `alert-full-<database>` for each database.
 *
 * Grants per database, inside it: `read` → db_datareader, `readwrite` → with db_datawriter, `migrate` → with db_ddladmin, and
 * `AZURE_SQL_SERVER`, `AZURE_SQL_DATABASE`. No call of ARM gives them: `sqlSteps` lists the statements, and until they ran the
 * consumer is refused at sign-in. There is no password. Defaults: up to 1 vCore and local backup in dev (free by the free offer, else
 * under 5 USD a month when mostly asleep), 2 in standard, 4 with zones and zone-redundant backup in production (over 50 awake).
 *
 * Limits: a connection that stays open, a health check too, keeps a database awake. The address of all Azure services (0.0.0.0) is
 * refused: use addresses or a private endpoint. The server's identity needs Directory Readers to look users up.
 *
 * @example Free, for an app that reads
 * ```ts
 * const sql = new SqlServerless("sql", { context, administrator, databases: { inventory: { freeOffer: true } } });
 * new ContainerApp("api", { ...app, link: [sql.database("inventory").link("read")] });
 * ```
 *
 * @example Larger, and asleep only after two hours
 * ```ts
 * const inventory = { maxVcores: 8, minVcores: 1, pauseMinutes: 120, maxSizeGb: 64 };
 * new SqlServerless("sql", { context, administrator, databases: { inventory } });
 * ```
 *
 * @example A job that changes tables; `sqlSteps` says what to run inside the database first
 * ```ts
 * const sql = new SqlServerless("sql", { context, administrator, databases: { inventory: {} } });
 * new ContainerJob("migrate", { ...app, link: [sql.database("inventory").link("migrate")] });
 * ```
 *
 * @example Reached from one office
 * ```ts
 * const addresses = { office: { from: "203.0.113.10", to: "203.0.113.20" } };
 * new SqlServerless("sql", { context, administrator, addresses, databases: { inventory: {} } });
 * ```
 *
 * @example In a network only
 * ```ts
 * const inside = { context: network.within(context), privateEndpoints: true };
 * new SqlServerless("sql", { ...inside, administrator, databases: { inventory: {} } });
 * ```
 */
export class SqlServerless extends AzureComponent<SqlServerlessArgs | Existing> {
  /** ARM id. */
  readonly serverId: pulumi.Output<string>;
  /** Physical name. */
  readonly serverName: pulumi.Output<string>;
  /** Host name of the server. */
  readonly host: pulumi.Output<string>;
  /** Identity of the server, which looks users up in the directory. */
  readonly principalId: pulumi.Output<string>;

  /** @throws {ComponentError} `ARGUMENT_INVALID`, `OPTION_UNSUPPORTED` for an endpoint beside addresses */
  constructor(name: string, args: SqlServerlessArgs | Existing, opts?: pulumi.ComponentResourceOptions) {
    if (!isExisting(args)) checkArgs(argumentCheck(`SqlServerless ${name}`), args);
    const slots = ["server", "audit", "threats", "database-*", "address-*", ...CROSS_CUT_SLOTS];
    super("SqlServerless", name, args, opts, slots);
    const server = isExisting(args) ? this.adopt("server", sql.Server, args.resourceId) : this.#make(args);
    this.serverId = server.id;
    this.serverName = server.name;
    this.host = server.fullyQualifiedDomainName;
    this.principalId = server.identity.apply((identity) => identity?.principalId ?? "");
    this.registerOutputs({ serverName: this.serverName, host: this.host });
  }

  /** A server that somebody else manages: the same links to its databases, nothing made or changed. */
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): SqlServerless {
    return new SqlServerless(name, at, opts);
  }

  #make(args: SqlServerlessArgs): InstanceType<typeof sql.Server> {
    const { context } = args;
    const network = endpointNetwork(this.label, context, args.privateEndpoints, closedOnly(args));
    const server = this.child("server", sql.Server, serverArgs(args));
    const below = { resourceGroupName: context.resourceGroupName, serverName: server.name };
    this.#watch(args, below);
    const databases = Object.entries(args.databases).map(([databaseName, options]) => {
      const database = { ...below, databaseName, ...databaseArgs(context, this.location, options) };
      return [databaseName, this.child(`database-${databaseName}`, sql.Database, database)] as const;
    });
    for (const [firewallRuleName, { from, to }] of Object.entries(args.addresses ?? {})) {
      const rule = { ...below, firewallRuleName, startIpAddress: from, endIpAddress: to };
      this.child(`address-${firewallRuleName}`, sql.FirewallRule, rule);
    }
    this.crossCut({
      main: server,
      logs: [{ resourceId: pulumi.interpolate`${server.id}/databases/master`, group: "audit" }],
      ...(network && { endpoints: { network, links: ["sql"] } }),
      alerts: Object.fromEntries(databases.map(([name, on]) => [`full-${name}`, { ...FULL, on }])),
      keepsData: true,
    });
    return server;
  }

  #watch({ context, diagnostics }: SqlServerlessArgs, below: Below): void {
    const production = context.profile === "production";
    const logged = (diagnostics ?? context.workspaceId !== undefined) !== false;
    if (production || logged) {
      const audit = { blobAuditingPolicyName: "default", state: "Enabled", ...AUDIT } as const;
      this.child("audit", sql.ExtendedServerBlobAuditingPolicy, { ...below, ...audit });
    }
    if (!production) return;
    const threats = { securityAlertPolicyName: "Default", state: "Enabled" } as const;
    this.child("threats", sql.ServerSecurityAlertPolicy, { ...below, ...threats });
  }

  /** One of `databases`. @throws {ComponentError} `NOT_MADE` */
  database(databaseName: string): SqlDatabase {
    const prerequisites = this.partOf(`database-${databaseName}`);
    const databaseId = pulumi.interpolate`${this.serverId}/databases/${databaseName}`;
    const key = `${this.key}-${databaseName}`;
    return {
      databaseName,
      link: (access) => ({
        key,
        source: key, // two databases of one server have different variables
        env: { AZURE_SQL_SERVER: this.host, AZURE_SQL_DATABASE: databaseName },
        names: { databaseName },
        roles: [],
        data: [{ kind: "sql", access, host: this.host, databaseName, databaseId }],
        prerequisites,
      }),
    };
  }
}

interface Below {
  readonly resourceGroupName: pulumi.Output<string>;
  readonly serverName: pulumi.Output<string>;
}

function closedOnly({ addresses }: SqlServerlessArgs): EndpointRefusal | undefined {
  const given = Object.keys(addresses ?? {}).join(", ");
  if (given === "") return undefined;
  return { needed: "no addresses", given, why: "an endpoint closes the public address that they would knock at" };
}

function serverArgs({ context, administrator, addresses }: SqlServerlessArgs): ArgsOf<typeof sql.Server> {
  return {
    resourceGroupName: context.resourceGroupName,
    version: "12.0",
    minimalTlsVersion: "1.2",
    identity: { type: "SystemAssigned" },
    administrators: {
      administratorType: "ActiveDirectory",
      azureADOnlyAuthentication: true,
      principalType: administrator.kind,
      login: administrator.name,
      sid: administrator.objectId,
      tenantId: context.tenantId,
    },
    publicNetworkAccess: Object.keys(addresses ?? {}).length > 0 ? "Enabled" : "Disabled",
    restrictOutboundNetworkAccess: "Enabled",
  };
}

function databaseArgs(context: AppContext, location: string, options: SqlDatabaseOptions) {
  const { profile } = context;
  const zones = profile === "production" && !options.freeOffer;
  const vcores = options.maxVcores ?? MAX_VCORES[profile];
  return {
    location,
    tags: { ...context.tags },
    sku: { name: "GP_S_Gen5", tier: "GeneralPurpose", family: "Gen5", capacity: vcores },
    minCapacity: options.minVcores ?? leastVcores(vcores),
    autoPauseDelay: options.pauseMinutes ?? PAUSE_MINUTES.default,
    maxSizeBytes: (options.maxSizeGb ?? MAX_SIZE_GB) * BYTES_PER_GB,
    zoneRedundant: zones,
    requestedBackupStorageRedundancy: zones ? "Zone" : "Local",
    ...(options.freeOffer && { useFreeLimit: true, freeLimitExhaustionBehavior: "AutoPause" }),
  };
}

function leastVcores(maxVcores: number): number {
  return Math.max(0.5, maxVcores / 8);
}

function checkArgs(check: ArgumentCheck, args: SqlServerlessArgs): void {
  checkNames(check, "databases", Object.keys(args.databases), DATABASE_NAME);
  for (const [name, options] of Object.entries(args.databases)) checkDatabase(check, name, options, args.context);
  const addresses = Object.entries(args.addresses ?? {});
  check("addresses", addresses.length, addresses.length <= MAX_ADDRESSES, {
    allowed: `at most ${MAX_ADDRESSES}`,
    why: "A longer list hides what is open; use a private endpoint.",
  });
  for (const [name, { from, to }] of addresses) {
    const [low, high] = [ipv4(from), ipv4(to)];
    check("addresses", `${name} ${from} to ${to}`, low !== undefined && high !== undefined && low > 0 && low <= high, {
      allowed: "two IPv4 addresses in order, the first not 0.0.0.0",
      why: "0.0.0.0 opens the server to every customer of Azure.",
    });
  }
}

function checkDatabase(check: ArgumentCheck, name: string, options: SqlDatabaseOptions, context: AppContext): void {
  const { maxVcores = MAX_VCORES[context.profile], freeOffer = false, maxSizeGb = MAX_SIZE_GB } = options;
  const at = (option: string) => `databases.${name}.${option}`;
  const sizes = Object.entries(MAX_GB).filter(([vcores]) => !freeOffer || Number(vcores) <= FREE.maxVcores);
  const size = sizes.find(([vcores]) => Number(vcores) === maxVcores);
  check(at("maxVcores"), maxVcores, size !== undefined, {
    allowed: sizes.map(([vcores]) => vcores).join(", "),
    why: freeOffer ? "The free offer ends at 4." : "These are the sizes of the serverless tier.",
  });
  const least = leastVcores(maxVcores);
  const minVcores = options.minVcores ?? least;
  check(at("minVcores"), minVcores, minVcores >= least && minVcores <= maxVcores && Number.isInteger(minVcores * 4), {
    allowed: `multiples of 0.25 from ${least} to ${maxVcores}`,
    why: `That is the range of the serverless tier with ${maxVcores} vCores at most.`,
  });
  checkInteger(check, at("pauseMinutes"), options.pauseMinutes ?? PAUSE_MINUTES.default, {
    ...PAUSE_MINUTES,
    why: "A database that never sleeps costs what a server costs.",
  });
  const max = freeOffer ? FREE.maxGb : (size?.[1] ?? 0);
  checkInteger(check, at("maxSizeGb"), maxSizeGb, {
    min: 1,
    max,
    why: freeOffer ? "The free offer ends at 32 GB." : `A database of ${maxVcores} vCores holds no more.`,
  });
}

/** The number of an IPv4 address. */
function ipv4(text: string): number | undefined {
  const parts = text
    .split(".")
    .map((part) => (/^\d{1,3}$/.test(part) && Number(part) < 256 ? Number(part) : Number.NaN));
  return parts.length === 4 && !parts.some(Number.isNaN)
    ? parts.reduce((number, part) => number * 256 + part, 0)
    : undefined;
}
