import { offerAnswer } from "./capacity/offers.ts";
import { usagesAnswer } from "./capacity/quotas.ts";
import { checkAccess, checkParents, checkSubscription, checkVersion } from "./checks.ts";
import { alertsAnswer } from "./costs/alerts.ts";
import { armError } from "./errors.ts";
import { postAction } from "./handlers/act.ts";
import { deleteResource } from "./handlers/delete.ts";
import {
  deletedAnswer,
  nameAvailability,
  operationAnswer,
  permissionsAnswer,
  providerAnswer,
  subscriptionAnswer,
} from "./handlers/providers.ts";
import { findResource, getResource, listAll, listResources } from "./handlers/read.ts";
import { tagsAnswer } from "./handlers/tags.ts";
import { patchResource, putResource } from "./handlers/write.ts";
import { isObject } from "./json.ts";
import { checkLocks } from "./locks.ts";
import { type Answer, type ControlPlane, type Exchange, knownType } from "./plane.ts";
import { ASSIGNMENTS, DEFINITIONS } from "./roles/access.ts";
import { getDefinition, listAssignments, listDefinitions } from "./roles/lists.ts";

const GROUP = "Microsoft.Resources/resourceGroups";
const GROUP_ACTION = "Microsoft.Resources/subscriptions/resourceGroups";

/** Answers one authenticated request, in ARM's order of checks. */
export async function dispatch(plane: ControlPlane, exchange: Exchange): Promise<Answer> {
  const { path, method } = exchange;
  checkVersion(exchange.query);
  checkSubscription(plane, path.subscriptionId);
  if (path.namespace === undefined)
    return path.types.length === 0 ? scopeAnswer(plane, exchange) : notEmulated(exchange);
  const special = await namespaceAnswer(plane, exchange, path.namespace);
  if (special) return special;
  const type = knownType(plane, path.namespace, path.types);
  const scope = plane.store.stored(path.scope)?.id ?? path.scope;
  if (path.types.length === path.names.length) {
    if (!type) return notEmulated(exchange);
    return resourceAnswer(plane, exchange, resourceId(plane, scope, type, path.names), type);
  }
  const view = type && method === "GET" ? plane.hooks.get(type.toLowerCase())?.view : undefined;
  if (type && view) {
    const owner = resourceId(plane, scope, type.slice(0, type.lastIndexOf("/")), path.names);
    checkAccess(plane, exchange.caller, `${type}/read`, owner);
    return { status: 200, body: await view(owner, exchange.query) };
  }
  const ownerTypes = path.types.slice(0, -1);
  const word = path.types.at(-1) ?? "";
  const ownerType = ownerTypes.length === 0 ? undefined : knownType(plane, path.namespace, ownerTypes);
  const owner = ownerType ? resourceId(plane, scope, ownerType, path.names) : scope;
  if (method === "POST") return actionAnswer(plane, exchange, { owner, type: ownerType, word });
  if (method !== "GET" || !type) return notEmulated(exchange);
  checkAccess(plane, exchange.caller, `${type}/read`, owner);
  if (type === ASSIGNMENTS) return listAssignments(plane, exchange, owner);
  if (type === DEFINITIONS) return listDefinitions(plane, exchange);
  if (path.resourceGroup) checkParents(plane, exchange, `${owner}/${word}/x`.replace("//", "/"), type);
  return listResources(plane, exchange, owner, type);
}

