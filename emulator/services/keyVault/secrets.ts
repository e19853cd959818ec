import type { Json } from "../../core/resources.ts";
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

/** Secret values have at most 25 KB ("About Azure Key Vault secrets"). */
const MAX_VALUE_BYTES = 25_600;

const ALLOW = {
  get: { action: "secrets/getSecret/action", policy: "get" },
  set: { action: "secrets/setSecret/action", policy: "set" },
  update: { action: "secrets/update/action", policy: "set" },
  list: { action: "secrets/readMetadata/action", policy: "list" },
  delete: { action: "secrets/delete", policy: "delete" },
  recover: { action: "secrets/recover/action", policy: "recover" },
  purge: { action: "secrets/purge/action", policy: "purge" },
} as const satisfies Readonly<Record<string, Permission>>;

/** PUT /secrets/{name}: a new version ("Set Secret"). */
export function setSecret(request: VaultRequest, name: string): Json {
  authorize(request, "secret", ALLOW.set, name);
  const { vault, body } = request;
  return toBundle(vault, addSecret(vault, name, body));
}

/** Also what ARM's `vaults/secrets` does. @throws {VaultError} 400 for a bad name or value, 409 for a held name */
export function addSecret(vault: Vault, name: string, body: Json): Version {
  if (!/^[0-9a-zA-Z-]{1,127}$/.test(name)) {
    throw new VaultError("badParameter", { reason: "The request URI contains an invalid name" });
  }
  const { value, contentType } = body;
  if (typeof value !== "string") throw new VaultError("badParameter", { reason: "Property value is required" });
  if (Buffer.byteLength(value) > MAX_VALUE_BYTES)
    throw new VaultError("badParameter", { reason: "The secret value is too long" });
  refuseHeldName(vault, "secret", name);
  const data = { value, ...(typeof contentType === "string" && { contentType }) };
  return vault.store.add(vault.name, "secret", name, { attributes: readAttributes(body), ...readTags(body), data });
}

/** GET /secrets/{name}/{version} ("Get Secret"). */
export function getSecret(request: VaultRequest, name: string, version: string): Json {
  authorize(request, "secret", ALLOW.get, name);
  const { vault } = request;
  const found = findSecret(vault, name, version);
  const { enabled, nbf } = found.attributes;
  if (!enabled) throw new VaultError("disabled", { kind: "secret", operation: "get" });
  if (nbf !== undefined && nbf > vault.store.now())
    throw new VaultError("notYetValid", { kind: "secret", operation: "get" });
  return toBundle(vault, found);
}

/** PATCH /secrets/{name}/{version}: attributes, tags, content type; never the value ("Update Secret"). */
export function updateSecret(request: VaultRequest, name: string, version: string): Json {
  authorize(request, "secret", ALLOW.update, name);
  const { vault, body } = request;
  const found = findSecret(vault, name, version);
  const { contentType } = body;
  const data = { ...found.data, ...(typeof contentType === "string" && { contentType }) };
  const tags = found.tags && { tags: found.tags };
  vault.store.update(vault.name, "secret", found, {
    attributes: readAttributes(body, found.attributes),
    ...tags,
    ...readTags(body),
    data,
  });
  return withoutValue(toBundle(vault, findSecret(vault, name, found.version)));
}

/** DELETE /secrets/{name}: all versions, kept for the vault's retention ("Delete Secret"). */
export function deleteSecret(request: VaultRequest, name: string): Json {
  authorize(request, "secret", ALLOW.delete, name);
  const { vault } = request;
  const found = findSecret(vault, name, "");
  return toDeleted(vault, { ...found, ...vault.store.delete(vault.name, "secret", name, retentionDays(vault)) });
}

export function listSecrets(request: VaultRequest): Json {
  authorize(request, "secret", ALLOW.list);
  const { vault } = request;
  return page(
    request,
    "secrets",
    vault.store.list(vault.name, "secret").map((each) => toItem(vault, { ...each, version: "" })),
  );
}

export function listSecretVersions(request: VaultRequest, name: string): Json {
  authorize(request, "secret", ALLOW.list, name);
  const { vault } = request;
  const versions = vault.store.versions(vault.name, "secret", name);
  return page(
    request,
    `secrets/${name}/versions`,
    versions.map((each) => toItem(vault, each)),
  );
}

export function getDeletedSecret(request: VaultRequest, name: string): Json {
  authorize(request, "secret", ALLOW.list, name);
  return toDeleted(request.vault, findDeleted(request.vault, name));
}

export function listDeletedSecrets(request: VaultRequest): Json {
  authorize(request, "secret", ALLOW.list);
  const { vault } = request;
  return page(
    request,
    "deletedsecrets",
    vault.store.listDeleted(vault.name, "secret").map((each) => toDeleted(vault, each)),
  );
}

/** POST /deletedsecrets/{name}/recover ("Recover Deleted Secret"). */
export function recoverSecret(request: VaultRequest, name: string): Json {
  authorize(request, "secret", ALLOW.recover, name);
  const { vault } = request;
  findDeleted(vault, name);
  vault.store.recover(vault.name, "secret", name);
  return withoutValue(toBundle(vault, findSecret(vault, name, "")));
}

/** DELETE /deletedsecrets/{name}: gone for good ("Purge Deleted Secret"). */
export function purgeSecret(request: VaultRequest, name: string): undefined {
  authorize(request, "secret", ALLOW.purge, name);
  refuseProtectedPurge(request.vault);
  findDeleted(request.vault, name);
  request.vault.store.purge(request.vault.name, "secret", name);
}

function findSecret(vault: Vault, name: string, version: string): Version {
  const found = vault.store.find(vault.name, "secret", name, version);
  if (!found) throw new VaultError("secretNotFound", { id: version ? `${name}/${version}` : name });
  return found;
}

function findDeleted(vault: Vault, name: string): Version & Deletion {
  const found = vault.store.findDeleted(vault.name, "secret", name);
  if (!found) throw new VaultError("secretNotFound", { id: name });
  return found;
}

function toBundle(vault: Vault, version: Version): Json {
  return { ...version.data, ...toItem(vault, version) };
}

function toItem(vault: Vault, version: Version): Json {
  const { contentType } = version.data;
  return {
    id: idOf(vault, "secret", version).replace(/\/$/, ""),
    attributes: attributesOf(vault, version),
    ...(version.tags && { tags: version.tags }),
    ...(contentType !== undefined && { contentType }),
  };
}

function toDeleted(vault: Vault, version: Version & Deletion): Json {
  return { ...toItem(vault, version), ...deletionOf(vault, "secret", version.name, version) };
}

function withoutValue({ value: _, ...rest }: Json): Json {
  return rest;
}
