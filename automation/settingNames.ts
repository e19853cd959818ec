import { AutomationError } from "./errors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A key, token or password inside a value: identities sign in, so none is ever needed. */
const KEY = /\b(AccountKey|SharedAccessKey|SharedAccessSignature|Password|Pwd)\s*=\s*\S/i;

/**
 * Names that people know from connection strings and the older service, and the settings that they stand for. One that is given under
 * its own name wins.
 */
const KNOWN: Readonly<Record<string, (value: string, environment: Environment) => Environment>> = {
  AZURE_COSMOS_CONNECTION_STRING: (value) => ({ AZURE_COSMOS_ENDPOINT: field(value, "AccountEndpoint") }),
  AZURE_SERVICE_BUS_CONNECTION_STRING: (value) => ({
    AZURE_SERVICE_BUS_HOST: field(value, "Endpoint")
      ?.replace(/^sb:\/\//, "")
      .replace(/\/+$/, ""),
  }),
  AZURE_STORAGE_CONNECTION_STRING: (value) => {
    const account = field(value, "AccountName");
    const suffix = field(value, "EndpointSuffix") ?? "core.windows.net";
    const address = account && `${field(value, "DefaultEndpointsProtocol") ?? "https"}://${account}.blob.${suffix}`;
    return { AZURE_STORAGE_BLOB_ENDPOINT: field(value, "BlobEndpoint") ?? address };
  },
  AZURE_KEY_VAULT_URI: (value) => ({ AZURE_KEY_VAULT_ENDPOINT: value }),
  AZURE_RESOURCE_GROUP: (value) => ({ DEVFACTORY_RESOURCE_GROUP: value }),
  AZURE_CONTAINER_REGISTRY: (value, { AZURE_SUBSCRIPTION_ID: subscription, AZURE_RESOURCE_GROUP: group }) => ({
    AZURE_CONTAINER_REGISTRY_ENDPOINT: `${value}.azurecr.io`,
    ...(subscription &&
      group && {
        DEVFACTORY_REGISTRY_ID: `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.ContainerRegistry/registries/${value}`,
      }),
  }),
};

/** Names that {@link withKnownNames} reads. */
export const KNOWN_NAMES: readonly string[] = Object.keys(KNOWN);

/**
 * The environment with what the known names stand for. Empty variables count as absent: that is what an unset output of a stack becomes.
 *
 * @throws {AutomationError} `SETTING_MISSING` for a value that holds a key, without showing it
 */
export function withKnownNames(environment: Environment): Readonly<Record<string, string>> {
  const given = present(environment);
  const keyed = KNOWN_NAMES.filter((name) => KEY.test(given[name] ?? ""));
  if (keyed.length > 0) {
    const problems = keyed.map((name) => `${name}: holds a key; take it out, the service signs in by its identity`);
    throw new AutomationError("SETTING_MISSING", { problems: problems.join("; ") });
  }
  const derived = KNOWN_NAMES.flatMap((name) => {
    const value = given[name];
    return value === undefined ? [] : [present(KNOWN[name]?.(value, given) ?? {})];
  });
  return Object.assign({}, ...derived, given) as Record<string, string>;
}

function present(environment: Environment): Record<string, string> {
  const entries = Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(entries);
}

/** A field of a connection string: `Name=value;Name=value`. */
function field(text: string, name: string): string | undefined {
  const parts = text.split(";").map((each) => each.trim());
  const found = parts.find((each) => each.toLowerCase().startsWith(`${name.toLowerCase()}=`));
  return found?.slice(name.length + 1) || undefined;
}
