import {
  base64url,
  createLocalJWKSet,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from "jose";
import { beforeAll, expect, it } from "vitest";
import { TokenVerifier } from "./auth.ts";
import type { TenantKeys } from "./tenantKeys.ts";

const AUTHORITY = "https://login.example";
const TENANT = "11111111-1111-4111-8111-111111111111";
const OTHER = "22222222-2222-4222-8222-222222222222";
const CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad";
const API = "33333333-3333-4333-8333-333333333333";
const NOW = Date.parse("2026-11-21T12:00:00Z");
const SECONDS = NOW / 1000;

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;
let own: Keys;
let foreign: Keys;
let verifier: TokenVerifier;

beforeAll(async () => {
  own = await generateKeyPair("RS256", { extractable: true });
  foreign = await generateKeyPair("RS256", { extractable: true });
  const local = (keys: readonly JWK[]): TenantKeys => {
    const key = createLocalJWKSet({ keys: [...keys] });
    return { key, known: key.jwks };
  };
  const setOf = async (keys: Keys, kid: string) =>
    local([{ ...(await exportJWK(keys.publicKey)), kid, alg: "RS256", use: "sig" }]);
  const keys: Record<string, TenantKeys> = {
    [TENANT]: await setOf(own, "own"),
    [OTHER]: await setOf(foreign, "foreign"),
  };
  const none = local([]);
  verifier = new TokenVerifier({
    authority: `${AUTHORITY}/`,
    audience: API,
    tenants: [],
    keysOf: (tid) => keys[tid] ?? none,
    now: () => NOW,
  });
});

function token(claims: JWTPayload = {}, header: Partial<JWTHeaderParameters> = {}, keys = own): Promise<string> {
  const good = {
    iss: `${AUTHORITY}/${TENANT}/v2.0`,
    aud: API,
    tid: TENANT,
    oid: "user-1",
    scp: "Jobs.Read Jobs.Write",
    nbf: SECONDS - 60,
    exp: SECONDS + 3600,
  };
  const payload = Object.fromEntries(Object.entries({ ...good, ...claims }).filter(([, value]) => value !== undefined));
  return new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid: "own", ...header }).sign(keys.privateKey);
}

it("takes a user's token", async () => {
  expect(await verifier.verify(await token({ name: "Ada", roles: ["operator"] }))).toEqual({
    tenantId: TENANT,
    userId: "user-1",
    name: "Ada",
    granted: new Set(["Jobs.Read", "Jobs.Write"]),
    roles: new Set(["operator"]),
  });
});

it("an operator is a user with the role beside the scopes", async () => {
  const principal = await verifier.verify(await token({ roles: ["operator"] }));
  expect([principal.granted, principal.roles]).toEqual([new Set(["Jobs.Read", "Jobs.Write"]), new Set(["operator"])]);
});

it("takes a service's token by its roles", async () => {
  const principal = await verifier.verify(await token({ scp: undefined, sub: "user-1", roles: ["Jobs.Read"] }));
  expect([principal.granted, principal.roles]).toEqual([new Set(["Jobs.Read"]), new Set(["Jobs.Read"])]);
});

