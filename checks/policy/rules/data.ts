import type { PlannedResource } from "../../plan/resource.ts";
import { isUnknown } from "../../plan/resource.ts";
import { anyOf, between, custom, every, is, missing, oneOf, present } from "../check.ts";
import { valueAt, valuesAt, withValue } from "../path.ts";
import { type PlanIndex, pointsAt } from "../planIndex.ts";
import type { RuleSet } from "../rule.ts";

const COSMOS = "azure-native:cosmosdb:DatabaseAccount";
/** Most RU/s that anything may scale to without a waiver. */
const MAX_THROUGHPUT = 10_000;
const NO_LIMIT = Number.POSITIVE_INFINITY;

/** Cosmos DB, SQL API. */
export const COSMOS_DB: RuleSet = {
  CO01: { checks: [is("disableLocalAuth", true)] },
  CO02: { checks: [is("disableKeyBasedMetadataWriteAccess", true)] },
  CO03: { checks: [is("minimalTlsVersion", "Tls12", { absent: "pass" })] },
  CO04: {
    checks: [
      every("ipRules[].ipAddressOrRange", "no 0.0.0.0", (value) => !String(value).startsWith("0.0.0.0"), ["0.0.0.0"], {
        absent: "pass",
      }),
    ],
  },
  CO05: { checks: [is("backupPolicy.type", "Continuous")] },
  CO06: {
    joins: true,
    when: (resource, plan) => !isServerless(resource, plan) || "the account is serverless: nothing is provisioned",
    checks: {
      DatabaseAccount: [between("capacity.totalThroughputLimit", 1, MAX_THROUGHPUT)],
      SqlResourceSqlContainer: [bounded("options.throughput"), bounded("options.autoscaleSettings.maxThroughput")],
      SqlResourceSqlDatabase: [bounded("options.autoscaleSettings.maxThroughput")],
    },
  },
  CO07: {
    checks: [
      every("scope", "a database or a container, not the account", (value) => /\/(dbs|colls)\//i.test(String(value)), [
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.DocumentDB/databaseAccounts/a",
      ]),
    ],
  },
  CO08: { checks: [is("publicNetworkAccess", "Disabled")] },
  CO09: { checks: [is("locations[].isZoneRedundant", true), is("enableAutomaticFailover", true)] },
};

/** A throughput, where there is one, is a number within the bound. */
function bounded(path: string) {
  return between(path, 1, MAX_THROUGHPUT, { absent: "pass" });
}

function isServerless(resource: PlannedResource, plan: PlanIndex): boolean {
  const accounts =
    resource.type === COSMOS
      ? [resource]
      : plan.ofType(COSMOS).filter((each) => pointsAt(resource, "accountName", each, "accountName") !== "no");
  return accounts.some((account) =>
    valuesAt(account.inputs, "capabilities[].name").some(({ value }) => value === "EnableServerless"),
  );
}

const SERVER = "azure-native:dbforpostgresql:Server";
const ENTRA_ADMIN = "azure-native:dbforpostgresql:AdministratorsMicrosoftEntra";
/** Settings of a server that a rule names, with what they must be. */
const LOGGED = ["log_connections", "log_disconnections", "log_checkpoints"];

/** PostgreSQL Flexible Server. */
export const POSTGRES: RuleSet = {
  PG01: { checks: [is("authConfig.activeDirectoryAuth", "Enabled"), is("authConfig.passwordAuth", "Disabled")] },
  PG02: {
    joins: true,
    checks: [
      custom(
        ["principalType", "objectId"],
        "an Entra administrator of type Group on the server",
        (admin, plan) => groupAdministers(plan, (other) => sameServer(admin, other)),
        (inputs) => [withValue(inputs, "principalType", "User"), withValue(inputs, "principalType", undefined)],
      ),
    ],
    owners: {
      types: [SERVER],
      check: custom(
        ["authConfig"],
        "an Entra administrator of type Group on the server",
        (server, plan) => groupAdministers(plan, (admin) => pointsAt(admin, "serverName", server, "serverName")),
        () => [],
      ),
    },
    fix: "Make an Entra group and give it as administrator of the server (`administrators` of PostgresServer).",
  },
  PG03: {
    checks: [
      custom(
        ["startIpAddress", "endIpAddress"],
        "less than the whole internet",
        ({ inputs }) => notRange(inputs, "0.0.0.0", "255.255.255.255"),
        (inputs) => [{ ...inputs, startIpAddress: "0.0.0.0", endIpAddress: "255.255.255.255" }],
      ),
    ],
  },
  PG04: {
    checks: [
      custom(
        ["startIpAddress", "endIpAddress"],
        "no rule from 0.0.0.0 to 0.0.0.0, which lets in all of Azure",
        ({ inputs }) => notRange(inputs, "0.0.0.0", "0.0.0.0"),
        (inputs) => [{ ...inputs, startIpAddress: "0.0.0.0", endIpAddress: "0.0.0.0" }],
      ),
    ],
  },
  PG05: { when: setting(["require_secure_transport"]), checks: [oneOf("value", ["on"])] },
  PG06: { when: setting(["ssl_min_protocol_version"]), checks: [oneOf("value", ["TLSv1.2", "TLSv1.3"])] },
  PG07: { when: setting(LOGGED), checks: [oneOf("value", ["on"])] },
  PG08: { checks: [between("backup.backupRetentionDays", 7, NO_LIMIT)] },
  PG09: {
    checks: [
      anyOf(
        "no public access, or a delegated subnet",
        is("network.publicNetworkAccess", "Disabled"),
        present("network.delegatedSubnetResourceId"),
      ),
    ],
  },
  PG10: { checks: [is("backup.geoRedundantBackup", "Enabled")] },
  PG11: {
    when: ({ inputs }) => valueAt(inputs, "sku.tier") !== "Burstable" || "Burstable servers have no high availability",
    checks: [is("highAvailability.mode", "ZoneRedundant")],
  },
  PG12: {
    when: setting(["shared_preload_libraries"]),
    checks: [
      every("value", "a list with pgaudit", (value) => /\bpgaudit\b/i.test(String(value)), ["pg_stat_statements"]),
    ],
  },
};

