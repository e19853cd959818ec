import { expect, it } from "vitest";
import { ADVICE } from "../advice/index.ts";
import type { PlannedResource } from "../plan/resource.ts";
import { UNKNOWN } from "../plan/resource.ts";
import { ARM_TYPES, namespaceOf } from "./armTypes.ts";
import { NO_FACTS, type SubscriptionFacts } from "./facts.ts";
import { preflight } from "./preflight.ts";

function resource(type: string, inputs: Record<string, unknown>): PlannedResource {
  return { urn: `urn:${type}`, type: `azure-native:${type}`, name: "x", inputs };
}

function check(resources: readonly PlannedResource[], facts: Partial<SubscriptionFacts> = {}) {
  const findings = preflight({ region: "eastus", resources, facts: { ...NO_FACTS, ...facts } });
  return findings.map(({ id, severity, resource: urn, message }) => [id, severity, urn, message]);
}

const vault = resource("keyvault:Vault", { vaultName: "kv-shop", location: "eastus" });
const deleted = {
  type: "Microsoft.KeyVault/vaults",
  name: "KV-Shop",
  purgeAt: "2027-01-02T03:04:05Z",
  purgeProtected: false,
};
const storage = resource("storage:StorageAccount", { accountName: "stshop" });
const taken = {
  type: "Microsoft.Storage/storageAccounts",
  name: "stshop",
  message: "The name 'stshop' is already in use.",
};

it("a name that a deleted vault holds is an error with the way out", () => {
  expect(preflight({ region: "eastus", resources: [vault], facts: { ...NO_FACTS, deleted: [deleted] } })).toEqual([
    {
      id: "NAME_SOFT_DELETED",
      severity: "error",
      resource: "urn:keyvault:Vault",
      message: "The name kv-shop is held by a deleted resource of the type Microsoft.KeyVault/vaults until 2027-01-02.",
      advice: ADVICE.find(({ id }) => id === "soft-deleted-vault")?.fix,
      option: "nameEpoch in devfactory:deployment",
    },
  ]);
});

it.each<[string, PlannedResource, Partial<SubscriptionFacts>, unknown[]]>([
  [
    "a protected vault",
    vault,
    { deleted: [{ ...deleted, purgeProtected: true }] },
    [
      [
        "NAME_SOFT_DELETED",
        "error",
        vault.urn,
        "The name kv-shop is held by a deleted resource of the type Microsoft.KeyVault/vaults until 2027-01-02; it is protected against purging.",
      ],
    ],
  ],
  ["a deleted thing of another type", vault, { deleted: [{ ...deleted, type: "Microsoft.App/jobs" }] }, []],
  ["another deleted name", vault, { deleted: [{ ...deleted, name: "kv-shop2" }] }, []],
  ["a vault that exists", vault, { deleted: [deleted], existing: ["microsoft.keyvault/vaults/kv-shop"] }, []],
  ["a name that is not known", resource("keyvault:Vault", { vaultName: UNKNOWN }), { deleted: [deleted] }, []],
  [
    "a taken name",
    storage,
    { taken: [taken] },
    [["NAME_TAKEN", "error", storage.urn, "The name stshop cannot be had: The name 'stshop' is already in use."]],
  ],
  ["a name of our own", storage, { taken: [taken], existing: ["microsoft.storage/storageaccounts/stshop"] }, []],
])("names: %s", (_, planned, facts, findings) => {
  expect(check([planned], facts)).toEqual(findings);
});

const locations = { vaults: ["East US", "West Europe"] };

it.each<[string, string, Partial<SubscriptionFacts>, unknown[]]>([
  ["registered", "eastus", { providers: [{ namespace: "Microsoft.KeyVault", state: "Registered", locations }] }, []],
  [
    "not registered",
    "eastus",
    { providers: [{ namespace: "microsoft.keyvault", state: "NotRegistered", locations }] },
    [
      [
        "PROVIDER_NOT_REGISTERED",
        "error",
        "",
        "The provider Microsoft.KeyVault is not registered in the subscription.",
      ],
    ],
  ],
  [
    "on its way",
    "eastus",
    { providers: [{ namespace: "Microsoft.KeyVault", state: "Registering", locations }] },
    [["PROVIDER_NOT_REGISTERED", "warning", "", "The provider Microsoft.KeyVault is still being registered."]],
  ],
  [
    "not in the region",
    "uksouth",
    { providers: [{ namespace: "Microsoft.KeyVault", state: "Registered", locations }] },
    [
      [
        "NOT_IN_REGION",
        "error",
        vault.urn,
        "Microsoft.KeyVault/vaults is not offered in uksouth; it is in: eastus, westeurope.",
      ],
    ],
  ],
  ["nothing known", "uksouth", {}, []],
])("provider: %s", (_, location, facts, findings) => {
  expect(check([resource("keyvault:Vault", { location })], facts)).toEqual(findings);
});

