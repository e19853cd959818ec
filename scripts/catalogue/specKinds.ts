import { RESERVED_WORDS } from "../../components/core/naming.ts";
import type { ArgumentEntry, Catalogue, Component } from "./schema.ts";

/** A kind of the app spec: its component, and for each of its options the component's argument that it becomes. */
interface KindRow {
  readonly component: string;
  /** Path of methods to what services are linked to; absent: the component itself. */
  readonly part?: string;
  /** Access levels of the spec, with the component's own. */
  readonly access: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
}

const CONTAINER = {
  component: "ContainerApp",
  access: { call: "call" },
  options: {
    port: "ingress.port",
    health: "health.path",
    env: "env",
    "size.cpu": "cpu",
    "scale.min": "scale.min",
    "scale.max": "scale.max",
    "scale.concurrency": "scale.concurrency",
    public: "ingress.external",
    uses: "link",
  },
} as const;

/** What `stacks/app` makes of each kind of resource and service, and which argument each option becomes. */
export const SPEC_KINDS: Readonly<Record<"resources" | "services", Readonly<Record<string, KindRow>>>> = {
  resources: {
    postgres: {
      component: "PostgresServer",
      part: "database",
      access: { read: "read", readwrite: "readwrite" },
      options: { storageGb: "storageGb", sku: "sku", highAvailability: "zoneRedundant" },
    },
    cosmos: {
      component: "CosmosAccount",
      part: "database",
      access: { read: "read", readwrite: "readwrite" },
      options: { containers: "databases" },
    },
    blob: {
      component: "StorageAccount",
      part: "container",
      access: { read: "read", readwrite: "readwrite" },
      options: { containers: "containers", sku: "sku" },
    },
    queue: {
      component: "ServiceBus",
      part: "queue",
      access: { send: "send", receive: "receive" },
      options: { sessions: "queues.*.sessions" },
    },
    secrets: { component: "KeyVault", access: { read: "read" }, options: {} },
    sql: {
      component: "SqlServerless",
      part: "database",
      access: { read: "read", readwrite: "readwrite" },
      options: { freeOffer: "databases.*.freeOffer", pauseMinutes: "databases.*.pauseMinutes" },
    },
    relay: {
      component: "Relay",
      part: "connection",
      access: { send: "send", listen: "listen" },
      options: { connections: "hybridConnections" },
    },
    config: { component: "AppConfiguration", access: { read: "read" }, options: { sku: "sku" } },
    gateway: {
      component: "ApiManagement",
      part: "api",
      access: {},
      options: { publisher: "publisher", apis: "apis", origins: "apis.*.access" },
    },
    registry: { component: "ContainerRegistry", access: { read: "pull" }, options: { sku: "sku" } },
  },
  services: {
    static: { component: "StaticWebApp", access: {}, options: {} },
    web: CONTAINER,
    api: CONTAINER,
    worker: CONTAINER,
    job: { component: "ContainerJob", access: {}, options: { env: "env", "size.cpu": "cpu", uses: "link" } },
    function: {
      component: "FunctionApp",
      access: { call: "call" },
      options: { memoryMb: "memoryMb", env: "env", "scale.min": "alwaysReady", uses: "link" },
    },
  },
};

/** The part of the catalogue that a spec needs, in the spec's own words: the content of `stacks/spec/catalogue.json`. */
export function specCatalogue({ components }: Catalogue): object {
  const group = (rows: Readonly<Record<string, KindRow>>) =>
    Object.fromEntries(Object.entries(rows).map(([kind, row]) => [kind, kindOf(kind, row, components)]));
  return {
    about: "What each kind of an app spec is made of. Written by `npx vitest run scripts/catalogue -u`; do not edit.",
    resources: group(SPEC_KINDS.resources),
    services: group(SPEC_KINDS.services),
  };
}

function kindOf(
  kind: string,
  { component: name, part = "", access: levels, options }: KindRow,
  components: readonly Component[],
) {
  const component = components.find((each) => each.name === name);
  if (!component) throw new Error(`there is no component ${name} for ${kind}`);
  const argumentOf = (path: string) => {
    const found = component.arguments.find((each) => each.name === path);
    if (!found) throw new Error(`${name} has no argument ${path} for ${kind}`);
    return found;
  };
  return {
    component: name,
    summary: component.summary,
    cost: component.cost,
    ...(component.costs && { costs: component.costs }),
    limits: component.limits,
    keepsData: component.keepsData,
    reservedWords: component.naming?.global ? RESERVED_WORDS : [],
    access: Object.entries(levels).map(([access, own]) => {
      const grant = component.grants.find((each) => each.of === part && each.access === own);
      if (!grant) throw new Error(`${name} has no link ${own} for ${kind}`);
      return { access, ...(grant.role !== undefined && { role: grant.role }), variables: grant.variables };
    }),
    options: Object.fromEntries(Object.entries(options).map(([option, path]) => [option, optionOf(argumentOf(path))])),
  };
}

function optionOf({ name, type: _, required: __, ...facts }: ArgumentEntry): object {
  return { argument: name, ...facts };
}

/** Lists that types are made from, as the module `stacks/spec/offered.ts`: the values that components take, by kind and option. */
export function offeredModule(catalogue: Catalogue): string {
  const rows = (["resources", "services"] as const).flatMap((group) =>
    Object.entries(SPEC_KINDS[group]).flatMap(([kind, { component, options }]) => {
      const args = catalogue.components.find((each) => each.name === component)?.arguments ?? [];
      const lists = Object.entries(options).flatMap(([option, path]) => {
        const { allowed } = args.find((each) => each.name === path) ?? {};
        return allowed ? [`    ${option}: [${allowed.map((each) => JSON.stringify(each)).join(", ")}],`] : [];
      });
      return lists.length > 0 ? [`  ${kind}: {`, ...lists, "  },"] : [];
    }),
  );
  return [
    "// Written by `npx vitest run scripts/catalogue -u` from the components; do not edit.",
    "",
    "/** Values that components take, by kind and option of the spec. */",
    "// biome-ignore format: generated",
    "export const OFFERED = {",
    ...rows,
    "} as const;",
    "",
  ].join("\n");
}
