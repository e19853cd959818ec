import { KeyObject } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { TokenVerifier, type VerifierOptions } from "./auth.ts";
import { principalOf } from "./principal.ts";

const TENANT = "11111111-1111-4111-8111-111111111111";
const OTHER = "22222222-2222-4222-8222-222222222222";
const API = "33333333-3333-4333-8333-333333333333";

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;
let keys: Record<string, Keys> = {};
/** What the authority answers: keys of a tenant, a status, or nothing at all. */
const served = new Map<string, readonly JWK[] | number>();
const asked: string[] = [];
const clock = { now: Date.parse("2026-11-29T12:00:00Z") };
let authority = "";
const server = createServer((request, response) => {
  const tenant = request.url?.split("/")[1] ?? "";
  asked.push(tenant);
  const answer = served.get(tenant) ?? 400;
  if (typeof answer === "number") response.writeHead(answer).end();
  else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys: answer }));
});

beforeAll(async () => {
  const made = ["one", "two", "foreign"].map(
    async (name) => [name, await generateKeyPair("RS256", { extractable: true })] as const,
  );
  keys = Object.fromEntries(await Promise.all(made));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  authority = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

const jwk = async (name: string, more: object = {}): Promise<JWK> => {
  const pair = keys[name];
  if (!pair) throw new Error(`no ${name}`);
  return { ...(await exportJWK(pair.publicKey)), kid: name, use: "sig", ...more };
};

beforeEach(async () => {
  served.clear();
  asked.length = 0;
  served.set(TENANT, [await jwk("one")]);
});

const verifier = (more: Partial<VerifierOptions> = {}) =>
  new TokenVerifier({ authority, audience: API, tenants: [], now: () => clock.now, ...more });

function token(name: string, claims: JWTPayload = {}, header: Partial<JWTHeaderParameters> = {}): Promise<string> {
  const pair = keys[name];
  if (!pair) throw new Error(`no ${name}`);
  const tid = typeof claims.tid === "string" ? claims.tid : TENANT;
  const seconds = Math.floor(clock.now / 1000);
  const good = {
    iss: `${authority}/${tid}/v2.0`,
    aud: API,
    tid,
    oid: "ada",
    sub: "s",
    scp: "Jobs.Write",
    exp: seconds + 3_600,
  };
  const payload = Object.fromEntries(Object.entries({ ...good, ...claims }).filter(([, value]) => value !== undefined));
  return new SignJWT(payload)
    .setProtectedHeader({ alg: "RS256", kid: name, ...header })
    .sign(KeyObject.from(pair.privateKey));
}

const refusal = (of: TokenVerifier, text: string) =>
  of.verify(text).then(
    () => "taken",
    (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
  );

it("a thousand invented key ids cause one fetch in half a minute, also while the authority is down", async () => {
  const own = verifier();
  expect((await own.verify(await token("one"))).userId).toBe("ada");
  const storm = async () => {
    const tokens = await Promise.all(
      Array.from({ length: 50 }, (_, at) => token("two", {}, { kid: `invented-${at}` })),
    );
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all(tokens.map((each) => refusal(own, each)));
      expect(new Set(answers)).toEqual(new Set(["UNAUTHORIZED: Refused: the signing key is not known."]));
    }
  };
  await storm();
  expect(asked.length).toBe(1); // the first fetch was a moment ago
  clock.now += 31_000;
  await storm();
  expect(asked.length).toBe(2);
  served.set(TENANT, 503);
  clock.now += 31_000;
  await storm();
  expect(asked.length).toBe(3);
  expect(await refusal(own, await token("one"))).toBe("taken");
});

it("a new key is taken after one fetch, an old one stays while the authority is down, and is let go when it is withdrawn", async () => {
  const own = verifier();
  await own.verify(await token("one"));
  served.set(TENANT, [await jwk("one"), await jwk("two")]);
  clock.now += 31_000;
  const [first, second] = await Promise.all([refusal(own, await token("two")), refusal(own, await token("two"))]);
  expect([first, second, asked.length]).toEqual(["taken", "taken", 2]);
  served.set(TENANT, 500);
  for (let hour = 0; hour < 5; hour++) {
    clock.now += 3_601_000;
    expect([await refusal(own, await token("one")), await refusal(own, await token("two"))]).toEqual([
      "taken",
      "taken",
    ]);
    await new Promise((resolve) => setTimeout(resolve, 20)); // it is looked for in the background
  }
  expect(asked.length).toBe(7);
  served.set(TENANT, [await jwk("two")]);
  clock.now += 3_601_000;
  await own.verify(await token("two"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await refusal(own, await token("one"))).toBe("UNAUTHORIZED: Refused: the signing key is not known.");
});

it("an authority that never answered is no reason to sign in again; one that does not know the tenant is", async () => {
  const own = verifier();
  served.set(TENANT, 503);
  const unavailable = "SIGN_IN_UNAVAILABLE: The keys that tokens are checked with cannot be fetched.";
  for (let count = 0; count < 10; count++) expect(await refusal(own, await token("one"))).toBe(unavailable);
  expect(asked.length).toBe(1);
  served.set(TENANT, [await jwk("one")]);
  clock.now += 31_000;
  expect(await refusal(own, await token("one"))).toBe("taken");
  expect(await refusal(own, await token("one", { tid: OTHER }))).toBe(
    "UNAUTHORIZED: Refused: the tenant is not known to the authority.",
  );
});

it("invented tenants do not drive out the keys of real ones", async () => {
  const own = verifier();
  await own.verify(await token("one"));
  for (let count = 0; count < 150; count++) {
    const tid = `22222222-2222-4222-8222-${String(count).padStart(12, "0")}`;
    expect(await refusal(own, await token("foreign", { tid }))).toMatch(/^UNAUTHORIZED/);
  }
  served.set(TENANT, 503);
  expect(await refusal(own, await token("one"))).toBe("taken");
  expect(asked.filter((tenant) => tenant === TENANT).length).toBe(1);
});

it.each<[string, (authority: string) => string, string]>([
  ["another tenant", (base) => `${base}/${OTHER}/v2.0`, "UNAUTHORIZED: Refused: the signing key is of another tenant."],
  [
    "version 1",
    () => `https://sts.windows.net/${TENANT}/`,
    "UNAUTHORIZED: Refused: the signing key is of another tenant.",
  ],
  ["every tenant", (base) => `${base}/{tenantid}/v2.0`, "taken"],
  ["this tenant", (base) => `${base}/${TENANT}/v2.0`, "taken"],
])("a key of a shared document that says it is of %s", async (_, issuer, expected) => {
  served.set(TENANT, [await jwk("one", { issuer: issuer(authority) })]);
  expect(await refusal(verifier(), await token("one"))).toBe(expected);
});

it.each<[string, JWTPayload]>([
  ["the issuer of one tenant with the id of another", { iss: "", tid: OTHER }],
  ["the id of another tenant with its issuer", { tid: OTHER }],
])("%s is refused, with a key of the first", async (_, claims) => {
  served.set(OTHER, [await jwk("foreign", { kid: "one" })]);
  const iss = claims.iss === "" ? { iss: `${authority}/${TENANT}/v2.0` } : {};
  expect(await refusal(verifier(), await token("one", { ...claims, ...iss }))).toMatch(
    /^UNAUTHORIZED: Refused: the (signature is wrong|claim "iss")/,
  );
});

it.each<[string, number, number, boolean]>([
  ["ended 120 s ago", -119, -600, true],
  ["ended 121 s ago", -121, -600, false],
  ["begins in 120 s", 600, 120, true],
  ["begins in 121 s", 600, 122, false],
])("two minutes of skew: a token that %s", async (_, exp, nbf, taken) => {
  const seconds = Math.floor(clock.now / 1000);
  const answer = await refusal(verifier(), await token("one", { exp: seconds + exp, nbf: seconds + nbf }));
  expect(answer === "taken").toBe(taken);
});

it("the same mail address in two tenants is two people", async () => {
  served.set(OTHER, [await jwk("foreign")]);
  const own = verifier();
  const claims = {
    oid: "same",
    email: "ada@example.org",
    upn: "ada@example.org",
    preferred_username: "ada@example.org",
  };
  const people = await Promise.all([
    own.verify(await token("one", claims)),
    own.verify(await token("foreign", { ...claims, tid: OTHER })),
  ]);
  expect(people.map(({ tenantId, userId }) => [tenantId, userId])).toEqual([
    [TENANT, "same"],
    [OTHER, "same"],
  ]);
});

it("an application that was given a role of people may not do what people may", async () => {
  const app = await token("one", { scp: undefined, oid: "app", sub: "app", roles: ["operator"] });
  const needed = { "Jobs.Read": await code("Jobs.Read"), "Jobs.Write": await code("Jobs.Write") };
  expect(needed).toEqual({ "Jobs.Read": "FORBIDDEN", "Jobs.Write": "FORBIDDEN" });
  async function code(right: "Jobs.Read" | "Jobs.Write") {
    return principalOf(verifier(), `Bearer ${app}`, right).then(
      () => "taken",
      (error: { code: string }) => error.code,
    );
  }
});

it("only the listed applications ask for somebody, when there is a list", async () => {
  const strict = verifier({ clients: ["cli"] });
  expect([
    await refusal(strict, await token("one", { azp: "cli" })),
    await refusal(strict, await token("one", { azp: "other" })),
    await refusal(strict, await token("one")),
  ]).toEqual([
    "taken",
    "UNAUTHORIZED: Refused: the application that asks is not known here.",
    "UNAUTHORIZED: Refused: the application that asks is not known here.",
  ]);
});

it.each<[string, Partial<JWTHeaderParameters>]>([
  ["RS384", { alg: "RS384" }],
  ["RS512", { alg: "RS512" }],
  ["PS256", { alg: "PS256" }],
  ["an address of keys", { jku: "https://evil.example/keys" }],
  ["an address of certificates", { x5u: "https://evil.example/cert" }],
  ["a key id that is a path", { kid: "../../foreign" }],
  ["no key id, with two keys", { kid: undefined as unknown as string }],
])("a good key with %s is refused", async (_, header) => {
  served.set(TENANT, [await jwk("one"), await jwk("two")]);
  expect(await refusal(verifier(), await token("one", {}, header))).toMatch(/^UNAUTHORIZED/);
  expect(asked.every((tenant) => tenant === TENANT)).toBe(true);
});

it("a header that must be understood and is not, an encrypted token and five parts are refused", async () => {
  const good = await token("one");
  const [, payload, signature] = good.split(".");
  const header = Buffer.from(JSON.stringify({ alg: "RS256", kid: "one", crit: ["x"], x: 1 })).toString("base64url");
  expect(await refusal(verifier(), `${header}.${payload}.${signature}`)).toMatch(/^UNAUTHORIZED/);
  const read = (text: string) =>
    principalOf(verifier(), text, "Jobs.Read").then(
      () => "taken",
      (error: { code: string }) => error.code,
    );
  for (const text of [
    `Bearer ${good}.x.y`,
    `Bearer ${good} x`,
    `Bearer  ${good}`,
    `Basic ${good}`,
    good,
    `Bearer ${good},Bearer ${good}`,
  ])
    expect(await read(text)).toBe("UNAUTHORIZED");
  expect(await read(`Bearer ${good}`)).toBe("taken");
});
