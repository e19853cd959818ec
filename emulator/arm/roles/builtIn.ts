import { DATA_ROLES } from "./dataRoles.ts";
import type { BuiltInRole } from "./permissions.ts";
import { PLATFORM_ROLES } from "./platformRoles.ts";

/** All built-in roles that the local Azure knows. */
export const BUILT_IN_ROLES: readonly BuiltInRole[] = [...PLATFORM_ROLES, ...DATA_ROLES];

const BY_ID = new Map(BUILT_IN_ROLES.map((role) => [role.id, role]));

/** @param id the GUID of a built-in role, in any case */
export function builtInRole(id: string): BuiltInRole | undefined {
  return BY_ID.get(id.toLowerCase());
}
