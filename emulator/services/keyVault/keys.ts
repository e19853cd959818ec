import type { JsonWebKey } from "node:crypto";
import type { Json } from "../../core/resources.ts";
import { decrypt, encrypt, makeKey, sign, verify } from "./cryptography.ts";
import { VaultError } from "./errors.ts";
import type { Deletion, Version } from "./store.ts";
import {
  attributesOf,
  authorize,
  deletionOf,
  idOf,
  type Permission,
  page,
  readAttributes,
  readTags,
  refuseHeldName,
  refuseProtectedPurge,
  retentionDays,
  type Vault,
  type VaultRequest,
} from "./vault.ts";

const ALLOW = {
  create: { action: "keys/create/action", policy: "create" },
  import: { action: "keys/import/action", policy: "import" },
  get: { action: "keys/read", policy: "get" },
  list: { action: "keys/read", policy: "list" },
  update: { action: "keys/update/action", policy: "update" },
  rotate: { action: "keys/rotate/action", policy: "rotate" },
  delete: { action: "keys/delete", policy: "delete" },
  recover: { action: "keys/recover/action", policy: "recover" },
  purge: { action: "keys/purge/action", policy: "purge" },
  readPolicy: { action: "keyrotationpolicies/read", policy: "getrotationpolicy" },
  writePolicy: { action: "keyrotationpolicies/write", policy: "setrotationpolicy" },
} as const satisfies Readonly<Record<string, Permission>>;

/** Cryptographic operations by their path: the name in `key_ops`, and whether the key must be within its dates. */
const OPERATIONS = {
  encrypt: { op: "encrypt", action: "encrypt", protects: true },
  decrypt: { op: "decrypt", action: "decrypt", protects: false },
  wrapkey: { op: "wrapKey", action: "wrap", protects: true },
  unwrapkey: { op: "unwrapKey", action: "unwrap", protects: false },
  sign: { op: "sign", action: "sign", protects: true },
  verify: { op: "verify", action: "verify", protects: false },
} as const;

export type KeyOperation = keyof typeof OPERATIONS;

export function isKeyOperation(name: string): name is KeyOperation {
  return Object.hasOwn(OPERATIONS, name);
}

const RSA_OPS = ["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"];
const EC_OPS = ["sign", "verify"];

/** POST /keys/{name}/create ("Create Key"). */
export async function createKey(request: VaultRequest, name: string): Promise<Json> {
  authorize(request, "key", ALLOW.create, name);
  return toBundle(request.vault, await addKey(request.vault, name, request.body));
}

/** Also what ARM's `vaults/keys` does. @throws {VaultError} 400, 409 for a held name */
export async function addKey(vault: Vault, name: string, body: Json): Promise<Version> {
  if (!/^[0-9a-zA-Z-]{1,127}$/.test(name)) {
    throw new VaultError("badParameter", { reason: "The request URI contains an invalid name" });
  }
  refuseHeldName(vault, "key", name);
  const { kty, key_size, crv, key_ops } = body;
  const jwk = await makeKey({
    kty: String(kty),
    ...(typeof key_size === "number" && { size: key_size }),
    ...(typeof crv === "string" && { curve: crv }),
  });
  return store(vault, name, body, String(kty), jwk, key_ops);
}

/** PUT /keys/{name} with a private JWK ("Import Key"). */
export function importKey(request: VaultRequest, name: string): Json {
  authorize(request, "key", ALLOW.import, name);
  const { vault, body } = request;
  refuseHeldName(vault, "key", name);
  const { key_ops, ...jwk } = (body.key ?? {}) as JsonWebKey & Json;
  if (typeof jwk.kty !== "string" || typeof jwk.d !== "string") {
    throw new VaultError("badParameter", { reason: "Property key must be a private JSON web key" });
  }
  return toBundle(vault, store(vault, name, body, jwk.kty, { ...jwk, kty: jwk.kty.replace(/-HSM$/, "") }, key_ops));
}

function store(vault: Vault, name: string, body: Json, kty: string, jwk: JsonWebKey, ops: unknown): Version {
  const keyOps = Array.isArray(ops) && ops.length > 0 ? ops.map(String) : jwk.kty === "RSA" ? RSA_OPS : EC_OPS;
  const data = { kty, jwk, key_ops: keyOps };
  return vault.store.add(vault.name, "key", name, { attributes: readAttributes(body), ...readTags(body), data });
}

/** GET /keys/{name}/{version} ("Get Key"). */
export function getKey(request: VaultRequest, name: string, version: string): Json {
  authorize(request, "key", ALLOW.get, name);
  return toBundle(request.vault, findKey(request.vault, name, version));
}

