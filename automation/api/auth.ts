import { createRemoteJWKSet, decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { AutomationError } from "../errors.ts";

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
  /** Keys of a tenant. @default fetched from `{authority}/{tid}/discovery/v2.0/keys` and cached */
  readonly keysOf?: (tenantId: string) => JWTVerifyGetKey;
  readonly now?: () => number;
}

const SKEW_SECONDS = 120;
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** The tenant of all personal Microsoft accounts: nobody's organisation. */
const CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad";
const MAX_TENANTS = 1_000;
/** Headers that name a key by address or bring one along: a token with them is refused (RFC 8725, 3.10). */
const KEY_HEADERS = ["jku", "jwk", "x5u", "x5c"];

/** Verifies access tokens of a multi-tenant Entra application: signature, RS256, issuer of the token's own tenant, audience, times. */
export class TokenVerifier {
  readonly #options: VerifierOptions;
  readonly #authority: string;
  readonly #keys = new Map<string, JWTVerifyGetKey>();

  constructor(options: VerifierOptions) {
    this.#options = options;
    this.#authority = options.authority.replace(/\/+$/, "");
  }

  /** @throws {AutomationError} `UNAUTHORIZED` with the reason */
  async verify(token: string): Promise<Principal> {
    const tenantId = this.#tenantOf(token);
    let payload: JWTPayload;
    try {
      const verified = await jwtVerify(token, this.#keysOf(tenantId), {
        algorithms: ["RS256"],
        issuer: `${this.#authority}/${tenantId}/v2.0`,
        audience: this.#options.audience,
        clockTolerance: SKEW_SECONDS,
        requiredClaims: ["exp", "iss", "aud", "tid"],
        currentDate: new Date((this.#options.now ?? Date.now)()),
      });
      if (KEY_HEADERS.some((name) => name in verified.protectedHeader)) throw refused("the token names its own key");
      payload = verified.payload;
    } catch (error) {
      if (error instanceof AutomationError) throw error;
      throw refused(reasonOf(error), error);
    }
    // Entra puts exactly one audience into a token.
    if (typeof payload.aud !== "string") throw refused("the token has more than one audience");
    return toPrincipal(payload, tenantId);
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

  #keysOf(tenantId: string): JWTVerifyGetKey {
    const cached = this.#keys.get(tenantId);
    if (cached) return cached;
    const keys = this.#options.keysOf?.(tenantId) ?? remoteKeys(`${this.#authority}/${tenantId}/discovery/v2.0/keys`);
    // The oldest goes: whoever invents tenants cannot fill the memory.
    if (this.#keys.size >= MAX_TENANTS) this.#keys.delete(this.#keys.keys().next().value ?? "");
    this.#keys.set(tenantId, keys);
    return keys;
  }
}

const REFRESH_MS = 3_600_000;

/** Keys from an address: an unknown key id leads to one fetch per 30 s at most, and old keys stay while it is down. */
function remoteKeys(address: string): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(address), {
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: 30_000,
    timeoutDuration: 5_000,
  });
  let refreshedAt = performance.now();
  return (header, token) => {
    if (performance.now() - refreshedAt > REFRESH_MS) {
      refreshedAt = performance.now();
      keys.reload().catch(() => undefined);
    }
    return keys(header, token);
  };
}

function toPrincipal(payload: JWTPayload, tenantId: string): Principal {
  const { oid, sub, scp, roles, name } = payload;
  const userId = typeof oid === "string" ? oid : sub;
  if (!userId) throw refused("the token names nobody");
  // `scp` only in a user's token; an application has roles. A token with neither is an id token or of another kind.
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
