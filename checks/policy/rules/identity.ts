import { isUnknown, type PlannedResource } from "../../plan/resource.ts";
import { between, custom, every, inProduction, is, missing, present } from "../check.ts";
import { valuesAt, withValue } from "../path.ts";
import { type PlanIndex, pointsAt } from "../planIndex.ts";
import type { RuleSet } from "../rule.ts";

/** Roles that let their holder do anything, or give itself any right. Source: Microsoft Learn, "Azure built-in roles". */
const BROAD = [
  "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", // Owner
  "b24988ac-6180-42a0-ab88-20f7382dd24c", // Contributor
  "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", // User Access Administrator
  "f58310d9-a9f6-439a-9e8d-f62e7b41a168", // Role Based Access Control Administrator
];
/** Broad roles that are refused on every scope: nobody's app is an owner. */
const NEVER = [BROAD[0], BROAD[2]];
/** A subscription, or a resource group in it: wider than one resource. */
const WIDE = /^\/subscriptions\/[^/]+(?:\/resourceGroups\/[^/]+)?\/?$/i;

/** Who may sign in, and what they may do. */
export const IDENTITY: RuleSet = {
  ID01: {
    checks: [
      every("issuer", "an https address", (value) => /^https:\/\/[^*]+$/.test(String(value)), ["https://*.example"]),
      every(
        "subject",
        "an exact subject without `*`; for GitHub a repository and an environment",
        (value, { inputs }) => exactSubject(String(value), String(inputs.issuer)),
        ["repo:me/app:*", "repo:me/app:ref:refs/heads/main", ""],
      ),
      every("audiences[]", "no `*`", (value) => value !== "" && !String(value).includes("*"), ["*"], {
        absent: "pass",
      }),
    ],
  },
  ID02: {
    checks: [
      custom(
        ["roleDefinitionId", "scope"],
        "a narrow role on one resource",
        ({ inputs }) => assignment(inputs),
        (inputs) => [
          withValue(inputs, "roleDefinitionId", `/providers/Microsoft.Authorization/roleDefinitions/${BROAD[0]}`),
          {
            ...inputs,
            roleDefinitionId: `/x/roleDefinitions/${BROAD[1]}`,
            scope: "/subscriptions/11111111-1111-4111-8111-111111111111",
          },
        ],
      ),
      present("principalType"),
    ],
  },
  ID03: {
    checks: {
      Application: [
        is("api.requestedAccessTokenVersion", 2),
        redirects("web.redirectUris[]"),
        redirects("singlePageApplication.redirectUris[]"),
        is("web.implicitGrant.accessTokenIssuanceEnabled", false, { absent: "pass" }),
        is("web.implicitGrant.idTokenIssuanceEnabled", false, { absent: "pass" }),
        missing("password", { displayName: "secret" }),
      ],
      ApplicationPassword: [
        custom(
          ["applicationId"],
          "no password at all",
          () => "fail",
          (inputs) => [inputs],
        ),
      ],
    },
    fix: "Use https redirect addresses without wildcards, token version 2, and federated credentials instead of a password.",
  },
};

const GITHUB = "https://token.actions.githubusercontent.com";

function exactSubject(subject: string, issuer: string): boolean {
  if (subject === "" || subject.includes("*")) return false;
  return issuer !== GITHUB || /^repo:[^:/]+\/[^:/]+:environment:[^:]+$/.test(subject);
}

/** Addresses to which a sign-in leads back: https without wildcards; loopback in dev. */
function redirects(path: string) {
  return every(
    path,
    "https addresses without `*` (loopback in dev)",
    (value, _, plan) => {
      const address = String(value);
      const loopback = /^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?(\/|$)/.test(address);
      return !address.includes("*") && (address.startsWith("https://") || (loopback && plan.profile === "dev"));
    },
    ["https://*.example/callback", "http://app.example/callback"],
    { absent: "pass" },
  );
}

function assignment(inputs: PlannedResource["inputs"]): "pass" | "fail" | "unknown" {
  const { roleDefinitionId, scope } = inputs;
  if (roleDefinitionId === undefined || scope === undefined) return "fail";
  const role = String(roleDefinitionId).toLowerCase();
  if (isUnknown(roleDefinitionId)) return "unknown";
  if (NEVER.some((id) => role.endsWith(String(id)))) return "fail";
  if (isUnknown(scope)) return "unknown";
  return WIDE.test(String(scope)) ? "fail" : "pass";
}