/** PATCH /keys/{name}/{version} ("Update Key"). */
export function updateKey(request: VaultRequest, name: string, version: string): Json {
  authorize(request, "key", ALLOW.update, name);
  const { vault, body } = request;
  const found = findKey(vault, name, version);
  const data = { ...found.data, ...(Array.isArray(body.key_ops) && { key_ops: body.key_ops }) };
  vault.store.update(vault.name, "key", found, {
    attributes: readAttributes(body, found.attributes),
    ...(found.tags && { tags: found.tags }),
    ...readTags(body),
    data,
  });
  return toBundle(vault, findKey(vault, name, found.version));
}

/** POST /keys/{name}/rotate: a new version of the same type, with the dates of the rotation policy ("Rotate Key"). */
export async function rotateKey(request: VaultRequest, name: string): Promise<Json> {
  authorize(request, "key", ALLOW.rotate, name);
  const { vault } = request;
  const found = findKey(vault, name, "");
  const { jwk, kty, key_ops } = keyData(found);
  const made = await makeKey({
    kty,
    ...(jwk.n !== undefined && { size: Buffer.from(jwk.n, "base64url").length * 8 }),
    ...(jwk.crv !== undefined && { curve: jwk.crv }),
  });
  const lifetime = (vault.store.policy(vault.name, name)?.attributes as Json | undefined)?.expiryTime;
  const exp = typeof lifetime === "string" ? vault.store.now() + durationSeconds(lifetime) : undefined;
  const content = {
    attributes: { enabled: true, ...(exp !== undefined && { exp }) },
    data: { kty, jwk: made, key_ops },
  };
  return toBundle(
    vault,
    vault.store.add(vault.name, "key", name, { ...content, ...(found.tags && { tags: found.tags }) }),
  );
}

/** POST /keys/{name}/{version}/{operation}: encrypt, decrypt, wrap, unwrap, sign, verify. */
export function useKey(request: VaultRequest, name: string, version: string, operation: KeyOperation): Json {
  const { op, action, protects } = OPERATIONS[operation];
  authorize(request, "key", { action: `keys/${action}/action`, policy: op.toLowerCase() }, name);
  const { vault, body } = request;
  const found = findKey(vault, name, version);
  const { enabled, nbf, exp } = found.attributes;
  const details = { kind: "key", operation: op };
  if (!enabled) throw new VaultError("disabled", details);
  if (protects && nbf !== undefined && nbf > vault.store.now()) throw new VaultError("notYetValid", details);
  if (protects && exp !== undefined && exp <= vault.store.now()) throw new VaultError("expired", details);
  const { jwk, key_ops } = keyData(found);
  if (!key_ops.includes(op)) throw new VaultError("operationNotPermitted", details);
  const algorithm = String(body.alg);
  const kid = idOf(vault, "key", found);
  switch (operation) {
    case "encrypt":
    case "wrapkey":
      return { kid, value: encrypt(jwk, algorithm, bytes(body, "value")).toString("base64url") };
    case "decrypt":
    case "unwrapkey":
      return { kid, value: decrypt(jwk, algorithm, bytes(body, "value")).toString("base64url") };
    case "sign":
      return { kid, value: sign(jwk, algorithm, bytes(body, "value")).toString("base64url") };
    case "verify":
      return { value: verify(jwk, algorithm, bytes(body, "digest"), bytes(body, "value")) };
  }
}

/** DELETE /keys/{name} ("Delete Key"). */
export function deleteKey(request: VaultRequest, name: string): Json {
  authorize(request, "key", ALLOW.delete, name);
  const { vault } = request;
  const found = findKey(vault, name, "");
  return toDeleted(vault, { ...found, ...vault.store.delete(vault.name, "key", name, retentionDays(vault)) });
}

export function listKeys(request: VaultRequest): Json {
  authorize(request, "key", ALLOW.list);
  const { vault } = request;
  return page(
    request,
    "keys",
    vault.store.list(vault.name, "key").map((each) => toItem(vault, { ...each, version: "" })),
  );
}

export function listKeyVersions(request: VaultRequest, name: string): Json {
  authorize(request, "key", ALLOW.list, name);
  const { vault } = request;
  const versions = vault.store.versions(vault.name, "key", name);
  return page(
    request,
    `keys/${name}/versions`,
    versions.map((each) => toItem(vault, each)),
  );
}

export function getDeletedKey(request: VaultRequest, name: string): Json {
  authorize(request, "key", ALLOW.get, name);
  return toDeleted(request.vault, findDeleted(request.vault, name));
}

