import { createHash } from "node:crypto";
import type { AppContext } from "./context.ts";
import { ComponentError } from "./errors.ts";

/** How names of one ARM type are made and what they must look like. */
export interface NameRule {
  /** Pulumi type token, and the input that takes the name. */
  readonly type: string;
  readonly input: string;
  /** Abbreviation of the Cloud Adoption Framework. */
  readonly prefix: string;
  readonly separator: "-" | "";
  readonly min: number;
  readonly max: number;
  readonly pattern: RegExp;
  /** Whether the name is a host name that all of Azure shares. */
  readonly global: boolean;
}

const HYPHENS = /^[a-z](?:[a-z0-9]|-(?=[a-z0-9]))+$/;

/**
 * Rules of the types whose names are made up; names of children (databases, queues, containers) are given.
 * Sources: Microsoft Learn "Naming rules and restrictions for Azure resources", abbreviations of the Cloud Adoption Framework,
 * Azure/PSRule.Rules.Azure; where they differ the strictest reading. Read 2026-11-20.
 */
export const NAMES = {
  "Microsoft.Resources/resourceGroups": row("resources:ResourceGroup", "resourceGroupName", "rg", 1, 90),
  "Microsoft.ManagedIdentity/userAssignedIdentities": row(
    "managedidentity:UserAssignedIdentity",
    "resourceName",
    "id",
    3,
    128,
  ),
  "Microsoft.OperationalInsights/workspaces": row("operationalinsights:Workspace", "workspaceName", "log", 4, 63),
  "Microsoft.Insights/components": row("applicationinsights:Component", "resourceName", "appi", 1, 260),
  "Microsoft.Insights/diagnosticSettings": row("monitor:DiagnosticSetting", "name", "diag", 1, 260),
  "Microsoft.Insights/actionGroups": row("monitor:ActionGroup", "actionGroupName", "ag", 1, 260),
  "Microsoft.Insights/metricAlerts": row("monitor:MetricAlert", "ruleName", "alert", 1, 251),
  "Microsoft.Authorization/locks": row("authorization:ManagementLockByScope", "lockName", "lock", 1, 90),
  "Microsoft.Network/privateEndpoints": row("network:PrivateEndpoint", "privateEndpointName", "pep", 2, 64),
  "Microsoft.App/managedEnvironments": row("app:ManagedEnvironment", "environmentName", "cae", 2, 60),
  "Microsoft.App/containerApps": row("app:ContainerApp", "containerAppName", "ca", 2, 32),
  "Microsoft.App/jobs": row("app:Job", "jobName", "caj", 2, 32),
  "Microsoft.Network/virtualNetworks": row("network:VirtualNetwork", "virtualNetworkName", "vnet", 2, 64),
  "Microsoft.Web/staticSites": row("web:StaticSite", "name", "stapp", 1, 40),
  "Microsoft.DocumentDB/databaseAccounts": globalRow("cosmosdb:DatabaseAccount", "accountName", "cosno", 3, 44),
  "Microsoft.DBforPostgreSQL/flexibleServers": globalRow("dbforpostgresql:Server", "serverName", "psql", 3, 63),
  "Microsoft.KeyVault/vaults": globalRow("keyvault:Vault", "vaultName", "kv", 3, 24),
  "Microsoft.ContainerRegistry/registries": joined("containerregistry:Registry", "registryName", "cr", 5, 50),
  "Microsoft.Storage/storageAccounts": joined("storage:StorageAccount", "accountName", "st", 3, 24),
  "Microsoft.ServiceBus/namespaces": globalRow("servicebus:Namespace", "namespaceName", "sbns", 6, 50),
  "Microsoft.Relay/namespaces": globalRow("relay:Namespace", "namespaceName", "rln", 6, 50),
  "Microsoft.AppConfiguration/configurationStores": globalRow(
    "appconfiguration:ConfigurationStore",
    "configStoreName",
    "appcs",
    5,
    50,
  ),
  "Microsoft.Sql/servers": globalRow("sql:Server", "serverName", "sql", 1, 63),
  "Microsoft.Web/serverfarms": row("web:AppServicePlan", "name", "asp", 1, 40),
  "Microsoft.Web/sites": globalRow("web:WebApp", "name", "app", 2, 60),
  // The same class as above: a function app asks for this row by name.
  "Microsoft.Web/sites (functionapp)": globalRow("web:WebApp", "name", "func", 2, 60),
  "Microsoft.App/sessionPools": row("app:ContainerAppsSessionPool", "sessionPoolName", "casp", 2, 32),
  "Microsoft.ContainerInstance/containerGroups": row(
    "containerinstance:ContainerGroup",
    "containerGroupName",
    "ci",
    1,
    63,
  ),
  "Microsoft.ApiManagement/service": globalRow("apimanagement:ApiManagementService", "serviceName", "apim", 1, 50),
  "Microsoft.Cdn/profiles": row("cdn:Profile", "profileName", "afd", 1, 90),
  "Microsoft.Cdn/profiles/afdEndpoints": globalRow("cdn:AFDEndpoint", "endpointName", "fde", 1, 46),
  "Microsoft.Network/frontDoorWebApplicationFirewallPolicies": {
    ...joined("frontdoor:Policy", "policyName", "fdfp", 1, 128),
    global: false,
  },
  "Microsoft.ContainerService/managedClusters": row("containerservice:ManagedCluster", "resourceName", "aks", 1, 63),
} as const satisfies Readonly<Record<string, NameRule>>;

