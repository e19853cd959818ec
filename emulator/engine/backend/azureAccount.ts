import { EngineError, EXIT } from "../engineError.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** How to prove who we are, in the order in which the settings win. */
export type AzureProof =
  | { readonly kind: "key"; readonly account: string; readonly key: string }
  | { readonly kind: "sas" }
  | { readonly kind: "connectionString"; readonly text: string }
  | { readonly kind: "servicePrincipal"; readonly principal: ServicePrincipal }
  /** Managed identity, or whoever is logged in with `az`. */
  | { readonly kind: "identity"; readonly clientId: string | undefined };

/** An identity that the environment names, as the Azure libraries' EnvironmentCredential and WorkloadIdentityCredential. */
export interface ServicePrincipal {
  readonly tenantId: string;
  readonly clientId: string;
  readonly authorityHost: string | undefined;
  readonly secret: { readonly kind: "text" | "tokenFile"; readonly value: string };
}

/** One container of a storage account, and the folder in it. */
export interface AzureAccount {
  readonly container: string;
  /** Before every key: empty, or ending in `/`. */
  readonly prefix: string;
  /** The service with its SAS token, if one is used; unused with a connection string. */
  readonly serviceUrl: string;
  readonly proof: AzureProof;
}

const OPTIONS = ["storage_account", "domain", "protocol", "cdn", "localemu"];
const PUBLIC_CLOUD = "blob.core.windows.net";

/**
 * Reads an `azblob://container/prefix?storage_account=…` URL and the environment as the real CLI does.
 *
 * @throws EngineError (exit 3) when the account is missing or an option is unknown
 * @see gocloud.dev/blob/azureblob, "URLs" and NewServiceURL
 */
export function azureAccount(url: string, env: Environment): AzureAccount {
  const { hostname, pathname, searchParams } = parse(url);
  const unknown = [...searchParams.keys()].find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined)
    throw problem(url, `unknown query parameter "${unknown}"; known are ${OPTIONS.join(", ")}`);
  const connection = env.AZURE_STORAGE_CONNECTION_STRING || env.AZURE_STORAGEBLOB_CONNECTIONSTRING || "";
  const account = searchParams.get("storage_account") || env.AZURE_STORAGE_ACCOUNT || part(connection, "AccountName");
  if (!account)
    throw problem(
      url,
      "the storage account is missing: set AZURE_STORAGE_ACCOUNT, or add ?storage_account=NAME to the URL",
    );
  const folder = decodeURIComponent(pathname).replace(/^\/+|\/+$/g, "");
  return {
    container: hostname,
    prefix: folder === "" ? "" : `${folder}/`,
    serviceUrl: serviceUrl(url, account, searchParams, env, connection),
    proof: proofOf(env, connection),
  };
}

function parse(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed?.hostname) throw problem(url, "it must have the form azblob://CONTAINER[/FOLDER][?storage_account=NAME]");
  return parsed;
}

/** A key wins over a SAS token, that over a connection string; without any, the identity of this machine or user. */
function proofOf(env: Environment, connection: string): AzureProof {
  const account = env.AZURE_STORAGE_ACCOUNT;
  if (account && env.AZURE_STORAGE_KEY) return { kind: "key", account, key: env.AZURE_STORAGE_KEY };
  if (env.AZURE_STORAGE_SAS_TOKEN) return { kind: "sas" };
  if (connection) return { kind: "connectionString", text: connection };
  const principal = principalOf(env);
  return principal ? { kind: "servicePrincipal", principal } : { kind: "identity", clientId: env.AZURE_CLIENT_ID };
}

/** Read here because the libraries would look in the environment of the whole process. */
function principalOf(env: Environment): ServicePrincipal | undefined {
  const { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId, AZURE_AUTHORITY_HOST: authorityHost } = env;
  if (!tenantId || !clientId) return undefined;
  const named = { tenantId, clientId, authorityHost: authorityHost || undefined };
  if (env.AZURE_CLIENT_SECRET) return { ...named, secret: { kind: "text", value: env.AZURE_CLIENT_SECRET } };
  const file = env.AZURE_FEDERATED_TOKEN_FILE;
  return file ? { ...named, secret: { kind: "tokenFile", value: file } } : undefined;
}

function serviceUrl(
  url: string,
  account: string,
  options: URLSearchParams,
  env: Environment,
  connection: string,
): string {
  const domain = options.get("domain") || env.AZURE_STORAGE_DOMAIN || PUBLIC_CLOUD;
  const protocol =
    options.get("protocol") || env.AZURE_STORAGE_PROTOCOL || part(connection, "DefaultEndpointsProtocol") || "https";
  if (protocol !== "http" && protocol !== "https") throw problem(url, `invalid protocol "${protocol}"`);
  const token = env.AZURE_STORAGE_SAS_TOKEN?.replace(/^\?/, "");
  const emulated = isTrue(options.get("localemu") ?? env.AZURE_STORAGE_IS_LOCAL_EMULATOR);
  const query = token ? `?${token}` : "";
  if (emulated || /^(127\.0\.0\.1|localhost)/.test(domain)) return `${protocol}://${domain}/${account}${query}`;
  if (isTrue(options.get("cdn") ?? env.AZURE_STORAGE_IS_CDN)) return `${protocol}://${domain}${query}`;
  return `${protocol}://${account}.${domain}${query}`;
}

/** One `Name=value` of a connection string. */
function part(connection: string, name: string): string {
  const found = connection.split(";").find((each) => each.startsWith(`${name}=`));
  return found?.slice(name.length + 1) ?? "";
}

function isTrue(text: string | null | undefined): boolean {
  return /^(1|t|true)$/i.test(text ?? "");
}

function problem(url: string, cause: string): EngineError {
  return new EngineError(`unable to open bucket ${url}: ${cause}`, EXIT.authentication);
}