const AUDITED = /^(audit|alllogs|auditevent)$/i;
const VAULT = "azure-native:keyvault:Vault";
const SETTING = "azure-native:monitor:DiagnosticSetting";
/** Resources with a data plane, and the input that holds their name. */
const DATA_PLANES: Readonly<Record<string, string>> = {
  [VAULT]: "vaultName",
  "azure-native:cosmosdb:DatabaseAccount": "accountName",
  "azure-native:dbforpostgresql:Server": "serverName",
  "azure-native:servicebus:Namespace": "namespaceName",
  "azure-native:relay:Namespace": "namespaceName",
  "azure-native:appconfiguration:ConfigurationStore": "configStoreName",
  "azure-native:containerregistry:Registry": "registryName",
};

/** What is recorded, where, and for how long. */
export const OBSERVABILITY: RuleSet = {
  KV09: {
    joins: true,
    when: (setting, plan) => {
      const { resourceUri } = setting.inputs;
      if (resourceUri === undefined || (isUnknown(resourceUri) && !setting.dependencies)) return true;
      const vaults = plan.ofType(VAULT);
      const own = vaults.some((vault) => pointsAt(setting, "resourceUri", vault, "vaultName") !== "no");
      return own || /\/vaults\//i.test(String(setting.inputs.resourceUri)) || "the setting is not about a vault";
    },
    checks: [
      every("resourceUri", "the id of the vault", () => true, []),
      audits("audit, allLogs or AuditEvent, enabled"),
    ],
    owners: { types: [VAULT], check: audited("audit logs of the vault") },
    fix: "Give the context a workspace (`Monitoring.within`): KeyVault then makes its `audit` setting.",
  },
  OB01: { checks: [present("workspaceResourceId"), inProduction(is("disableLocalAuth", true))] },
  OB02: {
    checks: [
      every(
        "workspaceCapping.dailyQuotaGb",
        "a daily cap above 0 GB",
        (value) => typeof value === "number" && value > 0,
        [-1],
      ),
      between("retentionInDays", 30, Number.POSITIVE_INFINITY),
    ],
  },
  OB03: {
    joins: true,
    checks: [audits("audit or allLogs, enabled")],
    owners: { types: Object.keys(DATA_PLANES), check: audited("audit logs of a resource that holds data") },
    fix: "Give the context a workspace (`Monitoring.within`), and do not switch `diagnostics` off.",
  },
};

/** The setting itself takes audit logs. */
function audits(want: string) {
  return custom(
    ["logs[].category", "logs[].categoryGroup", "logs[].enabled"],
    want,
    ({ inputs }) => logsVerdict(inputs),
    (inputs) => [
      withValue(inputs, "logs", undefined),
      ...valuesAt(inputs, "logs[].enabled").map(({ path }) => withValue(inputs, path, false)),
    ],
  );
}

/** A setting in the plan takes the audit logs of the resource. */
function audited(want: string) {
  return custom(
    ["diagnostics"],
    want,
    (owner, plan) => auditVerdict(owner, plan),
    () => [],
  );
}

function auditVerdict(owner: PlannedResource, plan: PlanIndex): "pass" | "fail" | "unknown" {
  const near = plan.ofType(SETTING).map((setting) => ({
    at: pointsAt(setting, "resourceUri", owner, DATA_PLANES[owner.type] ?? "name"),
    logs: logsVerdict(setting.inputs),
  }));
  if (near.some(({ at, logs }) => at === "yes" && logs === "pass")) return "pass";
  return near.some(({ at, logs }) => at !== "no" && logs !== "fail") ? "unknown" : "fail";
}

function logsVerdict(inputs: PlannedResource["inputs"]): "pass" | "fail" | "unknown" {
  const logs = valuesAt(inputs, "logs[]");
  const verdicts = logs.map(({ value }) => {
    if (isUnknown(value)) return "unknown";
    const { category, categoryGroup, enabled } = value as Readonly<Record<string, unknown>>;
    if (enabled === false || enabled === undefined) return "fail";
    if ([category, categoryGroup].some((name) => AUDITED.test(String(name))))
      return isUnknown(enabled) ? "unknown" : "pass";
    return [category, categoryGroup].some(isUnknown) ? "unknown" : "fail";
  });
  return verdicts.includes("pass") ? "pass" : verdicts.includes("unknown") ? "unknown" : "fail";
}
