import type { AccessControl } from "../../core/context.ts";
import type { ArmResource } from "../../core/resources.ts";
import type { Caller } from "../../core/tokens.ts";
import type { ResourceStore } from "../store.ts";
import { builtInRole } from "./builtIn.ts";
import { type ConditionRequest, conditionHolds } from "./condition.ts";
import type { RolePermissions } from "./permissions.ts";

export const ASSIGNMENTS = "Microsoft.Authorization/roleAssignments";
export const DEFINITIONS = "Microsoft.Authorization/roleDefinitions";

/** What ARM needs to know of the directory. */
export interface PrincipalDirectory {
  /** `User`, `Group` or `ServicePrincipal`; `undefined` for an unknown object id. */
  principalType(objectId: string): string | undefined;
  /** Object ids of all groups that hold the principal, directly or through other groups. */
  groupsOf(objectId: string): readonly string[];
}

interface Assignment {
  /** In lower case with a slash at the end; "/" for the tenant. */
  readonly scope: string;
  readonly role: RolePermissions;
  readonly condition?: string;
}

/**
 * Evaluates role assignments: the union over the caller's assignments at the scope and above of what each role allows and does not
 * exclude. Source: Microsoft Learn, "How Azure RBAC determines if a user has access to a resource".
 */
export class RoleAccess implements AccessControl {
  readonly #store: ResourceStore;
  readonly #directory: PrincipalDirectory;
  readonly #patterns = new Map<string, RegExp>();
  #assignments = new Map<string, Assignment[]>();
  #version = "";

  constructor(store: ResourceStore, directory: PrincipalDirectory) {
    this.#store = store;
    this.#directory = directory;
  }

  allows(caller: Caller, action: string, scope: string, request: ConditionRequest = {}): boolean {
    return this.#some(caller, scope, { action, ...request }, (role) =>
      this.#permits(role.actions, role.notActions, action),
    );
  }

  allowsData(caller: Caller, dataAction: string, scope: string): boolean {
    return this.#some(caller, scope, { action: dataAction, resourceId: scope }, (role) =>
      this.#permits(role.dataActions, role.notDataActions, dataAction),
    );
  }

  /** Roles that the caller has at a scope, from there and above; conditions are not looked at, as in Azure's own answer. */
  permissionsAt(caller: Caller, scope: string): readonly RolePermissions[] {
    const roles: RolePermissions[] = [];
    this.#some(caller, scope, { action: "" }, (role) => {
      roles.push(role);
      return false;
    });
    return roles;
  }

  /** What a role id names: a built-in role, or a custom one that ARM stores. */
  role(roleDefinitionId: string): RolePermissions | undefined {
    const name = roleDefinitionId.split("/").at(-1) ?? "";
    const builtIn = builtInRole(name);
    if (builtIn) return builtIn;
    const custom = this.#store.list(DEFINITIONS).find((each) => each.name.toLowerCase() === name.toLowerCase());
    return custom && permissionsOf(custom);
  }

  #some(
    caller: Caller,
    scope: string,
    request: ConditionRequest,
    permits: (role: RolePermissions) => boolean,
  ): boolean {
    this.#refresh();
    const target = `${scope.toLowerCase()}/`;
    const principals = [caller.objectId, ...caller.groups, ...this.#directory.groupsOf(caller.objectId)];
    return principals.some((principal) =>
      (this.#assignments.get(principal.toLowerCase()) ?? []).some(
        (each) =>
          target.startsWith(each.scope) &&
          permits(each.role) &&
          (each.condition === undefined || conditionHolds(each.condition, request)),
      ),
    );
  }

  #permits(allowed: readonly string[] = [], excluded: readonly string[] = [], action: string): boolean {
    const matches = (pattern: string) => this.#pattern(pattern).test(action);
    return allowed.some(matches) && !excluded.some(matches);
  }

  #pattern(text: string): RegExp {
    const known = this.#patterns.get(text);
    if (known) return known;
    const made = actionPattern(text);
    this.#patterns.set(text, made);
    return made;
  }

  #refresh(): void {
    const version = `${this.#store.version(ASSIGNMENTS)}/${this.#store.version(DEFINITIONS)}`;
    if (version === this.#version) return;
    const assignments = new Map<string, Assignment[]>();
    for (const each of this.#store.list(ASSIGNMENTS)) {
      const { principalId, roleDefinitionId, scope, condition } = each.properties;
      const role = this.role(String(roleDefinitionId));
      if (!role) continue; // its custom role was deleted
      const key = String(principalId).toLowerCase();
      const own = assignments.get(key) ?? [];
      own.push({
        scope: `${String(scope).toLowerCase().replace(/\/$/, "")}/`,
        role,
        ...(typeof condition === "string" && condition !== "" ? { condition } : {}),
      });
      assignments.set(key, own);
    }
    this.#assignments = assignments;
    this.#version = version;
  }
}

/**
 * `*` stands for any text; between slashes also for nothing at all: `userAssignedIdentities/*` + `/assign/action` covers the operation
 * `userAssignedIdentities/assign/action`.
 */
export function actionPattern(text: string): RegExp {
  const parts = text.split("/*/").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*"));
  const source = parts.join("/(?:.*/)?");
  return new RegExp(`^${source}$`, "i");
}

function permissionsOf(definition: ArmResource): RolePermissions {
  const list = definition.properties.permissions;
  const permissions: readonly RolePermissions[] = Array.isArray(list) ? list : [];
  return {
    actions: permissions.flatMap((each) => each.actions ?? []),
    notActions: permissions.flatMap((each) => each.notActions ?? []),
    dataActions: permissions.flatMap((each) => each.dataActions ?? []),
    notDataActions: permissions.flatMap((each) => each.notDataActions ?? []),
  };
}
