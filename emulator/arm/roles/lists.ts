import type { Json } from "../../core/resources.ts";
import { armError } from "../errors.ts";
import { page, render } from "../handlers/read.ts";
import { parentId } from "../path.ts";
import type { Answer, ControlPlane, Exchange } from "../plane.ts";
import { ASSIGNMENTS, DEFINITIONS } from "./access.ts";
import { BUILT_IN_ROLES, builtInRole } from "./builtIn.ts";
import type { BuiltInRole } from "./permissions.ts";

/** GET of role assignments at a scope: those above, at and below it, narrowed by `atScope()`, `principalId eq`, `assignedTo()`. */
export function listAssignments(plane: ControlPlane, exchange: Exchange, scope: string): Answer {
  const filter = exchange.query.get("$filter") ?? "";
  const [, principal] = /principalId eq '?([0-9a-f-]+)'?/i.exec(filter) ?? [];
  const [, assignee] = /assignedTo\('([0-9a-f-]+)'\)/i.exec(filter) ?? [];
  const holders = assignee === undefined ? undefined : [assignee, ...plane.directory.groupsOf(assignee)];
  const target = `${scope.toLowerCase()}/`;
  const found = plane.store.list(ASSIGNMENTS).filter((each) => {
    const own = `${parentId(each.id).toLowerCase()}/`;
    const above = target.startsWith(own);
    const below = own.startsWith(target) && !/atScope\(\)/i.test(filter);
    const holder = String(each.properties.principalId).toLowerCase();
    const wanted = principal === undefined || holder === principal.toLowerCase();
    return (above || below) && wanted && (!holders || holders.some((each) => each.toLowerCase() === holder));
  });
  return page(exchange, found, (each) => shown(plane, each.id));
}

/** GET of role definitions: built-in and custom ones, narrowed by `roleName eq`, `type eq`. */
export function listDefinitions(plane: ControlPlane, exchange: Exchange): Answer {
  const filter = exchange.query.get("$filter") ?? "";
  const [, name] = /roleName eq '([^']*)'/i.exec(filter) ?? [];
  const [, kind] = /type eq '([^']*)'/i.exec(filter) ?? [];
  const all = [
    ...BUILT_IN_ROLES.map((role) => definitionOf(plane, role)),
    ...plane.store.list(DEFINITIONS).map((each) => shown(plane, each.id)),
  ];
  const found = all.filter((each) => {
    const { roleName, type } = each.properties as Json;
    return (name === undefined || roleName === name) && (kind === undefined || type === kind);
  });
  return { status: 200, body: { value: found } };
}

/** GET of one role definition, built-in ones too. */
export function getDefinition(plane: ControlPlane, id: string): Answer {
  const name = id.split("/").at(-1) ?? "";
  const builtIn = builtInRole(name);
  if (builtIn) return { status: 200, body: definitionOf(plane, builtIn) };
  const custom = plane.store.list(DEFINITIONS).find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (custom) return { status: 200, body: shown(plane, custom.id) };
  throw armError("ResourceNotFound", { type: DEFINITIONS, name, scope: parentId(id) });
}

function definitionOf(plane: ControlPlane, role: BuiltInRole): Json {
  const { id: name, name: roleName, actions = [], notActions = [], dataActions = [], notDataActions = [] } = role;
  return {
    id: `/subscriptions/${plane.subscriptionId}/providers/${DEFINITIONS}/${name}`,
    name,
    type: DEFINITIONS,
    properties: {
      roleName,
      type: "BuiltInRole",
      description: roleName,
      assignableScopes: ["/"],
      permissions: [{ actions, notActions, dataActions, notDataActions }],
    },
  };
}

function shown(plane: ControlPlane, id: string): Json {
  const stored = plane.store.stored(id);
  return stored ? render(plane, stored) : {};
}
