import { variableOf } from "./environment.ts";
import type { LinkGrant } from "./link.ts";

/** What the reader calls the variables of links. Those that a client library reads by itself are left to it. */
const PROPERTIES: Readonly<Record<string, string>> = {
  APPLICATIONINSIGHTS_CONNECTION_STRING: "connectionString",
  AZURE_APP_CONFIGURATION_ENDPOINT: "endpoint",
  AZURE_CONTAINER_REGISTRY_ENDPOINT: "loginServer",
  AZURE_COSMOS_CONTAINER: "containerName",
  AZURE_COSMOS_DATABASE: "databaseName",
  AZURE_COSMOS_ENDPOINT: "endpoint",
  AZURE_KEY_VAULT_ENDPOINT: "endpoint",
  AZURE_KEY_VAULT_NAME: "vaultName",
  AZURE_RELAY_HOST: "host",
  AZURE_SERVICE_BUS_HOST: "host",
  AZURE_SERVICE_BUS_NAME: "namespaceName",
  AZURE_SESSION_POOL_ENDPOINT: "endpoint",
  AZURE_SQL_DATABASE: "databaseName",
  AZURE_SQL_SERVER: "host",
  AZURE_STORAGE_ACCOUNT_NAME: "accountName",
  AZURE_STORAGE_BLOB_ENDPOINT: "blobEndpoint",
  AZURE_STORAGE_FILE_ENDPOINT: "fileEndpoint",
  AZURE_STORAGE_QUEUE_ENDPOINT: "queueEndpoint",
  AZURE_STORAGE_TABLE_ENDPOINT: "tableEndpoint",
  POSTGRES_DATABASE: "databaseName",
  POSTGRES_HOST: "host",
  POSTGRES_PORT: "port",
  POSTGRES_USERNAME: "userName",
};
/** libpq and its kin. */
const LIBRARY_OWN = /^PG[A-Z]+$/;

/** One resource that a program may reach, as its reader shows it. */
export interface ReaderEntry {
  /** `resources.<name>` */
  readonly name: string;
  /** Key of the link. */
  readonly link: string;
  /** Properties that are known while the code is written: what the linked part is called. */
  readonly constants: Readonly<Record<string, string>>;
  /** Properties that the environment of the process holds, with their variables. */
  readonly variables: Readonly<Record<string, string>>;
}

/** A program with links: an app, a job, a site, a group. */
export interface Reached {
  readonly key: string;
  /** What its program reaches by `link`. */
  readonly links: readonly LinkGrant[];
  /** All that bring it variables, in order: two of a kind tell them apart by suffix. */
  readonly allLinks: readonly LinkGrant[];
}

/** @param names `resources.<name>` by key of the link, put into camel case. @default the key */
export function readerEntries(
  { links, allLinks }: Reached,
  names: Readonly<Record<string, string>> = {},
): readonly ReaderEntry[] {
  return links.map((link) => {
    const constants = link.names ?? {};
    const all = [...Object.keys(link.env), ...(link.identityNameEnv ?? [])].filter((name) => !LIBRARY_OWN.test(name));
    const variables = all
      .map((name) => [propertyOf(name), variableOf(name, link, allLinks)] as const)
      .filter(([property]) => !(property in constants));
    return {
      name: camelCase(names[link.key] ?? link.key),
      link: link.key,
      constants,
      variables: Object.fromEntries(variables),
    };
  });
}

/**
 * The text of a TypeScript module that tells a program where its resources are: `resources.jobs.queueName` in place of names of
 * variables. It needs no package, reads the environment when a property is asked for, and throws an error that names the variable
 * that is missing. The same links give the same text.
 *
 * @param names `resources.<name>` by key of the link, put into camel case. @default the key
 */
export function runtimeReader(consumer: Reached, names: Readonly<Record<string, string>> = {}): string {
  const entries = readerEntries(consumer, names);
  const reads = entries.some(({ variables }) => Object.keys(variables).length > 0);
  return [
    `// Made from the links of ${consumer.key}; what is changed here is lost with the next change of them.`,
    ...(reads ? [READ] : []),
    "/** What this program may reach, and where. */",
    "export const resources = {",
    ...entries.flatMap(entryLines),
    "} as const;",
    "",
  ].join("\n");
}

const READ = `
declare const process: { readonly env: Readonly<Record<string, string | undefined>> };
const { env } = process;

/** A variable that the platform sets. */
function read(name: string, resource: string): string {
  const value = env[name];
  if (value !== undefined && value !== "") return value;
  throw new Error(\`\${name} is not set: resources.\${resource} needs it. The link sets it when the app is deployed; set it yourself to run elsewhere.\`);
}
`;

function entryLines({ name, link, constants, variables }: ReaderEntry): readonly string[] {
  return [
    `  /** The link ${link}. */`,
    `  ${propertyKey(name)}: {`,
    ...Object.entries(constants).map(([property, value]) => `    ${propertyKey(property)}: ${JSON.stringify(value)},`),
    ...Object.entries(variables).flatMap(([property, variable]) => [
      `    get ${propertyKey(property)}(): string {`,
      `      return read(${JSON.stringify(variable)}, ${JSON.stringify(name)});`,
      "    },",
    ]),
    "  },",
  ];
}

function propertyOf(variable: string): string {
  if (variable.endsWith("_BASE_URL")) return "baseUrl";
  return PROPERTIES[variable] ?? camelCase(variable.toLowerCase());
}

/** `bus-jobs` → `busJobs`. */
function camelCase(text: string): string {
  return text.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? "");
}

function propertyKey(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
