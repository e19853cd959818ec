import { createHash, createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { expect, it } from "vitest";
import type { Json } from "../../core/resources.ts";
import { startVault, VAULT_ID } from "./harness.ts";

const DATA = Buffer.from("a message to protect");
const digestOf = (bits: string) => createHash(`sha${bits}`).update(DATA).digest();

async function create(vault: Awaited<ReturnType<typeof startVault>>, name: string, body: Json) {
  const made = await vault.call("POST", `keys/${name}/create`, body);
  return { status: made.status, key: (made.body.key ?? {}) as JsonWebKey & { kid: string; key_ops: string[] } };
}

it("a key shows its public part only, with an id, its operations and attributes", async () => {
  await using vault = await startVault();
  const { status, body } = await vault.call("POST", "keys/k/create", { kty: "RSA", key_size: 2048, tags: { a: "1" } });
  const { key, attributes, tags } = body as { key: Json; attributes: Json; tags: Json };
  expect([status, Object.keys(key), key.kty, tags]).toEqual([
    200,
    ["kid", "kty", "key_ops", "n", "e"],
    "RSA",
    { a: "1" },
  ]);
  expect(String(key.kid)).toMatch(new RegExp(`^${vault.uri}keys/k/[0-9a-f]{32}$`));
  expect([attributes.enabled, attributes.recoverableDays]).toEqual([true, 90]);
  expect((await vault.call("GET", "keys/k")).body).toEqual(body);
});

it.each(["RSA-OAEP", "RSA-OAEP-256", "RSA1_5"])(
  "%s: wrap and unwrap, encrypt and decrypt are round trips",
  async (alg) => {
    await using vault = await startVault();
    await create(vault, "k", { kty: "RSA" });
    const value = Buffer.from("0123456789abcdef").toString("base64url");
    for (const [there, back] of [
      ["wrapkey", "unwrapkey"],
      ["encrypt", "decrypt"],
    ]) {
      const wrapped = await vault.call("POST", `keys/k/${there}`, { alg, value });
      expect(wrapped.body.value).not.toBe(value);
      expect((await vault.call("POST", `keys/k/${back}`, { alg, value: wrapped.body.value })).body.value).toBe(value);
    }
  },
);

it("what an old version wrapped is unwrapped by that version after rotation, not by the new one", async () => {
  await using vault = await startVault();
  const { key } = await create(vault, "k", { kty: "RSA" });
  const old = key.kid.split("/").at(-1);
  const value = Buffer.from("secret").toString("base64url");
  const wrapped = await vault.call("POST", "keys/k/wrapkey", { alg: "RSA-OAEP-256", value });
  expect(wrapped.body.kid).toBe(key.kid);
  const rotated = await vault.call("POST", "keys/k/rotate");
  expect((rotated.body.key as { kid: string }).kid).not.toBe(key.kid);
  const request = { alg: "RSA-OAEP-256", value: wrapped.body.value };
  expect((await vault.call("POST", `keys/k/${old}/unwrapkey`, request)).body.value).toBe(value);
  expect((await vault.call("POST", "keys/k/unwrapkey", request)).status).toBe(400);
});

it.each(["RS256", "RS384", "RS512"])("%s signatures verify here and in node", async (alg) => {
  await using vault = await startVault();
  const { key } = await create(vault, "k", { kty: "RSA" });
  const digest = digestOf(alg.slice(2));
  const signed = await vault.call("POST", "keys/k/sign", { alg, value: digest.toString("base64url") });
  const signature = Buffer.from(String(signed.body.value), "base64url");
  const publicKey = createPublicKey({ key: { kty: "RSA", n: key.n ?? "", e: key.e ?? "" }, format: "jwk" });
  expect(verify(`sha${alg.slice(2)}`, DATA, publicKey, signature)).toBe(true);
  const check = (value: Buffer) =>
    vault.call("POST", "keys/k/verify", {
      alg,
      digest: digest.toString("base64url"),
      value: value.toString("base64url"),
    });
  expect((await check(signature)).body).toEqual({ value: true });
  signature[10] = (signature[10] ?? 0) ^ 1;
  expect((await check(signature)).body).toEqual({ value: false });
});

it.each(["PS256", "PS384", "PS512"])("%s signatures verify here and in node", async (alg) => {
  await using vault = await startVault();
  const { key } = await create(vault, "k", { kty: "RSA" });
  const digest = digestOf(alg.slice(2)).toString("base64url");
  const signed = await vault.call("POST", "keys/k/sign", { alg, value: digest });
  const signature = Buffer.from(String(signed.body.value), "base64url");
  const publicKey = createPublicKey({ key: { kty: "RSA", n: key.n ?? "", e: key.e ?? "" }, format: "jwk" });
  const pss = { key: publicKey, padding: 6, saltLength: -1 }; // RSA_PKCS1_PSS_PADDING, salt as long as the digest
  expect(verify(`sha${alg.slice(2)}`, DATA, pss, signature)).toBe(true);
  expect((await vault.call("POST", "keys/k/verify", { alg, digest, value: signed.body.value })).body).toEqual({
    value: true,
  });
  const other = createHash(`sha${alg.slice(2)}`)
    .update("other")
    .digest("base64url");
  expect((await vault.call("POST", "keys/k/verify", { alg, digest: other, value: signed.body.value })).body).toEqual({
    value: false,
  });
});

it.each([
  ["ES256", "P-256", "256"],
  ["ES256K", "P-256K", "256"],
  ["ES384", "P-384", "384"],
  ["ES512", "P-521", "512"],
])("%s signatures verify here and in node", async (alg, crv, bits) => {
  await using vault = await startVault();
  const { key } = await create(vault, "k", { kty: "EC", crv });
  const digest = digestOf(bits).toString("base64url");
  const signed = await vault.call("POST", "keys/k/sign", { alg, value: digest });
  const signature = Buffer.from(String(signed.body.value), "base64url");
  const jwk = { kty: "EC", crv: crv === "P-256K" ? "secp256k1" : crv, x: key.x ?? "", y: key.y ?? "" };
  const publicKey = createPublicKey({ key: jwk, format: "jwk" });
  expect(verify(`sha${bits}`, DATA, { key: publicKey, dsaEncoding: "ieee-p1363" }, signature)).toBe(true);
  expect((await vault.call("POST", "keys/k/verify", { alg, digest, value: signed.body.value })).body).toEqual({
    value: true,
  });
  const other = createHash(`sha${bits}`).update("other").digest("base64url");
  expect((await vault.call("POST", "keys/k/verify", { alg, digest: other, value: signed.body.value })).body).toEqual({
    value: false,
  });
});

it("an algorithm that does not fit the key, and an operation that the key is not for, are refused", async () => {
  await using vault = await startVault();
  await create(vault, "ec", { kty: "EC" });
  const value = digestOf("256").toString("base64url");
  expect((await vault.call("POST", "keys/ec/sign", { alg: "RS256", value })).status).toBe(400);
  expect((await vault.call("POST", "keys/ec/sign", { alg: "ES384", value })).status).toBe(400);
  const { status, body } = await vault.call("POST", "keys/ec/encrypt", { alg: "RSA-OAEP", value });
  expect([status, (body.error as { innererror: object }).innererror]).toEqual([403, { code: "KeyOperationForbidden" }]);
  expect((await create(vault, "bad", { kty: "oct" })).status).toBe(400);
  expect((await create(vault, "bad", { kty: "RSA", key_size: 1024 })).status).toBe(400);
  expect((await create(vault, "bad", { kty: "EC", crv: "P-192" })).status).toBe(400);
});

it("a disabled key does nothing; an expired one no longer protects but still opens", async () => {
  await using vault = await startVault();
  await create(vault, "k", { kty: "RSA" });
  const request = { alg: "RSA-OAEP", value: "c2VjcmV0" };
  const wrapped = (await vault.call("POST", "keys/k/wrapkey", request)).body.value;
  const exp = Math.floor(vault.context.clock.now() / 1000) + 10;
  await vault.call("PATCH", "keys/k", { attributes: { exp } });
  vault.context.clock.shift(11_000);
  expect((await vault.call("POST", "keys/k/wrapkey", request)).status).toBe(403);
  expect((await vault.call("POST", "keys/k/unwrapkey", { alg: "RSA-OAEP", value: wrapped })).body.value).toBe(
    "c2VjcmV0",
  );
  await vault.call("PATCH", "keys/k", { attributes: { enabled: false } });
  expect((await vault.call("POST", "keys/k/unwrapkey", { alg: "RSA-OAEP", value: wrapped })).status).toBe(403);
});

it("rotation gives the new version the end that the policy says", async () => {
  await using vault = await startVault();
  await create(vault, "k", { kty: "EC" });
  expect((await vault.call("GET", "keys/k/rotationpolicy")).body.attributes).toEqual({});
  const policy = { lifetimeActions: [], attributes: { expiryTime: "P90D" } };
  expect((await vault.call("PUT", "keys/k/rotationpolicy", policy)).status).toBe(200);
  const { body } = await vault.call("POST", "keys/k/rotate");
  const { created, exp } = body.attributes as { created: number; exp: number };
  expect(exp - created).toBe(90 * 86_400);
  expect((await vault.call("GET", "keys/k/versions")).body.value).toHaveLength(2);
  const bad = { attributes: { expiryTime: "soon" } };
  expect((await vault.call("PUT", "keys/k/rotationpolicy", bad)).status).toBe(400);
});

it("a deleted key is recovered or purged as a secret is", async () => {
  await using vault = await startVault();
  const { key } = await create(vault, "k", { kty: "EC" });
  expect((await vault.call("DELETE", "keys/k")).body.recoveryId).toBe(`${vault.uri}deletedkeys/k`);
  expect((await vault.call("GET", "keys/k")).status).toBe(404);
  expect((await create(vault, "k", { kty: "EC" })).status).toBe(409);
  expect((await vault.call("GET", "deletedkeys")).body.value).toHaveLength(1);
  const recovered = await vault.call("POST", "deletedkeys/k/recover");
  expect((recovered.body.key as { kid: string }).kid).toBe(key.kid);
  await vault.call("DELETE", "keys/k");
  expect((await vault.call("DELETE", "deletedkeys/k")).status).toBe(204);
  expect((await vault.call("GET", "deletedkeys/k")).status).toBe(404);
  expect((await vault.call("GET", "keys")).body.value).toEqual([]);
});

it("a key that is brought along works as one made here", async () => {
  await using vault = await startVault();
  const { privateKey } = await import("node:crypto").then((crypto) =>
    crypto.generateKeyPairSync("ec", { namedCurve: "P-256" }),
  );
  const imported = await vault.call("PUT", "keys/mine", { key: privateKey.export({ format: "jwk" }) });
  expect(imported.status).toBe(200);
  const value = digestOf("256").toString("base64url");
  expect((await vault.call("POST", "keys/mine/sign", { alg: "ES256", value })).status).toBe(200);
  expect((await vault.call("PUT", "keys/mine", { key: { kty: "EC" } })).status).toBe(400);
});

it("each operation needs its own right", async () => {
  await using vault = await startVault();
  await create(vault, "k", { kty: "RSA" });
  const request = { alg: "RSA-OAEP", value: "c2VjcmV0" };
  const status = async (method: string, path: string, body?: Json) =>
    (await vault.call(method, path, body, "app")).status;
  expect(await status("POST", "keys/k/wrapkey", request)).toBe(403);
  vault.allow("app", "Microsoft.KeyVault/vaults/keys/wrap/action", `${VAULT_ID}/keys/k`);
  expect(await status("POST", "keys/k/wrapkey", request)).toBe(200);
  for (const operation of ["unwrapkey", "encrypt", "decrypt", "sign", "verify"]) {
    expect([operation, await status("POST", `keys/k/${operation}`, request)]).toEqual([operation, 403]);
  }
  for (const [method, path] of [
    ["GET", "keys"],
    ["GET", "keys/k"],
    ["POST", "keys/k/create"],
    ["POST", "keys/k/rotate"],
    ["PATCH", "keys/k"],
    ["PUT", "keys/k"],
    ["DELETE", "keys/k"],
    ["GET", "deletedkeys"],
    ["POST", "deletedkeys/k/recover"],
    ["DELETE", "deletedkeys/k"],
    ["GET", "keys/k/rotationpolicy"],
    ["PUT", "keys/k/rotationpolicy"],
  ] as const) {
    expect([method, path, await status(method, path)]).toEqual([method, path, 403]);
  }
});