export type NamedType = keyof typeof NAMES;

/** Words that Azure refuses in names of public endpoints. Source: Microsoft Learn, "Resolve reserved resource name errors". */
export const RESERVED_WORDS = ["microsoft", "windows", "xbox", "office365", "azure"] as const;
const HASH_LENGTH = 6;
/** Fewer characters of the app's name would tell nobody anything. */
const SHORTEST_APP = 3;
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

type NamingContext = Pick<AppContext, "app" | "stage" | "seed" | "epoch" | "subscriptionId">;

/**
 * The physical name of a resource: `${prefix}-${app}-${stage}-${hash}`. The hash is reserved first, so that names of different
 * apps never meet where only the front of a long name would fit.
 *
 * @param logicalName the Pulumi name: unique within the deployment
 * @throws {ComponentError} `NAME_TOO_LONG` when fewer than three characters of the app would remain, `NAME_RESERVED`
 */
export function physicalName(type: NamedType, context: NamingContext, logicalName: string): string {
  const rule: NameRule = NAMES[type];
  const { separator, prefix, max } = rule;
  const stage = plain(context.stage, separator);
  const app = plain(context.app, separator);
  const room = max - [prefix, "", stage, nameHash(context, logicalName)].join(separator).length;
  const part = app.slice(0, Math.max(room, 0)).replace(/-+$/, "");
  if (part.length < Math.min(SHORTEST_APP, app.length)) {
    throw new ComponentError("NAME_TOO_LONG", { type, max, app: context.app, stage: context.stage });
  }
  const name = [prefix, part, stage, nameHash(context, logicalName)].join(separator);
  return checkedName(type, name);
}

/** Checks a name that somebody chose. @throws {ComponentError} `NAME_INVALID`, `NAME_RESERVED` */
export function checkedName(type: NamedType, name: string): string {
  const rule: NameRule = NAMES[type];
  if (name.length < rule.min || name.length > rule.max || !rule.pattern.test(name)) {
    throw new ComponentError("NAME_INVALID", { name, type, pattern: `${rule.pattern}, ${rule.min} to ${rule.max}` });
  }
  const word = rule.global ? RESERVED_WORDS.find((each) => name.includes(each)) : undefined;
  if (word) throw new ComponentError("NAME_RESERVED", { name, word });
  return name;
}

/** Rule by Pulumi type token, for `AzureComponent.child`. */
export function ruleOfToken(
  token: string | undefined,
): { readonly type: NamedType; readonly rule: NameRule } | undefined {
  const found = Object.entries(NAMES).find(([, rule]) => rule.type === token);
  return found && { type: found[0] as NamedType, rule: found[1] };
}

function nameHash(context: NamingContext, logicalName: string): string {
  const parts = [context.subscriptionId, context.seed, context.app, context.stage, logicalName, context.epoch];
  const digest = createHash("sha256").update(parts.join("|")).digest();
  return Array.from(digest.subarray(0, HASH_LENGTH), (byte) => BASE32[byte % BASE32.length]).join("");
}

function plain(part: string, separator: "-" | ""): string {
  const allowed = part
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return separator === "-" ? allowed : allowed.replaceAll("-", "");
}

function row(type: string, input: string, prefix: string, min: number, max: number): NameRule {
  return {
    type: `azure-native:${type}`,
    input,
    prefix,
    separator: "-",
    min,
    max,
    pattern: HYPHENS,
    global: false,
  };
}

function globalRow(type: string, input: string, prefix: string, min: number, max: number): NameRule {
  return { ...row(type, input, prefix, min, max), global: true };
}

function joined(type: string, input: string, prefix: string, min: number, max: number): NameRule {
  return { ...globalRow(type, input, prefix, min, max), separator: "", pattern: /^[a-z0-9]+$/ };
}
