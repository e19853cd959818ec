import type { EmulatorContext } from "../../core/context.ts";
import type { Json } from "../../core/resources.ts";
import type { Caller } from "../../core/tokens.ts";
import { VaultError } from "./errors.ts";
import type { Deletion, Kind, ObjectStore, Version } from "./store.ts";

/** One vault as its listener serves it. */
export interface Vault {
  readonly id: string;
  readonly name: string;
  /** `https://localhost:PORT/` */
  readonly uri: string;
  readonly store: ObjectStore;
  readonly context: EmulatorContext;
  /** ARM properties as they are now. */
  properties(): Json;
}

/** A request of a caller who is known. */
export interface VaultRequest {
  readonly vault: Vault;
  readonly caller: Caller;
  readonly body: Json;
  readonly query: URLSearchParams;
}

/** An operation in both permission models: a data action of Azure roles, a permission of access policies. */
export interface Permission {
  /** After `Microsoft.KeyVault/vaults/`. */
  readonly action: string;
  readonly policy: string;
}

/** Days that deleted objects are kept, 90 when the vault does not say. */
export function retentionDays(vault: Vault): number {
  const days = vault.properties().softDeleteRetentionInDays;
  return typeof days === "number" ? days : 90;
}

/**
 * Checks the vault's permission model: Azure roles on the vault or on one object, or the vault's access policies.
 *
 * @param name of the secret or key; undefined for lists
 * @throws {VaultError} 403
 */
export function authorize({ vault, caller }: VaultRequest, kind: Kind, permission: Permission, name?: string): void {
  const { enableRbacAuthorization, accessPolicies } = vault.properties();
  if (enableRbacAuthorization === true) {
    const action = `Microsoft.KeyVault/vaults/${permission.action}`;
    const scope = name === undefined ? vault.id : `${vault.id}/${kind}s/${name}`;
    if (vault.context.access.allowsData(caller, action, scope)) return;
    throw new VaultError("forbiddenByRbac", { caller: caller.objectId, action, scope });
  }
  const policies = Array.isArray(accessPolicies) ? (accessPolicies as readonly Json[]) : [];
  const granted = policies
    .filter(({ objectId }) => objectId === caller.objectId || caller.groups.some((group) => group === objectId))
    .flatMap(({ permissions }) => permissionsOf(permissions, kind));
  if (granted.some((each) => each === permission.policy || each === "all")) return;
  throw new VaultError("forbiddenByPolicy", {
    caller: caller.objectId,
    kind: `${kind}s`,
    permission: permission.policy,
    vault: vault.name,
  });
}

function permissionsOf(permissions: unknown, kind: Kind): readonly string[] {
  const list = (permissions as Json | undefined)?.[`${kind}s`];
  return Array.isArray(list) ? list.map((each) => String(each).toLowerCase()) : [];
}

/** `https://localhost:PORT/secrets/name/version` */
export function idOf(vault: Vault, kind: Kind, { name, version }: Pick<Version, "name" | "version">): string {
  return `${vault.uri}${kind}s/${name}/${version}`;
}

export function attributesOf(vault: Vault, version: Version): Json {
  const recoveryLevel = vault.properties().enablePurgeProtection === true ? "Recoverable" : "Recoverable+Purgeable";
  const { attributes, created, updated } = version;
  return { ...attributes, created, updated, recoveryLevel, recoverableDays: retentionDays(vault) };
}

export function deletionOf(
  vault: Vault,
  kind: Kind,
  name: string,
  { deletedDate, scheduledPurgeDate }: Deletion,
): Json {
  return { recoveryId: `${vault.uri}deleted${kind}s/${name}`, deletedDate, scheduledPurgeDate };
}

/** @throws {VaultError} 409 when a deleted object still holds the name */
export function refuseHeldName(vault: Vault, kind: Kind, name: string): void {
  if (vault.store.findDeleted(vault.name, kind, name)) throw new VaultError("deletedButRecoverable", { kind, name });
}

/** @throws {VaultError} 403 under purge protection */
export function refuseProtectedPurge(vault: Vault): void {
  if (vault.properties().enablePurgeProtection === true) throw new VaultError("purgeProtected");
}

const PAGE = 25;

/** One page with a link to the next, in the order given ("maxresults": at most 25). */
export function page({ vault, query }: VaultRequest, path: string, items: readonly Json[]): Json {
  const size = Number(query.get("maxresults") ?? PAGE);
  if (!Number.isInteger(size) || size < 1 || size > PAGE) {
    throw new VaultError("badParameter", { reason: `Invalid maxresults: must be 1 to ${PAGE}` });
  }
  const start = Number(Buffer.from(query.get("$skiptoken") ?? "", "base64url").toString() || 0);
  const end = start + size;
  if (end >= items.length) return { value: items.slice(start), nextLink: null };
  const next = new URLSearchParams({
    "api-version": query.get("api-version") ?? "",
    $skiptoken: Buffer.from(String(end)).toString("base64url"),
    maxresults: String(size),
  });
  return { value: items.slice(start, end), nextLink: `${vault.uri}${path}?${next}` };
}

/** Reads `attributes` of a body over what there was. @throws {VaultError} 400 */
export function readAttributes(
  body: Json,
  before: { readonly enabled: boolean } = { enabled: true },
): Version["attributes"] {
  const given = (body.attributes ?? {}) as Json;
  const { enabled, nbf, exp } = given;
  for (const [name, value] of Object.entries({ nbf, exp })) {
    if (value !== undefined && value !== null && !Number.isInteger(value)) {
      throw new VaultError("badParameter", { reason: `Property attributes.${name} has an invalid value` });
    }
  }
  return {
    ...before,
    ...(typeof enabled === "boolean" && { enabled }),
    ...(typeof nbf === "number" && { nbf }),
    ...(typeof exp === "number" && { exp }),
  };
}

export function readTags(body: Json): { readonly tags?: Readonly<Record<string, string>> } {
  const { tags } = body;
  return typeof tags === "object" && tags !== null ? { tags: tags as Readonly<Record<string, string>> } : {};
}
