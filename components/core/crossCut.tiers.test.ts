// The common options on the tiers that apps have beside the ones of their stack.
import { expect, it } from "vitest";
import { ContainerGroup } from "../compute/containerGroup.ts";
import { FunctionApp } from "../compute/functionApp.ts";
import { KubernetesCluster } from "../compute/kubernetesCluster.ts";
import { principalOf } from "../compute/linkedComponent.ts";
import { SessionPool } from "../compute/sessionPool.ts";
import { WebAppForContainers } from "../compute/webAppForContainers.ts";
import { AppConfiguration } from "../config/appConfiguration.ts";
import { SqlServerless } from "../data/sqlServerless.ts";
import { ApiManagement } from "../edge/apiManagement.ts";
import { FrontDoor } from "../edge/frontDoor.ts";
import { Relay } from "../messaging/relay.ts";
import { ContainerRegistry } from "../registry/containerRegistry.ts";
import { GitHubFederation } from "../security/gitHubFederation.ts";
import { Monitoring } from "../shared/monitoring.ts";
import { Network } from "../shared/network.ts";
import { rawResources, record, testContext } from "../testing/index.ts";
import type { AppContext } from "./context.ts";
import type { Profile } from "./profile.ts";

/** A context that has everything: workspace, network, action group. */
function fullContext(profile: Profile): AppContext {
  const base = testContext(profile);
  const notify = { emails: { owner: "owner@example.org" } };
  const logged = new Monitoring("mon", { context: base, notify, insights: false }).within(base);
  return new Network("net", { context: base }).within(logged);
}

function image() {
  const registry = ContainerRegistry.existing("r", { registryId: "/registry", loginServer: "r.azurecr.io" });
  return { image: "i", registry };
}

const administrator = { kind: "Group", name: "dba", objectId: "33333333-3333-4333-8333-333333333333" } as const;
const ROLES = { ops: { role: "contributor", principalId: "ops-team", principalType: "Group" } } as const;

const MAIN = { kind: "branch", name: "main" } as const;
const publisher = { name: "Contoso", email: "owner@contoso.example" };

interface Row {
  readonly make: (context: AppContext, more: object) => object;
  /** Children that the options have nothing to do with. */
  readonly own: readonly string[];
  readonly alerts: readonly string[];
  readonly locked: boolean;
  /** Sub-resource of the endpoint; undefined where the service has none. */
  readonly group?: string;
  /** Log group and what comes after the main resource's id. */
  readonly logs?: readonly [group: string, below: string];
}

const ROWS: Readonly<Record<string, Row>> = {
  relay: {
    make: (context, more) => new Relay("x", { context, hybridConnections: [], ...more }),
    own: ["namespace"],
    alerts: ["alert-sender-errors"],
    locked: false,
    group: "namespace",
    logs: ["allLogs", ""],
  },
  "app configuration": {
    make: (context, more) => new AppConfiguration("x", { context, ...more }),
    own: ["store"],
    alerts: ["alert-throttled"],
    locked: true,
    group: "configurationStores",
    logs: ["audit", ""],
  },
  sql: {
    make: (context, more) => new SqlServerless("x", { context, administrator, databases: { d: {} }, ...more }),
    own: ["server", "audit", "threats", "database-d"],
    alerts: ["alert-full-d"],
    locked: true,
    group: "sqlServer",
    logs: ["audit", "/databases/master"],
  },
  functions: {
    make: (context, more) => new FunctionApp("x", { context, runtime: { name: "node" }, ...more }),
    own: ["site", "plan", "identity", "ftp", "scm", "to-x-storage-blobOwner"],
    alerts: ["alert-errors"],
    locked: false,
    group: "sites",
    logs: ["allLogs", ""],
  },
  site: {
    make: (context, more) => new WebAppForContainers("x", { context, ...image(), port: 80, ...more }),
    own: ["site", "plan", "identity", "ftp", "scm", "to-r-acrPull"],
    alerts: ["alert-errors"],
    locked: false,
    group: "sites",
    logs: ["allLogs", ""],
  },
  group: {
    make: (context, more) => new ContainerGroup("x", { context, ...image(), subnetResourceId: "/subnet", ...more }),
    own: ["group", "identity", "to-r-acrPull"],
    alerts: [],
    locked: false,
  },
  gateway: {
    make: (context, more) => new ApiManagement("x", { context, publisher, apis: {}, ...more }),
    own: ["service"],
    alerts: ["alert-errors"],
    locked: false,
  },
  "front door": {
    make: (context, more) => new FrontDoor("x", { context, origins: { web: { host: "a.example.org" } }, ...more }),
    own: ["profile", "endpoint", "group", "origin-web", "route"],
    alerts: ["alert-origin-health"],
    locked: false,
    logs: ["allLogs", ""],
  },
  cluster: {
    make: (context, more) => new KubernetesCluster("x", { context, ...more }),
    own: ["cluster", "identity", "kubelet", "to-kubelet-identityOperator"],
    alerts: ["alert-node-cpu"],
    locked: false,
    logs: ["audit", ""],
  },
  federation: {
    make: (context, more) =>
      new GitHubFederation("x", { context, repository: "contoso/shop", subjects: [MAIN], roles: {}, ...more }),
    own: ["identity", "credential-branch-main"],
    alerts: [],
    locked: false,
  },
  sessions: {
    make: (context, more) => new SessionPool("x", { context, session: { kind: "python" }, ...more }),
    own: ["pool"],
    alerts: [],
    locked: false,
  },
};

