// Every rule on the tiers that apps have beside the ones of their stack, in production with a network.
import { evaluatePolicies, type PlannedResource } from "@devfactory/checks/index.ts";
import {
  AppConfiguration,
  type AppContext,
  ContainerRegistry,
  FunctionApp,
  Monitoring,
  Network,
  Relay,
  SqlServerless,
  WebAppForContainers,
} from "@devfactory/components/index.ts";
import { type Recording, record, testContext } from "@devfactory/components/testing/index.ts";
import { expect, it } from "vitest";

function fullContext(): AppContext {
  const base = testContext("production");
  const notify = { emails: { owner: "owner@example.org" } };
  const logged = new Monitoring("mon", { context: base, notify, insights: false }).within(base);
  return new Network("net", { context: base }).within(logged);
}

/** A recording as a plan. */
function planOf(recording: Recording<unknown>): readonly PlannedResource[] {
  const urns = new Map(recording.resources.map(({ name, urn }) => [name, urn]));
  return recording.resources.flatMap(({ custom, urn, type, name, inputs, dependsOn }) =>
    custom ? [{ urn, type, name, inputs, dependencies: dependsOn.flatMap((each) => urns.get(each) ?? []) }] : [],
  );
}

/** Verdicts on the component `x` and what stands within it, as `RULE name`, sorted. */
async function verdicts(verdict: "pass" | "fail", make: (context: AppContext) => object): Promise<readonly string[]> {
  const resources = planOf(await record(() => make(fullContext())));
  const { findings } = evaluatePolicies({ profile: "production", resources, now: new Date("2026-11-28") });
  const own = findings.filter((each) => each.verdict === verdict && /::x-[^:]*$/.test(each.urn));
  return [...new Set(own.map(({ rule, urn }) => `${rule} ${urn.split("::").at(-1)}`))].sort();
}

const administrator = { kind: "Group", name: "dba", objectId: "33333333-3333-4333-8333-333333333333" } as const;
/** The network that the context is in, as a program passes it on. */
const networkOf = (context: AppContext) => ({ network: context.network as Network });
function image() {
  const registry = ContainerRegistry.existing("r", { registryId: "/registry", loginServer: "r.azurecr.io" });
  return { image: `r.azurecr.io/a@sha256:${"a".repeat(64)}`, registry };
}

it.each<[string, readonly string[], (context: AppContext, more: object) => object]>([
  ["Relay", ["RL03 x-namespace"], (context, more) => new Relay("x", { context, hybridConnections: ["a"], ...more })],
  ["AppConfiguration", ["AC04 x-store"], (context, more) => new AppConfiguration("x", { context, ...more })],
  [
    "SqlServerless",
    ["SQ07 x-server"],
    (context, more) =>
      new SqlServerless("x", {
        context,
        administrator,
        databases: { d: {} },
        ...(Object.keys(more).length > 0 && { addresses: { office: { from: "9.9.9.9", to: "9.9.9.9" } } }),
      }),
  ],
  [
    "FunctionApp",
    ["FN12 x-site"],
    (context, more) => new FunctionApp("x", { context, runtime: { name: "node" }, ...networkOf(context), ...more }),
  ],
  [
    "WebAppForContainers",
    ["FN12 x-site"],
    (context, more) => new WebAppForContainers("x", { context, ...image(), port: 80, ...networkOf(context), ...more }),
  ],
])("%s in a network breaks no rule; open, exactly %j", async (_, open, make) => {
  expect(await verdicts("fail", (context) => make(context, {}))).toEqual([]);
  expect(await verdicts("pass", (context) => make(context, {}))).toEqual(expect.arrayContaining([...open]));
  expect(await verdicts("fail", (context) => make(context, { privateEndpoints: false }))).toEqual(open);
});