/** Paths without `providers`: subscriptions, groups and what is in them. */
async function scopeAnswer(plane: ControlPlane, exchange: Exchange): Promise<Answer> {
  const { path, method, caller } = exchange;
  const word = path.words[0]?.toLowerCase();
  const read = (action: string) => checkAccess(plane, caller, `${action}/read`, path.scope);
  if (path.resourceGroup && word === undefined) {
    const id = plane.store.stored(path.scope)?.id ?? path.scope;
    return resourceAnswer(plane, exchange, id, GROUP);
  }
  if (method !== "GET") return notEmulated(exchange);
  if (path.subscriptionId === undefined)
    return word === "subscriptions" ? subscriptionAnswer(plane, word) : notEmulated(exchange);
  if (path.words.length > 1) return notEmulated(exchange);
  if (word === undefined || word === "locations") {
    read("Microsoft.Resources/subscriptions");
    return subscriptionAnswer(plane, word);
  }
  // these lists are narrowed to what the caller may read instead of being refused
  if (word === "resourcegroups") return listResources(plane, exchange, path.scope, GROUP, readable(plane, exchange));
  if (word === "resources") {
    if (path.resourceGroup && !plane.store.stored(path.scope)) {
      throw armError("ResourceGroupNotFound", { name: path.resourceGroup });
    }
    return listAll(plane, exchange, path.scope, readable(plane, exchange));
  }
  return word === "providers" ? providerAnswer(plane, undefined) : notEmulated(exchange);
}

function readable(
  plane: ControlPlane,
  exchange: Exchange,
): (resource: { readonly id: string; readonly type: string }) => boolean {
  return ({ id, type }) => plane.access.allows(exchange.caller, `${type === GROUP ? GROUP_ACTION : type}/read`, id);
}

/** What a namespace serves beside its resources. */
async function namespaceAnswer(
  plane: ControlPlane,
  exchange: Exchange,
  namespace: string,
): Promise<Answer | undefined> {
  const { path, method } = exchange;
  const { types, names } = path;
  const [first = "", second = ""] = types.map((each) => each.toLowerCase());
  if (types.length === 0) return providerAnswer(plane, namespace);
  if (method === "POST" && (first === "register" || first === "unregister")) {
    checkAccess(plane, exchange.caller, `${namespace}/${first}/action`, path.scope);
    return providerAnswer(plane, namespace, first);
  }
  if (method === "GET" && namespace.toLowerCase() === "microsoft.authorization" && first === "permissions")
    return permissionsAnswer(plane, exchange);
  if (method === "GET" && first === "locations" && second === "usages") {
    checkAccess(plane, exchange.caller, `${namespace}/locations/usages/read`, path.scope);
    return usagesAnswer(plane, namespace, names[0] ?? "");
  }
  if (method === "GET" && namespace.toLowerCase() === "microsoft.costmanagement" && first === "alerts") {
    checkAccess(plane, exchange.caller, "Microsoft.CostManagement/alerts/read", path.scope);
    return alertsAnswer(plane, path.scope);
  }
  const offer = offerAnswer(plane, exchange);
  if (offer) {
    // Names are asked for outside every subscription, by whoever is signed in.
    if (path.subscriptionId) checkAccess(plane, exchange.caller, `${namespace}/${types.join("/")}/read`, path.scope);
    return offer;
  }
  if (method === "POST" && [first, second].includes("checknameavailability")) return nameAvailability(plane, exchange);
  if (first === "locations" && /^operation(statuses|results)$/.test(second)) {
    return operationAnswer(plane, exchange, second, names[1] ?? "");
  }
  if (first.startsWith("deleted") || (first === "locations" && second.startsWith("deleted"))) {
    const action = method === "GET" ? "read" : "purge/action";
    checkAccess(plane, exchange.caller, `${namespace}/${types.join("/")}/${action}`, path.scope);
    return deletedAnswer(plane, exchange);
  }
  if (namespace.toLowerCase() === "microsoft.resources" && first === "tags" && names.length === 1) {
    const action = `Microsoft.Resources/tags/${method === "GET" ? "read" : method === "DELETE" ? "delete" : "write"}`;
    checkAccess(plane, exchange.caller, action, path.scope);
    if (method !== "GET") checkLocks(plane.store, "PUT", path.scope, "Microsoft.Resources/tags");
    return tagsAnswer(plane, exchange, path.scope);
  }
  return undefined;
}

const VERBS: Readonly<Record<string, string>> = {
  GET: "read",
  HEAD: "read",
  PUT: "write",
  PATCH: "write",
  DELETE: "delete",
};

