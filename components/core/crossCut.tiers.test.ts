// The common options on the tiers that apps have beside the ones of their stack.
import { expect, it } from "vitest";
import { AppConfiguration } from "../config/appConfiguration.ts";
import { SqlServerless } from "../data/sqlServerless.ts";
import { Relay } from "../messaging/relay.ts";
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

const administrator = { kind: "Group", name: "dba", objectId: "33333333-3333-4333-8333-333333333333" } as const;
const ROLES = { ops: { role: "contributor", principalId: "ops-team", principalType: "Group" } } as const;

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
};

async function slots(row: Row, context: () => AppContext, more: object = {}) {
  const raw = rawResources(await record(() => row.make(context(), more)));
  const own = Object.entries(raw).filter(([name]) => name.startsWith("x-"));
  return { raw: Object.fromEntries(own), names: own.map(([name]) => name.slice(2)).sort() };
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