function setting(names: readonly string[]) {
  return ({ inputs }: PlannedResource): true | string => {
    const name = inputs.configurationName;
    return names.includes(String(name)) || isUnknown(name) || `it sets ${String(name)}, not ${names.join(", ")}`;
  };
}

function notRange(inputs: PlannedResource["inputs"], start: string, end: string) {
  const [first, last] = [inputs.startIpAddress, inputs.endIpAddress];
  if (isUnknown(first) || isUnknown(last)) return "unknown";
  if (first === undefined || last === undefined) return "fail";
  return first === start && last === end ? "fail" : "pass";
}

function sameServer(a: PlannedResource, b: PlannedResource): "yes" | "no" | "maybe" {
  const [left, right] = [a.inputs.serverName, b.inputs.serverName];
  if (isUnknown(left) || isUnknown(right)) return a === b ? "yes" : "maybe";
  return left === right ? "yes" : "no";
}

function groupAdministers(plan: PlanIndex, of: (admin: PlannedResource) => "yes" | "no" | "maybe") {
  const admins = plan
    .ofType(ENTRA_ADMIN)
    .map((admin) => ({ is: of(admin), type: admin.inputs.principalType, id: admin.inputs.objectId }));
  const groups = admins.filter(({ is: near, type }) => near !== "no" && type === "Group");
  if (groups.some(({ is: near, id }) => near === "yes" && !isUnknown(id) && id !== undefined)) return "pass";
  const open =
    groups.some(({ id }) => isUnknown(id) || id !== undefined) ||
    admins.some(({ is: near, type }) => near !== "no" && isUnknown(type));
  return open ? "unknown" : "fail";
}

const PUBLIC_ADDRESSES = 10;

/** Azure SQL. */
export const SQL: RuleSet = {
  SQ01: { checks: [is("administrators.azureADOnlyAuthentication", true), missing("administratorLogin")] },
  SQ02: { checks: [oneOf("minimalTlsVersion", ["1.2", "1.3"])] },
  SQ03: {
    joins: true,
    checks: [
      every("startIpAddress", "not 0.0.0.0", (value) => value !== "0.0.0.0", ["0.0.0.0"]),
      every("endIpAddress", "not 0.0.0.0", (value) => value !== "0.0.0.0", ["0.0.0.0"]),
      custom(
        ["startIpAddress", "endIpAddress"],
        `at most ${PUBLIC_ADDRESSES} public addresses in all rules of a server`,
        (rule, plan) => fewAddresses(rule, plan),
        (inputs) => [{ ...inputs, startIpAddress: "20.0.0.1", endIpAddress: "20.0.0.99" }],
      ),
    ],
  },
  SQ04: { checks: [is("state", "Enabled")] },
  SQ05: { checks: [is("state", "Enabled"), between("retentionDays", 90, NO_LIMIT)] },
  SQ06: { checks: [is("state", "Enabled")] },
  SQ07: { checks: [is("publicNetworkAccess", "Disabled"), is("restrictOutboundNetworkAccess", "Enabled")] },
  SQ08: {
    when: ({ inputs }) => {
      const sku = valueAt(inputs, "sku.name");
      return isUnknown(sku) || /^GP_S_/i.test(String(sku)) || "the database is not serverless";
    },
    checks: [
      every("autoPauseDelay", "set, and not -1 (never)", (value) => value !== -1, [-1]),
      custom(
        ["useFreeLimit", "freeLimitExhaustionBehavior"],
        "the behaviour AutoPause for the free offer outside production",
        ({ inputs }, plan) => freeOffer(inputs, plan),
        (inputs) => [{ ...inputs, useFreeLimit: true, freeLimitExhaustionBehavior: "BillOverUsage" }],
      ),
    ],
  },
};

function freeOffer(inputs: PlannedResource["inputs"], plan: PlanIndex) {
  const { useFreeLimit, freeLimitExhaustionBehavior: behaviour } = inputs;
  if (isUnknown(useFreeLimit) || isUnknown(behaviour)) return "unknown";
  return plan.profile === "production" || useFreeLimit !== true || behaviour === "AutoPause" ? "pass" : "fail";
}

function fewAddresses(rule: PlannedResource, plan: PlanIndex) {
  const rules = plan.ofType(rule.type).filter((other) => sameServer(rule, other) === "yes");
  const counts = (rules.length > 0 ? rules : [rule]).map(({ inputs }) =>
    addresses(inputs.startIpAddress, inputs.endIpAddress),
  );
  if (counts.some((count) => count === undefined)) return "unknown";
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0) <= PUBLIC_ADDRESSES ? "pass" : "fail";
}

/** How many addresses a range holds; `undefined` when an end is not known. Private ranges count as none. */
function addresses(start: unknown, end: unknown): number | undefined {
  if (isUnknown(start) || isUnknown(end)) return undefined;
  const [first, last] = [start, end].map((ip) =>
    String(ip)
      .split(".")
      .reduce((sum, part) => sum * 256 + Number(part), 0),
  );
  if (/^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(String(start))) return 0;
  return (last ?? 0) - (first ?? 0) + 1;
}
