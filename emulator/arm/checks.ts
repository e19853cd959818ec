import type { Json } from "../core/resources.ts";
import type { Caller } from "../core/tokens.ts";
import { armError } from "./errors.ts";
import { isObject } from "./json.ts";
import { parentId, typeOfId } from "./path.ts";
import { type ControlPlane, type Exchange, regionName } from "./plane.ts";
import type { ConditionRequest } from "./roles/condition.ts";
import { armTypeOf } from "./types/table.ts";

/** The database that every SQL server has; its logs are the server's. */
const MASTER = /\/providers\/Microsoft\.Sql\/servers\/[^/]+\/databases\/master$/i;
/** Parents that exist with their own parent and are never made: `blobServices/default`. */
const IMPLICIT = /\/(blobServices|queueServices|tableServices|fileServices|config|accessPolicies|networkRuleSets)$/i;
const GROUP = "Microsoft.Resources/resourceGroups";

const VERSION = /^\d{4}-\d{2}-\d{2}(-(preview|alpha|beta|privatepreview))?$/i;

/** @throws ArmError when the version is missing or malformed; any version that looks like one is served in the one stored shape */
export function checkVersion(query: URLSearchParams): void {
  const version = query.get("api-version");
  if (version === null) throw armError("MissingApiVersionParameter");
  if (!VERSION.test(version)) throw armError("InvalidApiVersionParameter", { version });
}

/** @throws ArmError `SubscriptionNotFound` */
export function checkSubscription(plane: ControlPlane, subscriptionId: string | undefined): void {
  if (subscriptionId === undefined || subscriptionId.toLowerCase() === plane.subscriptionId.toLowerCase()) return;
  throw armError("SubscriptionNotFound", { id: subscriptionId });
}

/** @throws ArmError `AuthorizationFailed` */
export function checkAccess(
  plane: ControlPlane,
  caller: Caller,
  action: string,
  scope: string,
  request?: ConditionRequest,
): void {
  if (plane.access.allows(caller, action, scope, request)) return;
  const { clientId: client, objectId } = caller;
  throw armError("AuthorizationFailed", { client, objectId, action, scope });
}

/** Group and parent of a resource must exist; a group that is being deleted takes nothing new. */
export function checkParents(plane: ControlPlane, exchange: Exchange, id: string, type: string): void {
  const { resourceGroup, subscriptionId } = exchange.path;
  if (type === GROUP) return;
  if (resourceGroup) {
    const group = plane.store.stored(`/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`);
    if (!group) throw armError("ResourceGroupNotFound", { name: resourceGroup });
    if (group.provisioningState === "Deleting" && exchange.method === "PUT") {
      throw armError("ResourceGroupBeingDeleted", { name: resourceGroup });
    }
  }
  const parent = parentId(id);
  if (exists(plane, parent)) return;
  throw armError("ParentResourceNotFound", { verb: verbOf(exchange.method), type, parent });
}

/** True for stored resources, subscriptions, and the parts of a resource that are always there. */
export function exists(plane: ControlPlane, id: string): boolean {
  if (plane.store.stored(id)) return true;
  const depth = id.split("/").length - 1;
  if (depth <= 2) return true; // the tenant or the subscription, checked before
  const type = typeOfId(id);
  if (type === "Microsoft.Resources/subscriptions") return true;
  if (isImplicit(type) || MASTER.test(id)) return exists(plane, parentId(id));
  const own = plane.hooks.get(type.toLowerCase());
  return own?.list !== undefined; // kept by the service itself
}

export function isImplicit(type: string): boolean {
  return IMPLICIT.test(type) || armTypeOf(type)?.singleton === true;
}

/** `If-Match` and `If-None-Match` of a write. */
export function checkConditions(headers: Headers, etag: string | undefined): void {
  const current = etag === undefined ? undefined : `"${etag}"`;
  const match = headers.get("if-match");
  const fits = (list: string) => list.split(",").some((each) => each.trim().replace(/^W\//, "") === current);
  if (match !== null && (current === undefined || (match.trim() !== "*" && !fits(match)))) {
    throw armError("PreconditionFailed", { condition: `If-Match: ${match}`, etag: current ?? "none" });
  }
  const none = headers.get("if-none-match");
  if (none !== null && current !== undefined && (none.trim() === "*" || fits(none))) {
    throw armError("PreconditionFailed", { condition: `If-None-Match: ${none}`, etag: current });
  }
}

/** The name against the type's rule. */
export function checkName(type: string, name: string): void {
  const rule = armTypeOf(type)?.nameRule;
  if (!rule) return;
  const { minLength = 1, maxLength = 260, pattern } = rule;
  if (name.length < minLength || name.length > maxLength) {
    throw armError("InvalidResourceName", {
      name,
      type,
      reason: `It must be ${minLength} to ${maxLength} characters long.`,
    });
  }
  if (pattern && !new RegExp(pattern).test(name)) {
    throw armError("InvalidResourceName", { name, type, reason: `It must match ${pattern}.` });
  }
}

/** Names that are unique in all of Azure, deleted ones included. Answers who holds it, if anybody. */
export function nameHolder(plane: ControlPlane, type: string, name: string, id = ""): string | undefined {
  if (armTypeOf(type)?.nameRule?.scope !== "global") return undefined;
  const same = (other: { readonly name: string; readonly id: string }) =>
    other.name.toLowerCase() === name.toLowerCase() && other.id.toLowerCase() !== id.toLowerCase();
  return plane.store.list(type).find(same)?.id;
}

/** A PUT's body: an object; a location where the type needs one, and the same as before. */
export function checkBody(body: unknown, id: string, type: string, existing: Json | undefined): Json {
  if (body !== undefined && !isObject(body))
    throw armError("InvalidRequestContent", { reason: "an object is expected" });
  const given = body ?? {};
  if (given.properties !== undefined && given.properties !== null && !isObject(given.properties)) {
    throw armError("InvalidRequestContent", { reason: "'properties' is not an object" });
  }
  const row = armTypeOf(type);
  const tracked = row?.topLevel?.includes("location") && row.topLevel.includes("tags") && type.split("/").length === 2;
  if (tracked && !existing && given.location === undefined) throw armError("LocationRequired");
  const existingLocation = existing?.location;
  if (existingLocation !== undefined && given.location !== undefined) {
    const wanted = regionName(given.location);
    if (wanted !== existingLocation) {
      const details = { name: id.split("/").at(-1) ?? "", existing: String(existingLocation), wanted };
      throw armError(type === GROUP ? "InvalidResourceGroupLocation" : "InvalidResourceLocation", details);
    }
  }
  return given;
}

function verbOf(method: string): string {
  return method === "PUT" || method === "PATCH"
    ? "write"
    : method === "DELETE"
      ? "delete"
      : method === "GET"
        ? "read"
        : "action";
}