const role = resource("authorization:RoleAssignment", {});
const group = resource("resources:ResourceGroup", {});
const missing = (action: string, urn: string) => [
  ["RIGHT_MISSING", "error", urn, `The signed-in identity may not do ${action}.`],
];

it.each<[string, PlannedResource, SubscriptionFacts["permissions"], unknown[]]>([
  ["owner", role, [{ actions: ["*"], notActions: [] }], []],
  [
    "contributor",
    role,
    [{ actions: ["*"], notActions: ["Microsoft.Authorization/*/Write"] }],
    missing("Microsoft.Authorization/roleAssignments/write", role.urn),
  ],
  [
    "contributor and an administrator of roles",
    role,
    [
      { actions: ["*"], notActions: ["Microsoft.Authorization/*/Write"] },
      { actions: ["Microsoft.Authorization/roleAssignments/write"], notActions: [] },
    ],
    [],
  ],
  [
    "reader",
    group,
    [{ actions: ["*/read"], notActions: [] }],
    missing("Microsoft.Resources/subscriptions/resourceGroups/write", group.urn),
  ],
  ["nobody", vault, [], missing("Microsoft.KeyVault/vaults/write", vault.urn)],
  ["not known", role, undefined, []],
])("rights: %s", (_, planned, permissions, findings) => {
  expect(check([planned], permissions ? { permissions } : {})).toEqual(findings);
});

function app(cpu: number, memory: string, most = 1, profile = "Consumption") {
  const template = { containers: [{ resources: { cpu, memory } }], scale: { maxReplicas: most } };
  return resource("app:ContainerApp", { template, environmentId: "/a/cae-shop", workloadProfileName: profile });
}

it.each([
  [0.25, "0.5Gi", true],
  [4, "8Gi", true],
  [1, "1Gi", false],
  [0.3, "0.6Gi", false],
  [4.25, "8.5Gi", false],
  [0, "0Gi", false],
])("%d cores with %s: taken %s", (cpu, memory, isTaken) => {
  expect(check([app(cpu, memory)]).map(([id]) => id)).toEqual(isTaken ? [] : ["SIZE_INVALID"]);
  expect(check([app(cpu, memory, 1, "D4")])).toEqual([]);
});

it("replicas at their most are counted by environment", () => {
  expect(check([app(2, "4Gi", 50)])).toEqual([]);
  expect(check([app(2, "4Gi", 50), app(0.5, "1Gi", 1)])).toEqual([
    [
      "CORES_EXCEEDED",
      "warning",
      "urn:app:ContainerApp",
      "At their most the apps of cae-shop want 100.5 cores; an environment has 100.",
    ],
  ]);
  expect(check([resource("app:ContainerApp", { template: UNKNOWN, environmentId: UNKNOWN })])).toEqual([]);
});

it("what Azure did not answer is a warning, behind the errors", () => {
  const unread = [{ what: "Name kv-shop", reason: "AuthorizationFailed: no" }];
  expect(check([vault], { unread, deleted: [deleted] }).map(([id, severity]) => [id, severity])).toEqual([
    ["NAME_SOFT_DELETED", "error"],
    ["FACT_UNREAD", "warning"],
  ]);
});

it.each([
  ["azure-native:keyvault:Vault", "Microsoft.KeyVault"],
  ["azure-native:cosmosdb:SqlResourceSqlContainer", "Microsoft.DocumentDB"],
  ["azure-native:monitor:DiagnosticSetting", "Microsoft.Insights"],
  ["azure-native:authorization:RoleAssignment", undefined],
  ["azuread:index/application:Application", undefined],
  ["azure-native:nobody:Knows", undefined],
])("%s belongs to %s", (type, namespace) => {
  expect(namespaceOf(type)).toBe(namespace);
});

it("every row names its type, and lists of deleted ones have advice", () => {
  for (const [type, row] of Object.entries(ARM_TYPES)) {
    expect([type, row.armType]).toEqual([type, expect.stringMatching(/^Microsoft\.\w+\/\w+$/)]);
    expect([type, row.apiVersion]).toEqual([type, expect.stringMatching(/^20\d\d-\d\d-\d\d$/)]);
  }
});
