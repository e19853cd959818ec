import type { DatabaseSync } from "node:sqlite";
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from "jose";
import type { Clock } from "./clock.ts";

/** Who made a request, read from a verified token. */
export interface Caller {
  readonly objectId: string;
  readonly tenantId: string;
  /** The application (client) id that got the token. */
  readonly clientId: string;
  readonly kind: "user" | "app";
  readonly audience: string;
  readonly groups: readonly string[];
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface TokenRequest {
  readonly tenantId: string;
  readonly audience: string;
  /** `v1`: tokens for Azure's own services (`iss https://sts.windows.net/{tid}/`); `v2`: for applications' own APIs. */
  readonly version: "v1" | "v2";
  readonly subject: { readonly objectId: string; readonly clientId: string; readonly kind: "user" | "app" };
  /** Extra claims: `scp`, `roles`, `groups`, `preferred_username` … */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** @default 3600 */
  readonly lifetimeSeconds?: number;
}

/** How many tokens' checked claims are kept. */
const MOST_CHECKED = 1000;

/** Signs and verifies the access tokens of the local Entra. The signing keys are kept in the database, so tokens outlive a restart. */
export class TokenAuthority {
  readonly #database: DatabaseSync;
  readonly #clock: Clock;
  readonly #authorityUrl: () => string;
  /** Claims of tokens whose signature was checked: clients send the same one again and again. */
  readonly #checked = new Map<string, JWTPayload>();
  #keySet: ReturnType<typeof createLocalJWKSet> | undefined;
  #signer: Promise<{ readonly kid: string; readonly key: CryptoKey | Uint8Array }> | undefined;

  /** @param authorityUrl base address of the Entra service, used as issuer of v2 tokens */
  constructor(database: DatabaseSync, clock: Clock, authorityUrl: () => string) {
    this.#database = database;
    this.#clock = clock;
    this.#authorityUrl = authorityUrl;
    database.exec(
      "CREATE TABLE IF NOT EXISTS signing_keys (kid TEXT PRIMARY KEY, jwk TEXT NOT NULL, created INTEGER NOT NULL)",
    );
  }

  /** Issuer of a tenant's tokens (Microsoft identity platform, "Access token claims"). */
  issuer(tenantId: string, version: "v1" | "v2"): string {
    return version === "v1" ? `https://sts.windows.net/${tenantId}/` : `${this.#authorityUrl()}/${tenantId}/v2.0`;
  }

  async issue(request: TokenRequest): Promise<string> {
    this.#signer ??= this.#makeSigner();
    const { kid, key } = await this.#signer;
    const now = Math.floor(this.#clock.now() / 1000);
    const { objectId, clientId, kind } = request.subject;
    const version = request.version === "v1" ? { ver: "1.0", appid: clientId } : { ver: "2.0", azp: clientId };
    return new SignJWT({
      ...version,
      tid: request.tenantId,
      oid: objectId,
      sub: objectId,
      idtyp: kind,
      ...request.claims,
    })
      .setProtectedHeader({ alg: "RS256", kid, typ: "JWT" })
      .setIssuer(this.issuer(request.tenantId, request.version))
      .setAudience(request.audience)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + (request.lifetimeSeconds ?? 3600))
      .sign(key);
  }

  /**
   * Checks signature, algorithm, times, issuer against `tid`, and audience (compared without a trailing slash).
   *
   * @throws when any of them is wrong: the caller answers 401
   */
  async verify(token: string, audiences: readonly string[]): Promise<Caller> {
    const payload = await this.#claims(token);
    const tenantId = String(payload.tid);
    const issuers = [this.issuer(tenantId, "v1"), this.issuer(tenantId, "v2")];
    if (!issuers.includes(String(payload.iss))) throw new Error(`issuer ${payload.iss} is not of tenant ${tenantId}`);
    const audience = String(payload.aud);
    if (!audiences.some((accepted) => withoutSlash(accepted) === withoutSlash(audience))) {
      throw new Error(`audience ${audience} is not accepted here`);
    }
    const groups = Array.isArray(payload.groups) ? payload.groups.map(String) : [];
    const clientId = String(payload.appid ?? payload.azp ?? "");
    const kind = payload.idtyp === "app" ? "app" : "user";
    return { objectId: String(payload.oid), tenantId, clientId, kind, audience, groups, claims: payload };
  }

  /** Signature, algorithm and times; the signature only once per token. */
  async #claims(token: string): Promise<JWTPayload> {
    const now = Math.floor(this.#clock.now() / 1000);
    const known = this.#checked.get(token);
    if (known && now < (known.exp ?? 0) && now >= (known.nbf ?? 0)) return known;
    this.#keySet ??= createLocalJWKSet(await this.publicKeys());
    const { payload } = await jwtVerify(token, this.#keySet, {
      algorithms: ["RS256"],
      currentDate: new Date(this.#clock.now()),
      requiredClaims: ["exp", "aud", "iss", "tid", "oid"],
    });
    const oldest = this.#checked.size >= MOST_CHECKED ? this.#checked.keys().next().value : undefined;
    if (oldest !== undefined) this.#checked.delete(oldest);
    this.#checked.set(token, payload);
    return payload;
  }

  /** The public key set that `/discovery/keys` serves. */
  async publicKeys(): Promise<{ keys: JWK[] }> {
    await this.#signingKey();
    const rows = this.#database.prepare("SELECT jwk FROM signing_keys ORDER BY created DESC").all();
    const keys = rows.map((row) => JSON.parse(String(row.jwk)) as JWK);
    return { keys: keys.map(({ kty, n, e, kid }) => ({ kty, n, e, kid, use: "sig", alg: "RS256" }) as JWK) };
  }

  /** Adds a new signing key; old ones go on verifying. */
  async rotate(): Promise<void> {
    const { privateKey } = await generateKeyPair("RS256", { extractable: true });
    const jwk = await exportJWK(privateKey);
    const kid = await calculateJwkThumbprint(jwk);
    const insert = "INSERT INTO signing_keys (kid, jwk, created) VALUES (?, ?, ?)";
    this.#database.prepare(insert).run(kid, JSON.stringify({ ...jwk, kid }), this.#clock.now());
    this.#keySet = undefined;
    this.#signer = undefined;
  }

  async #makeSigner(): Promise<{ readonly kid: string; readonly key: CryptoKey | Uint8Array }> {
    const jwk = await this.#signingKey();
    return { kid: String(jwk.kid), key: await importJWK(jwk, "RS256") };
  }

  async #signingKey(): Promise<JWK> {
    const newest = "SELECT jwk FROM signing_keys ORDER BY created DESC, rowid DESC LIMIT 1";
    const row = this.#database.prepare(newest).get();
    if (row) return JSON.parse(String(row.jwk)) as JWK;
    await this.rotate();
    return JSON.parse(String(this.#database.prepare(newest).get()?.jwk)) as JWK;
  }
}

function withoutSlash(value: string): string {
  return value.replace(/\/+$/, "");
}