export function listDeletedKeys(request: VaultRequest): Json {
  authorize(request, "key", ALLOW.list);
  const { vault } = request;
  return page(
    request,
    "deletedkeys",
    vault.store.listDeleted(vault.name, "key").map((each) => toDeleted(vault, each)),
  );
}

export function recoverKey(request: VaultRequest, name: string): Json {
  authorize(request, "key", ALLOW.recover, name);
  const { vault } = request;
  findDeleted(vault, name);
  vault.store.recover(vault.name, "key", name);
  return toBundle(vault, findKey(vault, name, ""));
}

export function purgeKey(request: VaultRequest, name: string): undefined {
  authorize(request, "key", ALLOW.purge, name);
  refuseProtectedPurge(request.vault);
  findDeleted(request.vault, name);
  request.vault.store.purge(request.vault.name, "key", name);
}

/** GET /keys/{name}/rotationpolicy: what was set, or the service's default of a notice 30 days before the end. */
export function getRotationPolicy(request: VaultRequest, name: string): Json {
  authorize(request, "key", ALLOW.readPolicy, name);
  const { vault } = request;
  findKey(vault, name, "");
  const none = {
    lifetimeActions: [{ trigger: { timeBeforeExpiry: "P30D" }, action: { type: "Notify" } }],
    attributes: {},
  };
  return { id: `${vault.uri}keys/${name}/rotationpolicy`, ...(vault.store.policy(vault.name, name) ?? none) };
}

/** PUT /keys/{name}/rotationpolicy ("Update Key Rotation Policy"). Kept and used by rotate; nothing rotates by itself here. */
export function setRotationPolicy(request: VaultRequest, name: string): Json {
  authorize(request, "key", ALLOW.writePolicy, name);
  const { vault, body } = request;
  findKey(vault, name, "");
  const { lifetimeActions = [], attributes = {} } = body;
  const { expiryTime } = attributes as Json;
  if (expiryTime !== undefined) durationSeconds(String(expiryTime));
  vault.store.setPolicy(vault.name, name, { lifetimeActions, attributes });
  return { id: `${vault.uri}keys/${name}/rotationpolicy`, lifetimeActions, attributes };
}

/** Years, months and days of an ISO 8601 duration, a month as 30 days. @throws {VaultError} 400 */
function durationSeconds(text: string): number {
  const match = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?$/.exec(text);
  const [years, months, days] = (match ?? []).slice(1).map((part) => Number(part ?? 0));
  const total = (years ?? 0) * 365 + (months ?? 0) * 30 + (days ?? 0);
  if (total === 0) throw new VaultError("badParameter", { reason: `The duration ${text} is invalid` });
  return total * 86_400;
}

function findKey(vault: Vault, name: string, version: string): Version {
  const found = vault.store.find(vault.name, "key", name, version);
  if (!found) throw new VaultError("keyNotFound", { id: version ? `${name}/${version}` : name });
  return found;
}

function findDeleted(vault: Vault, name: string): Version & Deletion {
  const found = vault.store.findDeleted(vault.name, "key", name);
  if (!found) throw new VaultError("keyNotFound", { id: name });
  return found;
}

/** What is kept of a key. */
export function keyData(version: Version) {
  return version.data as { readonly kty: string; readonly jwk: JsonWebKey; readonly key_ops: readonly string[] };
}

function toBundle(vault: Vault, version: Version): Json {
  const { kty, jwk, key_ops } = keyData(version);
  const { n, e, crv, x, y } = jwk;
  const key = kty.startsWith("RSA") ? { n, e } : { crv, x, y };
  return {
    key: { kid: idOf(vault, "key", version), kty, key_ops, ...key },
    attributes: attributesOf(vault, version),
    ...(version.tags && { tags: version.tags }),
  };
}

function toItem(vault: Vault, version: Version): Json {
  const { kid, attributes, tags } = {
    kid: idOf(vault, "key", version).replace(/\/$/, ""),
    attributes: attributesOf(vault, version),
    tags: version.tags,
  };
  return { kid, attributes, ...(tags && { tags }) };
}

function toDeleted(vault: Vault, version: Version & Deletion): Json {
  return {
    ...toBundle(vault, version),
    kid: idOf(vault, "key", version),
    ...deletionOf(vault, "key", version.name, version),
  };
}

function bytes(body: Json, name: string): Buffer {
  const value = body[name];
  if (typeof value !== "string") throw new VaultError("badParameter", { reason: `Property ${name} is required` });
  return Buffer.from(value, "base64url");
}
