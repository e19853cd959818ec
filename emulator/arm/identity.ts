import { ArmError, type Json } from "../core/resources.ts";
import { isObject } from "./json.ts";
import type { PrincipalDirectory } from "./roles/access.ts";
import type { ResourceStore } from "./store.ts";

/** What ARM needs of the directory for managed identities. */
export interface IdentityDirectory extends PrincipalDirectory {
  /** The system-assigned identity of a resource, made when it is new. */
  systemIdentity(resourceId: string): { readonly principalId: string; readonly tenantId: string };
  /** Ends the system-assigned identity of a resource. */
  forgetIdentity(resourceId: string): void;
}

/** Ids of the user-assigned identities in a body's `identity`. */
export function assignedIdentities(identity: unknown): readonly string[] {
  if (!isObject(identity) || !isObject(identity.userAssignedIdentities)) return [];
  return Object.entries(identity.userAssignedIdentities).flatMap(([id, value]) => (value === null ? [] : [id]));
}

/**
 * Fills a body's `identity` as ARM answers it: principal and client ids of each.
 *
 * @throws ArmError `FailedIdentityOperation` for an identity that does not exist
 */
export function resolveIdentity(
  identity: Json,
  resourceId: string,
  store: ResourceStore,
  directory: IdentityDirectory,
): Json {
  const type = String(identity.type ?? "None");
  const system = /system/i.test(type) ? directory.systemIdentity(resourceId) : {};
  if (!/system/i.test(type)) directory.forgetIdentity(resourceId);
  if (!/user/i.test(type)) return { type, ...system };
  const users = assignedIdentities(identity).map((id) => {
    const found = store.get(id);
    if (!found) {
      const message = `Failed to perform resource identity operation. Status: 'BadRequest'. The identity '${id}' was not found.`;
      throw new ArmError(400, "FailedIdentityOperation", message);
    }
    return [found.id, { principalId: found.properties.principalId, clientId: found.properties.clientId }];
  });
  return { type, ...system, userAssignedIdentities: Object.fromEntries(users) };
}