async function slots(row: Row, context: () => AppContext, more: object = {}) {
  const raw = rawResources(await record(() => row.make(context(), more)));
  const all = Object.entries(raw).filter(([name]) => name.startsWith("x-"));
  const own = all.filter(([name]) => !name.startsWith("x-storage-")); // a component with options of its own
  return { raw: Object.fromEntries(all), names: own.map(([name]) => name.slice(2)).sort() };
}

it.each(Object.entries(ROWS))("%s: a full context in production gives all that the tier has", async (_, row) => {
  const { names, raw } = await slots(row, () => fullContext("production"), { roleAssignments: ROLES });
  const endpoint = row.group === undefined ? [] : ["endpoint", "zones"];
  const expected = [
    ...row.own,
    ...row.alerts,
    "role-ops",
    ...endpoint,
    ...(row.logs ? ["diagnostics"] : []),
    ...(row.locked ? ["lock"] : []),
  ];
  expect(names).toEqual(expected.sort());
  const main = String(raw["x-role-ops"]?.[1].scope);
  if (row.group !== undefined) {
    expect(raw["x-endpoint"]?.[1].privateLinkServiceConnections).toEqual([
      { name: row.group, privateLinkServiceId: main, groupIds: [row.group] },
    ]);
    expect(raw[`x-${row.own[0]}`]?.[1].publicNetworkAccess).toBe("Disabled");
  }
  if (row.logs) {
    const [categoryGroup, below] = row.logs;
    expect(raw["x-diagnostics"]?.[1]).toMatchObject({
      resourceUri: `${main}${below}`,
      logs: [{ categoryGroup, enabled: true }],
    });
  }
});

it.each(Object.entries(ROWS))("%s: false switches every default off", async (_, row) => {
  const off = { privateEndpoints: false, diagnostics: false, alerts: false, lock: false };
  expect((await slots(row, () => fullContext("production"), off)).names).toEqual([...row.own].sort());
});

it("an alert of SQL watches its database, not the server", async () => {
  const { raw } = await slots(ROWS.sql as Row, () => fullContext("production"));
  expect(raw["x-alert-full-d"]?.[1]).toMatchObject({
    scopes: [expect.stringMatching(/\/servers\/sql-clinic-prod-[a-z2-7]{6}\/databases\/d$/)],
  });
});

it("SQL in dev with a workspace audits to it, and only with one", async () => {
  const row = ROWS.sql as Row;
  expect((await slots(row, () => fullContext("dev"))).names).toEqual(["audit", "database-d", "diagnostics", "server"]);
  expect((await slots(row, () => fullContext("dev"), { diagnostics: false })).names).toEqual(["database-d", "server"]);
  expect((await slots(row, () => testContext("dev"))).names).toEqual(["database-d", "server"]);
});

it("a closed store lets ARM write its values over a private link", async () => {
  const { raw } = await slots(ROWS["app configuration"] as Row, () => fullContext("production"));
  expect(raw["x-store"]?.[1].dataPlaneProxy).toEqual({
    authenticationMode: "Pass-through",
    privateLinkDelegation: "Enabled",
  });
});

it.each<[string, (context: AppContext) => object, Readonly<Record<string, string>>]>([
  [
    "an endpoint of a free store",
    (context) => new AppConfiguration("x", { context, sku: "free", privateEndpoints: true }),
    { option: "privateEndpoints", given: "free" },
  ],
  [
    "an endpoint of a server with public addresses",
    (context) =>
      new SqlServerless("x", {
        context,
        administrator,
        databases: {},
        addresses: { office: { from: "9.9.9.9", to: "9.9.9.9" } },
        privateEndpoints: true,
      }),
    { option: "privateEndpoints", given: "office" },
  ],
])("%s is refused", async (_, make, details) => {
  const made = record(() => make(fullContext("dev")));
  await expect(made).rejects.toMatchObject({ code: "OPTION_UNSUPPORTED", details });
});

it("an app in a subnet speaks through it, and its storage is closed; without one the storage stays within reach", async () => {
  const row = ROWS.functions as Row;
  const inside = (await slots(row, () => fullContext("production"), { subnetResourceId: "/subnet" })).raw;
  expect(inside["x-site"]?.[1]).toMatchObject({
    virtualNetworkSubnetId: "/subnet",
    outboundVnetRouting: { allTraffic: true },
  });
  expect(Object.keys(inside).filter((name) => name.startsWith("x-storage-endpoint"))).toEqual(["x-storage-endpoint"]);
  const outside = (await slots(row, () => fullContext("production"))).raw;
  expect(outside["x-site"]?.[1]).not.toHaveProperty("virtualNetworkSubnetId");
  expect(Object.keys(outside).filter((name) => name.startsWith("x-storage-endpoint"))).toEqual([]);
});

it.each(["functions", "site", "group"])("%s: runs under an identity that exists, which is only read", async (name) => {
  const existing =
    "/subscriptions/s/resourceGroups/shared/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id";
  const row = ROWS[name] as Row;
  const made = await record(() => row.make(testContext("dev"), { identity: { existing } }));
  const raw = rawResources(made);
  expect(made.reads.map(({ name: read, id }) => [read, id])).toEqual([["x-identity", existing]]);
  expect(raw).not.toHaveProperty("x-identity");
  expect(raw[`x-${row.own[0]}`]?.[1].identity).toEqual({
    type: "UserAssigned",
    userAssignedIdentities: [existing],
  });
});

it("what is read of an existing app: its address, and the identity that rights were given to", () => {
  const own = { "/id": { principalId: "of-its-own" } };
  expect([
    principalOf({ principalId: "system", userAssignedIdentities: own }),
    principalOf({ principalId: "system" }),
    principalOf(undefined),
  ]).toEqual(["of-its-own", "system", ""]);
});
