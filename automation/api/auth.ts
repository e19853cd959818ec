import { decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import { AutomationError } from "../errors.ts";
import { keyFits, remoteKeys, type TenantKeys } from "./tenantKeys.ts";

/** Who asks, from a verified token. */
export interface Principal {
  readonly tenantId: string;
  /** Object id in the tenant. */
  readonly userId: string;
  readonly name?: string;
  /** Delegated scopes of a user, application roles of a service. */
  readonly granted: ReadonlySet<string>;
  /** Roles of the application that the caller was assigned: `operator`, `member`. */
  readonly roles: ReadonlySet<string>;
}

export interface VerifierOptions {
  /** Base of issuers, for example `https://login.microsoftonline.com`. */
  readonly authority: string;
  /** Client id of this API: the audience of v2 tokens. */
  readonly audience: string;
  /** Tenants that may use the API; empty: every tenant. */
  readonly tenants: readonly string[];
  /** Applications that may ask for somebody (`azp` of their tokens); empty: every one that a tenant has agreed to. */
  readonly clients?: readonly string[];
  /** Keys of a tenant. @default fetched from `{authority}/{tid}/discovery/v2.0/keys` and cached */
  readonly keysOf?: (tenantId: string) => TenantKeys;
  readonly now?: () => number;
}

const SKEW_SECONDS = 120;
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** The tenant of all personal Microsoft accounts: nobody's organisation. */
const CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad";
const MAX_TENANTS = 1_000;
/** Of tenants that have not shown a good token yet. */
const MAX_UNPROVEN = 100;
/** Claims that only an id token has (OpenID Connect Core 1.0, 3.1.3.6 and 3.3.2.11). */
const ID_TOKEN_CLAIMS = ["nonce", "at_hash", "c_hash"];
/** Headers that name a key by address or bring one along: a token with them is refused (RFC 8725, 3.10). */
const KEY_HEADERS = ["jku", "jwk", "x5u", "x5c"];

/** Verifies access tokens of a multi-tenant Entra application: signature, RS256, issuer of the token's own tenant, audience, times. */
export class TokenVerifier {
  readonly #options: VerifierOptions;
  readonly #authority: string;
  /** Whoever invents tenants drives out only others of the kind. */
  readonly #proven = new Map<string, TenantKeys>();
  readonly #unproven = new Map<string, TenantKeys>();

  constructor(options: VerifierOptions) {
    this.#options = options;
    this.#authority = options.authority.replace(/\/+$/, "");
  }

  /** @throws {AutomationError} `UNAUTHORIZED` with the reason */
  async verify(token: string): Promise<Principal> {
    const tenantId = this.#tenantOf(token);
    const issuer = `${this.#authority}/${tenantId}/v2.0`;
    const keys = this.#keysOf(tenantId);
    let payload: JWTPayload;
    try {
      const verified = await jwtVerify(token, keys.key, {
        algorithms: ["RS256"],
        issuer,
        audience: this.#options.audience,
        clockTolerance: SKEW_SECONDS,
        requiredClaims: ["exp", "iss", "aud", "tid"],
        currentDate: new Date((this.#options.now ?? Date.now)()),
      });
      if (KEY_HEADERS.some((name) => name in verified.protectedHeader)) throw refused("the token names its own key");
      if (!keyFits(keys.known(), verified.protectedHeader.kid, issuer, tenantId))
        throw refused("the signing key is of another tenant");
      payload = verified.payload;
    } catch (error) {
      if (error instanceof AutomationError) throw error;
      throw refused(reasonOf(error), error);
    }
    // Entra puts exactly one audience into a token.
    if (typeof payload.aud !== "string") throw refused("the token has more than one audience");
    const { clients = [] } = this.#options;
    if (clients.length > 0 && !clients.some((each) => each === payload.azp))
      throw refused("the application that asks is not known here");
    const principal = toPrincipal(payload, tenantId);
    keep(this.#proven, tenantId, keys, MAX_TENANTS);
    this.#unproven.delete(tenantId);
    return principal;
  }

  /** Reads the tenant before the signature is checked, only to choose the keys; the issuer check ties it to the token. */
  #tenantOf(token: string): string {
    let tid: unknown;
    try {
      tid = decodeJwt(token).tid;
    } catch (error) {
      throw refused("the token is not a JSON web token", error);
    }
    if (typeof tid !== "string" || !GUID.test(tid) || tid === CONSUMERS)
      throw refused("the token is of no organisation's tenant");
    const { tenants } = this.#options;
    if (tenants.length > 0 && !tenants.includes(tid)) throw refused("the tenant is not known here");
    return tid;
  }

  #keysOf(tenantId: string): TenantKeys {
    const cached = this.#proven.get(tenantId) ?? this.#unproven.get(tenantId);
    if (cached) return cached;
    const { keysOf, now } = this.#options;
    const keys = keysOf?.(tenantId) ?? remoteKeys(`${this.#authority}/${tenantId}/discovery/v2.0/keys`, now);
    keep(this.#unproven, tenantId, keys, MAX_UNPROVEN);
    return keys;
  }
}

/** Keeps at most so many: the one that came first goes. */
function keep(all: Map<string, TenantKeys>, tenantId: string, keys: TenantKeys, most: number): void {
  if (all.has(tenantId)) return;
  const first = all.keys().next();
  if (all.size >= most && !first.done) all.delete(first.value);
  all.set(tenantId, keys);
}

function toPrincipal(payload: JWTPayload, tenantId: string): Principal {
  const { oid, sub, scp, roles, name } = payload;
  const userId = typeof oid === "string" ? oid : sub;
  if (!userId) throw refused("the token names nobody");
  if (ID_TOKEN_CLAIMS.some((name) => name in payload))
    throw refused("this is an id token, which is for the application");
  // `scp` only in a user's token; an application has roles, and is its own subject (Microsoft Learn, "Access token claims reference").
  if (typeof scp !== "string" && oid !== sub) throw refused("the token has neither scopes nor is it an application's");
  const assigned = Array.isArray(roles) ? roles.map(String) : [];
  const granted = typeof scp === "string" ? scp.split(" ") : assigned;
  if (granted.length === 0) throw refused("the token has neither scopes nor roles");
  const rights = { granted: new Set(granted), roles: new Set(assigned) };
  return { tenantId, userId, ...rights, ...(typeof name === "string" ? { name } : {}) };
}

function refused(reason: string, cause?: unknown): AutomationError {
  return new AutomationError("UNAUTHORIZED", { reason: `Refused: ${reason}.` }, { cause });
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "the token has expired";
  if (error instanceof errors.JWTClaimValidationFailed) return `the claim "${error.claim}" is not as it must be`;
  if (error instanceof errors.JOSEAlgNotAllowed) return "the algorithm is not RS256";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "the signature is wrong";
  if (error instanceof errors.JWKSNoMatchingKey) return "the signing key is not known";
  return "the token cannot be verified";
}
