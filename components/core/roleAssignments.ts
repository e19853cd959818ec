import * as pulumi from "@pulumi/pulumi";
import { v5 as uuidV5 } from "uuid";
import { authorization } from "./azure.ts";
import type { MakeChild } from "./child.ts";
import type { AppContext } from "./context.ts";
import { retried } from "./principalRetry.ts";
import { ROLES, type RoleName, roleDefinitionId } from "./roles.ts";

/** Namespace of the assignment names; fixed for ever, or every assignment would be replaced. */
const NAMESPACE = "6f1b6a3e-6a57-5d0f-9d9b-0d6c2b8f7f10";

/** Roles on the whole resource for people and programs that no link covers, by a name of your own. @default none */
export type RoleAssignments = Readonly<Record<string, RoleAssignment>>;

export interface RoleAssignment {
  readonly role: RoleName;
  /** Object id of the user, group or service principal. */
  readonly principalId: pulumi.Input<string>;
  /** ARM looks the principal up where it is left out, and fails while a new one is not replicated. */
  readonly principalType: "User" | "Group" | "ServicePrincipal";
}

/** Makes `role-<name>` for each. */
export function makeRoleAssignments(
  make: MakeChild,
  context: AppContext,
  label: string,
  scope: pulumi.Output<string>,
  assignments: RoleAssignments,
): readonly pulumi.CustomResource[] {
  return Object.entries(assignments).map(([name, { role, principalId, principalType }]) =>
    make(
      `role-${name}`,
      authorization.RoleAssignment,
      {
        scope,
        roleAssignmentName: assignmentName(scope, principalId, ROLES[role].id),
        roleDefinitionId: roleDefinitionId(context.subscriptionId, role),
        principalId,
        principalType,
        description: `DevFactory ${context.app}: ${name} on ${label}`,
      },
      retried(context),
    ),
  );
}

/** The physical name of an assignment: uuid v5 of scope, principal and role. */
export function assignmentName(
  scope: pulumi.Input<string>,
  principalId: pulumi.Input<string>,
  roleId: string,
): pulumi.Output<string> {
  return pulumi
    .all([scope, principalId])
    .apply(([where, who]) => uuidV5(`${where}|${who}|${roleId}`.toLowerCase(), NAMESPACE));
}