it.each<[string, JWTPayload, string]>([
  ["of another application", { aud: "00000003-0000-0000-c000-000000000000" }, 'the claim "aud"'],
  ["with the v1 form of the audience", { aud: `api://${API}` }, 'the claim "aud"'],
  ["with two audiences", { aud: [API, "other"] as unknown as string }, "more than one audience"],
  ["without audience", { aud: undefined as unknown as string }, 'the claim "aud"'],
  ["of version 1", { iss: `https://sts.windows.net/${TENANT}/` }, 'the claim "iss"'],
  ["with a slash after the issuer", { iss: `${AUTHORITY}/${TENANT}/v2.0/` }, 'the claim "iss"'],
  ["whose issuer is another tenant", { iss: `${AUTHORITY}/${OTHER}/v2.0` }, 'the claim "iss"'],
  ["issued by common", { iss: `${AUTHORITY}/common/v2.0` }, 'the claim "iss"'],
  [
    "that names another tenant than its key's",
    { tid: OTHER, iss: `${AUTHORITY}/${OTHER}/v2.0` },
    "the signing key is not known",
  ],
  ["of the consumer tenant", { tid: CONSUMERS, iss: `${AUTHORITY}/${CONSUMERS}/v2.0` }, "no organisation's tenant"],
  ["with a path as tenant", { tid: "../evil" }, "no organisation's tenant"],
  ["without tenant", { tid: undefined }, "no organisation's tenant"],
  ["without an end", { exp: undefined as unknown as number }, 'the claim "exp"'],
  ["that ended", { exp: SECONDS - 180 }, "expired"],
  ["of the future", { nbf: SECONDS + 600 }, 'the claim "nbf"'],
  ["of an application without roles", { scp: undefined, sub: "user-1" }, "neither scopes nor roles"],
  [
    "of a user without scopes (an id token)",
    { scp: undefined, sub: "pairwise", roles: ["operator"] },
    "neither scopes nor",
  ],
  ["with a nonce (an id token)", { nonce: "n" }, "this is an id token"],
  ["with the hash of an access token (an id token)", { at_hash: "h" }, "this is an id token"],
  ["of nobody", { oid: undefined, sub: undefined as unknown as string }, "names nobody"],
])("refuses a token %s", async (_case, claims, reason) => {
  await expect(verifier.verify(await token(claims))).rejects.toMatchObject({
    code: "UNAUTHORIZED",
    message: expect.stringContaining(reason) as string,
  });
});

it("allows two minutes of clock skew", async () => {
  await expect(verifier.verify(await token({ exp: SECONDS - 60, nbf: SECONDS + 60 }))).resolves.toMatchObject({
    userId: "user-1",
  });
});

it.each(["jku", "x5u", "jwk", "x5c"])("refuses a token that brings its own key in %s", async (name) => {
  const jwk = await exportJWK(own.publicKey);
  const value = name === "jwk" ? jwk : name === "x5c" ? ["MII"] : "https://evil.example/keys";
  await expect(verifier.verify(await token({}, { [name]: value }))).rejects.toMatchObject({ code: "UNAUTHORIZED" });
});

it("refuses a token signed with a foreign key under a known key id", async () => {
  await expect(verifier.verify(await token({}, {}, foreign))).rejects.toThrow("the signature is wrong");
});

it("refuses a token whose key id is not known", async () => {
  await expect(verifier.verify(await token({}, { kid: "other" }))).rejects.toThrow("the signing key is not known");
});

it("refuses HS256 signed with the public key", async () => {
  const secret = new TextEncoder().encode(await exportSPKI(own.publicKey));
  const claims = {
    iss: `${AUTHORITY}/${TENANT}/v2.0`,
    aud: API,
    tid: TENANT,
    oid: "x",
    scp: "Jobs.Write",
    exp: SECONDS + 60,
  };
  const forged = await new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "own" }).sign(secret);
  await expect(verifier.verify(forged)).rejects.toThrow("the algorithm is not RS256");
});

it.each(["none", "None", "NONE"])("refuses the algorithm %s", async (alg) => {
  const [, payload = ""] = (await token()).split(".");
  const header = base64url.encode(JSON.stringify({ alg, kid: "own" }));
  await expect(verifier.verify(`${header}.${payload}.`)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
});

it("refuses a changed payload", async () => {
  const [header, , signature] = (await token()).split(".");
  const payload = base64url.encode(JSON.stringify({ tid: TENANT, scp: "Jobs.Write" }));
  await expect(verifier.verify(`${header}.${payload}.${signature}`)).rejects.toThrow("Refused");
});

it.each(["", "abc", "a.b.c"])("refuses what is no token: %j", async (text) => {
  await expect(verifier.verify(text)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
});

it("takes only listed tenants when there is a list", async () => {
  const strict = new TokenVerifier({ authority: AUTHORITY, audience: API, tenants: [OTHER], now: () => NOW });
  await expect(strict.verify(await token())).rejects.toThrow("the tenant is not known here");
});
