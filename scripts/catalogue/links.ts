// The catalogue reads links from the source without running it; here they run, each with every access, to see what they give.
import * as components from "../../components/index.ts";
import { record, resolved } from "../../components/testing/index.ts";
import type { Catalogue, Component, GrantEntry } from "./schema.ts";
import { Surroundings } from "./surroundings.ts";

/** One of each, called `thing`, with one of every part, all called `part`. */
const MAKE: Readonly<Record<string, (given: Surroundings) => object>> = {
  ApiManagement: ({ context, publisher }) => {
    const access = { kind: "entra", audience: "api://part" } as const;
    const apis = { part: { path: "part", backend: "https://backend.example", access } };
    return new components.ApiManagement("thing", { context, publisher, apis });
  },
  AppConfiguration: ({ context }) => new components.AppConfiguration("thing", { context }),
  ContainerApp: ({ app }) => new components.ContainerApp("thing", { ...app, ingress: { port: 80, external: true } }),
  ContainerJob: ({ app }) => new components.ContainerJob("thing", app),
  ContainerRegistry: ({ context }) => new components.ContainerRegistry("thing", { context }),
  CosmosAccount: ({ context }) =>
    new components.CosmosAccount("thing", { context, databases: { part: { part: "/id" } } }),
  FunctionApp: ({ context }) => new components.FunctionApp("thing", { context, runtime: { name: "node" } }),
  KeyVault: ({ context }) => new components.KeyVault("thing", { context, keys: ["part"] }),
  Monitoring: ({ context }) => new components.Monitoring("thing", { context, insights: true }),
  PostgresServer: ({ context }) =>
    new components.PostgresServer("thing", { context, databases: ["part"], azureServices: true }),
  Relay: ({ context }) => new components.Relay("thing", { context, hybridConnections: ["part"] }),
  ServiceBus: ({ context }) => {
    const topics = { part: { subscriptions: { part: {} } } };
    return new components.ServiceBus("thing", { context, queues: { part: {} }, topics });
  },
  SessionPool: ({ context }) => new components.SessionPool("thing", { context, session: { kind: "python" } }),
  SqlServerless: ({ context, administrator }) =>
    new components.SqlServerless("thing", { context, administrator, databases: { part: {} } }),
  StorageAccount: ({ context }) => {
    const parts = { containers: ["part"], queues: ["part"], tables: ["part"], shares: { part: { quotaGib: 1 } } };
    return new components.StorageAccount("thing", { context, ...parts });
  },
  WebAppForContainers: ({ context, registry, image }) =>
    new components.WebAppForContainers("thing", { context, registry, image, port: 80 }),
};

/** What one link gave when it ran. */
export interface TriedLink {
  /** Title of the role, or `inside` for a right that only the service knows; undefined: no rights. */
  readonly role: string | undefined;
  /** ARM type of what the right holds on; undefined without a right. */
  readonly scope: string | undefined;
  /** `<NAME>` stands for the component's name, `<PART>` for the part's. */
  readonly variables: readonly string[];
}

/** Makes the component and runs its links, each with its access, in their order. */
export async function tryLinks(
  name: string,
  links: readonly Pick<GrantEntry, "of" | "access">[],
): Promise<TriedLink[]> {
  if (links.length === 0) return [];
  const make = MAKE[name];
  if (!make) throw new Error(`scripts/catalogue/links.ts does not say how ${name} is made`);
  const { result } = await record(() => {
    const made = make(new Surroundings());
    return Promise.all(links.map(({ of, access }) => seen(linkOf(made, of, access))));
  });
  return result;
}

/** Every component with what its links were seen to give. */
export async function withTriedLinks(catalogue: Catalogue): Promise<Catalogue> {
  const all: Component[] = [];
  for (const component of catalogue.components) {
    const tried = await tryLinks(component.name, component.grants); // one after the other: Pulumi's settings are global
    const grants = component.grants.map((grant, index) => {
      const { scope, variables = [] } = tried[index] ?? {};
      return { ...grant, ...(scope !== undefined && { scope }), variables: [...variables] };
    });
    all.push({ ...component, grants });
  }
  return { ...catalogue, components: all };
}

async function seen({
  roles: [first],
  data: [inside] = [],
  env,
  identityNameEnv = [],
}: components.LinkGrant): Promise<TriedLink> {
  const scope = first?.scope ?? (inside && scopeInside(inside));
  return {
    role: first ? components.roleOf(first.role).title : inside && "inside",
    scope: scope === undefined ? undefined : armType(await resolved(scope)),
    variables: [...Object.keys(env), ...identityNameEnv]
      .map((each) =>
        each.replaceAll(/(?<![A-Z])THING(?![A-Z])/g, "<NAME>").replaceAll(/(?<![A-Z])PART(?![A-Z])/g, "<PART>"),
      )
      .sort(),
  };
}

function scopeInside(grant: components.DataGrant) {
  if (grant.kind === "cosmos") return grant.scope;
  return grant.kind === "postgres" ? grant.serverId : grant.databaseId;
}

/** `…/providers/Microsoft.Sql/servers/a/databases/b` → `Microsoft.Sql/servers/databases`. */
function armType(id: string): string {
  const [provider = "", ...rest] = (id.split("/providers/").at(-1) ?? "").split("/");
  return [provider, ...rest.filter((_, index) => index % 2 === 0)].join("/");
}

/** Calls each method of the path with `part`, then `link`. */
function linkOf(made: unknown, of: string, access: string): components.LinkGrant {
  type Calls = Readonly<Record<string, (argument: string) => unknown>>;
  const methods = of === "" ? [] : of.split(".");
  const part = methods.reduce((at, method) => (at as Calls)[method]?.call(at, "part"), made);
  return (part as { link(access: string): components.LinkGrant }).link(access);
}