async function resourceAnswer(plane: ControlPlane, exchange: Exchange, id: string, type: string): Promise<Answer> {
  const { method, caller } = exchange;
  const verb = VERBS[method];
  if (!verb) throw armError("MethodNotAllowed", { method });
  const action = `${type === GROUP ? GROUP_ACTION : type}/${verb}`;
  checkAccess(plane, caller, action, id, conditionAttributes(plane, exchange, type, id));
  if (method === "HEAD") return { status: plane.store.stored(id) ? 204 : 404 };
  if (method === "GET") {
    if (type === DEFINITIONS) return getDefinition(plane, id);
    if (exchange.path.resourceGroup && type !== GROUP) checkGroup(plane, exchange);
    return getResource(plane, id, type);
  }
  if (plane.hooks.get(type.toLowerCase())?.list) throw armError("MethodNotAllowed", { method });
  if (method !== "DELETE") checkParents(plane, exchange, id, type);
  checkLocks(plane.store, method, id, type);
  if (method === "DELETE") return deleteResource(plane, exchange, id, type);
  if (method === "PUT") return putResource(plane, exchange, id, type);
  const existing = plane.store.stored(id);
  if (existing) return patchResource(plane, exchange, existing);
  await findResource(plane, id, type); // throws the fitting 404
  return putResource(plane, exchange, id, type); // a part that is always there gets its first setting
}

async function actionAnswer(
  plane: ControlPlane,
  exchange: Exchange,
  target: { readonly owner: string; readonly type: string | undefined; readonly word: string },
): Promise<Answer> {
  const { owner, type, word } = target;
  if (!type) return notEmulated(exchange);
  checkAccess(plane, exchange.caller, `${type}/${word}/action`, owner);
  checkGroup(plane, exchange);
  const resource = await findResource(plane, owner, type);
  checkLocks(plane.store, "POST", owner, type);
  return postAction(plane, exchange, resource, word);
}

/** What conditions on role assignments may look at. */
function conditionAttributes(plane: ControlPlane, exchange: Exchange, type: string, id: string) {
  if (type !== ASSIGNMENTS) return {};
  const body = isObject(exchange.body) && isObject(exchange.body.properties) ? exchange.body.properties : {};
  const properties = exchange.method === "DELETE" ? (plane.store.get(id)?.properties ?? {}) : body;
  const principalId = String(properties.principalId ?? "");
  return {
    attributes: {
      "Microsoft.Authorization/roleAssignments:RoleDefinitionId":
        String(properties.roleDefinitionId ?? "")
          .split("/")
          .at(-1) ?? "",
      "Microsoft.Authorization/roleAssignments:PrincipalId": principalId,
      "Microsoft.Authorization/roleAssignments:PrincipalType":
        plane.directory.principalType(principalId) ?? String(properties.principalType ?? ""),
    },
  };
}

function checkGroup(plane: ControlPlane, exchange: Exchange): void {
  const { subscriptionId, resourceGroup } = exchange.path;
  if (!resourceGroup || plane.store.stored(`/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`)) return;
  throw armError("ResourceGroupNotFound", { name: resourceGroup });
}

/** The id in the case of what is stored, else of the table. */
function resourceId(plane: ControlPlane, scope: string, type: string, names: readonly string[]): string {
  const [namespace, ...types] = type.split("/");
  let id = `${scope}/providers/${namespace}`;
  for (const [index, name] of names.entries()) id = `${id}/${types[index]}/${name}`;
  const stored = plane.store.stored(id);
  if (stored) return stored.id;
  const parent = id.split("/").slice(0, -2).join("/");
  const above = names.length > 1 ? plane.store.stored(parent)?.id : undefined;
  return above ? `${above}/${types.at(-1)}/${names.at(-1)}` : id;
}

function notEmulated(exchange: Exchange): never {
  const { path, method } = exchange;
  const operation = [path.namespace ?? path.scope, ...path.types, ...path.words].join("/");
  throw armError("NotEmulated", { operation: `${method} ${operation}` });
}
