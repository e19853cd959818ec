// The catalogue reads links from the source without running it; here they run, each with every access.
import { resolve } from "node:path";
import { expect, it } from "vitest";
import * as components from "../../components/index.ts";
import { record } from "../../components/testing/index.ts";
import { readCatalogue } from "./read.ts";
import { Surroundings } from "./surroundings.ts";

const catalogue = readCatalogue(resolve(import.meta.dirname, "../.."));
const linked = catalogue.components.filter(({ grants }) => grants.length > 0);

/** One of each with one of every part, all called `part`. */
const MAKE: Readonly<Record<string, (given: Surroundings) => object>> = {
  ApiManagement: ({ context, publisher }) => {
    const access = { kind: "entra", audience: "api://part" } as const;
    const apis = { part: { path: "part", backend: "https://backend.example", access } };
    return new components.ApiManagement("t", { context, publisher, apis });
  },
  AppConfiguration: ({ context }) => new components.AppConfiguration("t", { context }),
  ContainerApp: ({ app }) => new components.ContainerApp("t", { ...app, ingress: { port: 80, external: true } }),
  ContainerJob: ({ app }) => new components.ContainerJob("t", app),
  ContainerRegistry: ({ context }) => new components.ContainerRegistry("t", { context }),
  CosmosAccount: ({ context }) => new components.CosmosAccount("t", { context, databases: { part: { part: "/id" } } }),
  FunctionApp: ({ context }) => new components.FunctionApp("t", { context, runtime: { name: "node" } }),
  KeyVault: ({ context }) => new components.KeyVault("t", { context, keys: ["part"] }),
  Monitoring: ({ context }) => new components.Monitoring("t", { context, insights: true }),
  PostgresServer: ({ context }) =>
    new components.PostgresServer("t", { context, databases: ["part"], azureServices: true }),
  Relay: ({ context }) => new components.Relay("t", { context, hybridConnections: ["part"] }),
  ServiceBus: ({ context }) => {
    const topics = { part: { subscriptions: { part: {} } } };
    return new components.ServiceBus("t", { context, queues: { part: {} }, topics });
  },
  SessionPool: ({ context }) => new components.SessionPool("t", { context, session: { kind: "python" } }),
  SqlServerless: ({ context, administrator }) =>
    new components.SqlServerless("t", { context, administrator, databases: { part: {} } }),
  StorageAccount: ({ context }) => {
    const parts = { containers: ["part"], queues: ["part"], tables: ["part"], shares: { part: { quotaGib: 1 } } };
    return new components.StorageAccount("t", { context, ...parts });
  },
  WebAppForContainers: ({ context, registry, image }) =>
    new components.WebAppForContainers("t", { context, registry, image, port: 80 }),
};

it("every component with links is tried", () => {
  expect(linked.map(({ name }) => name)).toEqual(Object.keys(MAKE));
});

it.each(linked)("the links of $name give what the catalogue says", async ({ name, grants, variables }) => {
  const seen = await record(() => {
    const made = MAKE[name]?.(new Surroundings());
    return grants.map(({ of, access }) => linkOf(made, of, access));
  });
  const roles = seen.result.map(({ roles: [first], data }) => {
    if (first) return components.roleOf(first.role).title;
    return data?.[0] ? "inside" : undefined;
  });
  expect(roles).toEqual(
    grants.map(({ role }, index) => (seen.result[index]?.data?.[0] && role !== undefined ? "inside" : role)),
  );
  const set = new Set(
    seen.result.flatMap(({ env, identityNameEnv = [] }) => [...Object.keys(env), ...identityNameEnv]),
  );
  const patterns = variables.map((each) => new RegExp(`^${each.replaceAll(/<\w+>/g, "\\w+")}$`));
  expect([...set].filter((each) => !patterns.some((pattern) => pattern.test(each)))).toEqual([]);
  expect(variables.filter((_, index) => ![...set].some((each) => patterns[index]?.test(each)))).toEqual([]);
});

/** Calls each method of the path with `part`, then `link`. */
function linkOf(made: unknown, of: string, access: string): components.LinkGrant {
  type Calls = Readonly<Record<string, (argument: string) => unknown>>;
  const methods = of === "" ? [] : of.split(".");
  const part = methods.reduce((at, method) => (at as Calls)[method]?.call(at, "part"), made);
  return (part as { link(access: string): components.LinkGrant }).link(access);
}
