import { readFileSync } from "node:fs";

/** Where and as whom a provider signs in; the names are azure-native's own. */
export interface SignIn {
  readonly authority: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly subscriptionId: string;
  readonly armEndpoint: string;
  readonly source:
    | { readonly kind: "secret"; readonly secret: string }
    | { readonly kind: "assertion"; readonly assertion: () => string }
    | { readonly kind: "identity"; readonly endpoint: string; readonly header: string }
    | { readonly kind: "none" };
}

type Environment = Readonly<Record<string, string | undefined>>;

const EARLY_MS = 5 * 60_000;

/** Provider configuration first, environment second. */
export function readSignIn(config: Readonly<Record<string, string>>, env: Environment): SignIn {
  const read = (key: string, ...names: readonly string[]) =>
    config[key] ?? names.map((name) => env[name]).find(Boolean) ?? "";
  const useMsi = read("useMsi", "ARM_USE_MSI") === "true";
  const useOidc = read("useOidc", "ARM_USE_OIDC") === "true";
  const secret = read("clientSecret", "ARM_CLIENT_SECRET", "AZURE_CLIENT_SECRET");
  const source = useMsi
    ? {
        kind: "identity" as const,
        endpoint: read("msiEndpoint", "IDENTITY_ENDPOINT"),
        header: env.IDENTITY_HEADER ?? "",
      }
    : useOidc
      ? { kind: "assertion" as const, assertion: () => oidcToken(read) }
      : secret
        ? { kind: "secret" as const, secret }
        : { kind: "none" as const };
  return {
    authority: (env.AZURE_AUTHORITY_HOST || "https://login.microsoftonline.com").replace(/\/$/, ""),
    armEndpoint: (env.AZURE_RESOURCE_MANAGER_ENDPOINT || "https://management.azure.com").replace(/\/$/, ""),
    tenantId: read("tenantId", "ARM_TENANT_ID", "AZURE_TENANT_ID"),
    clientId: read("clientId", "ARM_CLIENT_ID", "AZURE_CLIENT_ID"),
    subscriptionId: read("subscriptionId", "ARM_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID"),
    source,
  };
}

function oidcToken(read: (key: string, ...names: readonly string[]) => string): string {
  const token = read("oidcToken", "ARM_OIDC_TOKEN");
  return (
    token ||
    readFileSync(read("oidcTokenFilePath", "ARM_OIDC_TOKEN_FILE_PATH", "AZURE_FEDERATED_TOKEN_FILE"), "utf8").trim()
  );
}

interface Held {
  readonly token: string;
  readonly expiresAt: number;
}

/** Gets tokens and keeps them until shortly before they end. */
export class Credential {
  readonly #signIn: SignIn;
  readonly #held = new Map<string, Promise<Held>>();

  constructor(signIn: SignIn) {
    this.#signIn = signIn;
  }

  /** @param resource for example `https://management.azure.com` */
  async token(resource: string): Promise<string> {
    const known = await this.#held.get(resource)?.catch(() => undefined);
    if (known && known.expiresAt - EARLY_MS > Date.now()) return known.token;
    const fetching = this.#fetch(resource);
    this.#held.set(resource, fetching);
    return (await fetching).token;
  }

  async #fetch(resource: string): Promise<Held> {
    const { source, clientId, authority, tenantId } = this.#signIn;
    if (source.kind === "none")
      throw new Error("No credentials: set ARM_CLIENT_ID and ARM_CLIENT_SECRET, ARM_USE_OIDC or ARM_USE_MSI.");
    if (source.kind === "identity") {
      const query = new URLSearchParams({
        "api-version": "2019-08-01",
        resource,
        ...(clientId ? { client_id: clientId } : {}),
      });
      return readToken(await fetch(`${source.endpoint}?${query}`, { headers: { "X-IDENTITY-HEADER": source.header } }));
    }
    const proof =
      source.kind === "secret"
        ? { client_secret: source.secret }
        : {
            client_assertion: source.assertion(),
            client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
          };
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      scope: `${resource}/.default`,
      ...proof,
    });
    return readToken(await fetch(`${authority}/${tenantId}/oauth2/v2.0/token`, { method: "POST", body }));
  }
}

async function readToken(answer: Response): Promise<Held> {
  const body = (await answer.json()) as Readonly<Record<string, unknown>>;
  if (!answer.ok || typeof body.access_token !== "string") {
    throw new Error(`Sign-in failed: ${String(body.error_description ?? body.message ?? answer.status)}`);
  }
  const seconds = Number(body.expires_in ?? 0);
  const expiresAt = seconds > 0 ? Date.now() + seconds * 1000 : Number(body.expires_on ?? 0) * 1000;
  return { token: body.access_token, expiresAt };
}

/** Claims of a token that was just given, unchecked: they only say who we are. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Readonly<
    Record<string, unknown>
  >;
}
