import type { Clock } from "../../core/clock.ts";
import { ArmError, type Json, type ResourceHooks, type ResourcePut } from "../../core/resources.ts";
import { isObject } from "../json.ts";
import { parentId } from "../path.ts";
import type { ResourceStore } from "../store.ts";
import { ASSIGNMENTS, DEFINITIONS, type PrincipalDirectory, type RoleAccess } from "./access.ts";

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Azure RBAC limit per subscription. */
const MOST_ASSIGNMENTS = 4000;

/** What the role hooks look at. */
export interface RoleRoom {
  readonly store: ResourceStore;
  readonly access: RoleAccess;
  readonly directory: PrincipalDirectory;
  readonly clock: Clock;
  readonly subscriptionId: string;
}

/** Role assignments and custom role definitions. Source: Authorization REST 2022-04-01 and "Troubleshoot Azure RBAC". */
export function roleHooks(room: RoleRoom): readonly ResourceHooks[] {
  return [
    {
      type: ASSIGNMENTS,
      validate: (put) => checkAssignment(room, put),
      put: async (put) => assignmentProperties(room, put),
    },
    {
      type: DEFINITIONS,
      validate: checkDefinition,
      put: async (put) => ({
        type: "CustomRole",
        updatedOn: now(room),
        createdOn: put.existing?.properties.createdOn ?? now(room),
      }),
      delete: async (resource) => checkUnused(room, resource.name),
    },
  ];
}

function checkAssignment(room: RoleRoom, { desired, existing }: ResourcePut): void {
  const { principalId, roleDefinitionId, principalType } = desired.properties;
  if (!GUID.test(desired.name)) {
    const message = `The role assignment ID '${desired.name}' is not valid. The role assignment ID must be a GUID.`;
    throw new ArmError(400, "InvalidRoleAssignmentId", message);
  }
  if (typeof principalId !== "string" || !GUID.test(principalId)) {
    throw new ArmError(
      400,
      "InvalidPrincipalId",
      `A valid principal ID must be provided, not '${String(principalId)}'.`,
    );
  }
  if (typeof roleDefinitionId !== "string" || !room.access.role(roleDefinitionId)) {
    const message = `The specified role definition with ID '${String(roleDefinitionId)}' does not exist.`;
    throw new ArmError(404, "RoleDefinitionDoesNotExist", message);
  }
  checkPrincipal(room, principalId, principalType);
  const scope = parentId(desired.id).toLowerCase();
  const same = (other: Json) =>
    lower(other.principalId) === lower(principalId) && roleName(other.roleDefinitionId) === roleName(roleDefinitionId);
  if (existing && !same(existing.properties)) {
    const message = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.";
    throw new ArmError(409, "RoleAssignmentUpdateNotPermitted", message);
  }
  if (existing) return;
  const all = room.store.list(ASSIGNMENTS);
  const twin = all.find(
    (other) =>
      other.id.toLowerCase() !== desired.id.toLowerCase() &&
      parentId(other.id).toLowerCase() === scope &&
      same(other.properties),
  );
  if (twin) {
    const message = `The role assignment already exists. The ID of the existing role assignment is ${twin.name.replaceAll("-", "")}.`;
    throw new ArmError(409, "RoleAssignmentExists", message);
  }
  if (all.length >= MOST_ASSIGNMENTS) {
    const message = "No more role assignments can be created.";
    throw new ArmError(400, "RoleAssignmentLimitExceeded", message);
  }
}

function checkPrincipal(room: RoleRoom, principalId: string, principalType: unknown): void {
  const actual = room.directory.principalType(principalId);
  if (actual === undefined && principalType === undefined) {
    const message = `Principal ${principalId.replaceAll("-", "")} does not exist in the directory ${room.subscriptionId}.`;
    throw new ArmError(400, "PrincipalNotFound", message);
  }
  if (actual !== undefined && principalType !== undefined && actual !== principalType) {
    const message = `The PrincipalId '${principalId.replaceAll("-", "")}' has type '${actual}', which is different from specified PrincipalType '${String(principalType)}'.`;
    throw new ArmError(400, "UnmatchedPrincipalType", message);
  }
}

function assignmentProperties(room: RoleRoom, { desired, existing, caller }: ResourcePut): Json {
  const principalId = String(desired.properties.principalId);
  const type = desired.properties.principalType ?? room.directory.principalType(principalId) ?? "ServicePrincipal";
  const old = existing?.properties ?? {};
  const role = String(desired.properties.roleDefinitionId).split("/").at(-1) ?? "";
  return {
    scope: parentId(desired.id) || "/",
    principalType: type,
    roleDefinitionId: `/subscriptions/${room.subscriptionId}/providers/${DEFINITIONS}/${role}`,
    createdOn: old.createdOn ?? now(room),
    updatedOn: now(room),
    createdBy: old.createdBy ?? caller.objectId,
    updatedBy: caller.objectId,
  };
}

function checkDefinition({ desired }: ResourcePut): void {
  const { roleName: title, permissions, assignableScopes } = desired.properties;
  if (!GUID.test(desired.name)) {
    throw new ArmError(400, "InvalidRoleDefinitionId", `The role definition ID '${desired.name}' is not a GUID.`);
  }
  if (typeof title !== "string" || title === "") {
    throw new ArmError(400, "RoleDefinitionNameNullOrEmpty", "The role definition's name is missing.");
  }
  if (!Array.isArray(permissions) || !permissions.every(isObject)) {
    throw new ArmError(400, "InvalidRoleDefinition", "The role definition has no permissions.");
  }
  if (!Array.isArray(assignableScopes) || assignableScopes.length === 0) {
    throw new ArmError(400, "MissingAssignableScopes", "The role definition has no assignable scopes.");
  }
}

function checkUnused(room: RoleRoom, name: string): void {
  const used = room.store
    .list(ASSIGNMENTS)
    .some((each) => roleName(each.properties.roleDefinitionId) === name.toLowerCase());
  if (!used) return;
  const message = "The role definition cannot be deleted: there are role assignments that refer to it.";
  throw new ArmError(400, "RoleDefinitionHasAssignments", message);
}

function roleName(id: unknown): string {
  return lower(String(id).split("/").at(-1));
}

function lower(value: unknown): string {
  return String(value).toLowerCase();
}

function now(room: RoleRoom): string {
  return new Date(room.clock.now()).toISOString();
}
