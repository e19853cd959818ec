import type { ArmResource, Json } from "../../core/resources.ts";
import { exists, isImplicit } from "../checks.ts";
import { armError } from "../errors.ts";
import { overlay, withoutPaths } from "../json.ts";
import { parentId } from "../path.ts";
import { type Answer, type ControlPlane, type Exchange, secretPaths } from "../plane.ts";
import { type StoredResource, toArm } from "../store.ts";

const PAGE = 100;

/** A resource as GET answers it: live states laid over, secrets left out. */
export function render(plane: ControlPlane, stored: StoredResource): Json {
  return show(plane, toArm(stored), stored.etag);
}

function show(plane: ControlPlane, resource: ArmResource, etag?: string): Json {
  const hook = plane.hooks.get(resource.type.toLowerCase());
  const live = hook?.read?.(resource);
  const properties = live ? overlay(resource.properties, live) : resource.properties;
  const body = { ...resource, properties: withoutPaths(properties, secretPaths(plane, resource.type)) };
  const tagged = /^microsoft\.(consumption|insights\/components)/i.test(resource.type);
  return tagged && etag ? { ...body, eTag: `"${etag}"` } : body;
}

/** GET of one resource. */
export async function getResource(plane: ControlPlane, id: string, type: string): Promise<Answer> {
  const found = await findResource(plane, id, type);
  const stored = plane.store.stored(id);
  return {
    status: 200,
    body: show(plane, found, stored?.etag),
    ...(stored ? { headers: { ETag: `"${stored.etag}"` } } : {}),
  };
}

/**
 * A resource wherever it is kept: stored, with its service, or always there (`blobServices/default`).
 *
 * @throws ArmError `ResourceNotFound`, `ResourceGroupNotFound`
 */
export async function findResource(plane: ControlPlane, id: string, type: string): Promise<ArmResource> {
  const stored = plane.store.get(id);
  if (stored) return stored;
  const name = id.split("/").at(-1) ?? "";
  const hook = plane.hooks.get(type.toLowerCase());
  const items = hook?.list && exists(plane, parentId(id)) ? await hook.list(parentId(id)) : [];
  const item = items.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (item) return item;
  if (isImplicit(type) && exists(plane, parentId(id))) return { id, name, type, properties: {} };
  if (type === "Microsoft.Resources/resourceGroups") throw armError("ResourceGroupNotFound", { name });
  throw armError("ResourceNotFound", { type, name, scope: parentId(id) });
}

/** GET of a collection: children of a resource, or all of a type below a group or subscription. */
export async function listResources(
  plane: ControlPlane,
  exchange: Exchange,
  scope: string,
  type: string,
  visible: (resource: ArmResource) => boolean = () => true,
): Promise<Answer> {
  const hook = plane.hooks.get(type.toLowerCase());
  if (hook?.list) return page(exchange, await hook.list(scope), (each) => show(plane, each));
  if (!exists(plane, scope)) throw armError("ResourceNotFound", notFound(scope));
  const filter = type.toLowerCase() === "microsoft.resources/resourcegroups" ? exchange.query.get("$filter") : null;
  const wanted = filter === null ? () => true : filterOf(filter);
  const found = plane.store.list(type, scope === "" ? "" : `${scope}/`).filter((each) => {
    const stored = plane.store.stored(each.id);
    return visible(each) && stored !== undefined && wanted(stored);
  });
  return page(exchange, found, (each) => show(plane, each, plane.store.stored(each.id)?.etag));
}

/** GET of `{scope}/resources`: tracked and proxy resources of all types that have no parent resource. */
export function listAll(
  plane: ControlPlane,
  exchange: Exchange,
  scope: string,
  visible: (resource: StoredResource) => boolean,
): Answer {
  const all = plane.store
    .descendants(scope)
    .filter(visible)
    .filter((each) => each.type.split("/").length === 2 && !/^microsoft\.(resources|authorization)\//i.test(each.type));
  const filter = exchange.query.get("$filter");
  const wanted = filter === null ? all : all.filter(filterOf(filter));
  return page(exchange, wanted, (each) => {
    const { properties: _, ...rest } = render(plane, each);
    return rest;
  });
}

/** Filters of `resources`: `resourceType eq 'x'`, `tagName eq 'x' and tagValue eq 'y'`, `name eq`, `location eq`. */
export function filterOf(filter: string): (resource: StoredResource) => boolean {
  const terms = filter.split(/\s+and\s+/i).map((term) => {
    const match = /^(\w+)\s+(eq|ne)\s+'([^']*)'$/i.exec(term.trim());
    if (!match) throw armError("InvalidFilterInQueryString", { filter });
    const [, field = "", operator = "eq", value = ""] = match;
    return { field: field.toLowerCase(), equal: operator.toLowerCase() === "eq", value };
  });
  const tagName = terms.find((term) => term.field === "tagname")?.value;
  return (resource) =>
    terms.every(({ field, equal, value }) => {
      const tags = (resource.top.tags ?? {}) as Readonly<Record<string, string>>;
      const actual: Readonly<Record<string, string | undefined>> = {
        resourcetype: resource.type,
        name: resource.name,
        location: String(resource.top.location ?? ""),
        tagname: value in tags ? value : undefined,
        tagvalue: tagName === undefined ? undefined : tags[tagName],
      };
      if (!(field in actual)) throw armError("InvalidFilterInQueryString", { filter });
      return (actual[field]?.toLowerCase() === value.toLowerCase()) === equal;
    });
}

/** One page of a list with the link to the next; `$top` makes the pages smaller. */
export function page<T>(exchange: Exchange, items: readonly T[], show: (item: T) => unknown): Answer {
  const token = exchange.query.get("$skiptoken") ?? exchange.query.get("$skipToken");
  const start = token === null ? 0 : Number(Buffer.from(token, "base64url").toString()) || 0;
  const size = Math.min(Number(exchange.query.get("$top")) || PAGE, PAGE);
  const value = items.slice(start, start + size).map(show);
  if (start + size >= items.length) return { status: 200, body: { value } };
  const query = new URLSearchParams(exchange.query);
  query.set("$skiptoken", Buffer.from(String(start + size)).toString("base64url"));
  return { status: 200, body: { value, nextLink: `${exchange.origin}${pathOf(exchange)}?${query}` } };
}

function pathOf(exchange: Exchange): string {
  const { scope, namespace, types, names, words } = exchange.path;
  const pairs = types.flatMap((type, index) => [type, ...(names[index] === undefined ? [] : [names[index]])]);
  const tail = namespace ? ["providers", namespace, ...pairs] : words;
  return [scope, ...tail.map(encodeURIComponent)].join("/");
}

function notFound(id: string): { type: string; name: string; scope: string } {
  const segments = id.split("/");
  return { type: segments.at(-2) ?? "", name: segments.at(-1) ?? "", scope: parentId(id) };
}
