import { nameHolder } from "../checks.ts";
import { armError } from "../errors.ts";
import { isObject } from "../json.ts";
import { type Answer, type ControlPlane, type Exchange, regionName } from "../plane.ts";
import { followOperation } from "../run.ts";
import { type DeletedResource, toArm } from "../store.ts";
import { AZURE_TYPES, armTypeOf } from "../types/table.ts";
import { findResource, render } from "./read.ts";

/** Regions that the local Azure names; all of them are this machine. */
const REGIONS = [
  "westeurope",
  "northeurope",
  "eastus",
  "eastus2",
  "westus2",
  "uksouth",
  "germanywestcentral",
  "swedencentral",
];

/** `/subscriptions/{id}`, `/subscriptions/{id}/locations`, `/subscriptions`. */
export function subscriptionAnswer(plane: ControlPlane, word: string | undefined): Answer {
  const { subscriptionId, tenantId } = plane;
  const subscription = {
    id: `/subscriptions/${subscriptionId}`,
    subscriptionId,
    tenantId,
    displayName: "Local Azure",
    state: "Enabled",
  };
  if (word === undefined) return { status: 200, body: subscription };
  if (word.toLowerCase() === "subscriptions") return { status: 200, body: { value: [subscription] } };
  const value = REGIONS.map((name) => ({
    id: `/subscriptions/${subscriptionId}/locations/${name}`,
    name,
    displayName: name,
  }));
  return { status: 200, body: { value } };
}

/** `/subscriptions/{id}/providers[/{namespace}[/register|unregister]]`: namespaces of the table are registered until one is taken away. */
export function providerAnswer(
  plane: ControlPlane,
  namespace: string | undefined,
  action?: "register" | "unregister",
): Answer {
  const names = [...new Set(AZURE_TYPES.flatMap((row) => row.armType?.split("/")[0] ?? []))];
  if (namespace === undefined) return { status: 200, body: { value: names.map((each) => provider(plane, each)) } };
  const known = names.find((each) => each.toLowerCase() === namespace.toLowerCase());
  if (!known) throw armError("InvalidResourceType", { type: namespace });
  if (action) plane.registrations[action](known);
  return { status: 200, body: provider(plane, known) };
}

function provider(plane: ControlPlane, namespace: string): object {
  const rows = AZURE_TYPES.filter((row) => row.armType?.startsWith(`${namespace}/`));
  const types = [...new Set(rows.map((row) => row.armType ?? ""))].map((type) => ({
    resourceType: type.slice(namespace.length + 1),
    locations: REGIONS,
    apiVersions: [armTypeOf(type)?.apiVersion],
  }));
  const id = `/subscriptions/${plane.subscriptionId}/providers/${namespace}`;
  return {
    id,
    namespace,
    registrationState: plane.registrations.isRegistered(namespace) ? "Registered" : "NotRegistered",
    registrationPolicy: "RegistrationRequired",
    resourceTypes: types,
  };
}

/** GET `{scope}/providers/Microsoft.Authorization/permissions`: what the caller may do there ("Permissions - List For Resource"). */
export function permissionsAnswer(plane: ControlPlane, exchange: Exchange): Answer {
  const value = plane.access.permissionsAt(exchange.caller, exchange.path.scope).map((role) => ({
    actions: role.actions ?? [],
    notActions: role.notActions ?? [],
    dataActions: role.dataActions ?? [],
    notDataActions: role.notDataActions ?? [],
  }));
  return { status: 200, body: { value } };
}

/** POST `checkNameAvailability`: taken names and names that a deleted resource holds. */
export function nameAvailability(plane: ControlPlane, exchange: Exchange): Answer {
  const body = isObject(exchange.body) ? exchange.body : {};
  const name = String(body.name ?? "");
  const type = String(body.type ?? defaultType(exchange.path.namespace ?? ""));
  const row = armTypeOf(type);
  const { minLength = 1, maxLength = 260, pattern } = row?.nameRule ?? {};
  const wellFormed =
    name.length >= minLength && name.length <= maxLength && (!pattern || new RegExp(pattern).test(name));
  if (!wellFormed) {
    const message = `The name '${name}' is not valid for ${type}.`;
    return { status: 200, body: { nameAvailable: false, reason: "AccountNameInvalid", message } };
  }
  const held = plane.store
    .deleted()
    .some((each) => sameName(each, name, type) && Date.parse(each.purgeAt) > plane.clock.now());
  // Azure SQL has a word of its own.
  const word = exchange.path.namespace?.toLowerCase() === "microsoft.sql" ? "available" : "nameAvailable";
  if (!held && !nameHolder(plane, row?.armType ?? type, name)) return { status: 200, body: { [word]: true } };
  const message = `The name '${name}' is already in use.`;
  return { status: 200, body: { [word]: false, reason: "AlreadyExists", message } };
}

/** The one type whose names a namespace checks when the request names none. */
function defaultType(namespace: string): string {
  const row = AZURE_TYPES.find(
    (each) =>
      each.armType?.toLowerCase().startsWith(`${namespace.toLowerCase()}/`) && each.nameRule?.scope === "global",
  );
  return row?.armType ?? namespace;
}

/** `…/locations/{l}/operationStatuses/{id}` and `operationResults`. */
export async function operationAnswer(
  plane: ControlPlane,
  exchange: Exchange,
  word: string,
  id: string,
): Promise<Answer> {
  const answer = followOperation(plane, exchange, word, id);
  if (answer) return answer;
  const operation = plane.operations.get(id);
  if (!operation) throw armError("ResourceNotFound", { type: word, name: id, scope: exchange.path.scope });
  const stored = plane.store.stored(operation.resourceId); // a PUT that ended: its Location answers the resource
  if (!stored) return { status: 204 };
  await findResource(plane, stored.id, stored.type);
  return { status: 200, body: render(plane, stored) };
}

const DELETED: Readonly<Record<string, string>> = {
  deletedvaults: "Microsoft.KeyVault/vaults",
  deletedconfigurationstores: "Microsoft.AppConfiguration/configurationStores",
  deletedservices: "Microsoft.ApiManagement/service",
};

/** `deletedVaults` and its like: list, get one, purge. `undefined` for other words. */
export async function deletedAnswer(plane: ControlPlane, exchange: Exchange): Promise<Answer | undefined> {
  const { types, names, namespace = "" } = exchange.path;
  const at = types.findIndex((each) => each.toLowerCase() in DELETED);
  const word = types[at];
  const type = word === undefined ? undefined : DELETED[word.toLowerCase()];
  if (word === undefined || !type?.toLowerCase().startsWith(`${namespace.toLowerCase()}/`)) return undefined;
  const held = plane.store.deleted().filter((each) => each.resource.type.toLowerCase() === type.toLowerCase());
  const current = held.filter((each) => Date.parse(each.purgeAt) > plane.clock.now());
  const name = names[at];
  if (name === undefined) return { status: 200, body: { value: current.map((each) => shown(plane, each, word)) } };
  const found = current.find((each) => sameName(each, name, type));
  if (!found) throw armError("ResourceNotFound", { type: word, name, scope: exchange.path.scope });
  const purges = types[at + 1]?.toLowerCase() === "purge" || exchange.method === "DELETE";
  if (!purges) return { status: 200, body: shown(plane, found, word) };
  if (toArm(found.resource).properties.enablePurgeProtection === true) throw armError("PurgeProtected", { name });
  await plane.hooks.get(type.toLowerCase())?.purge?.(toArm(found.resource));
  plane.store.release(found.resource.id);
  return { status: 200 };
}

function shown(plane: ControlPlane, deleted: DeletedResource, word: string): object {
  const { resource, deletedAt, purgeAt } = deleted;
  const location = regionName(resource.top.location);
  const namespace = resource.type.split("/")[0];
  return {
    id: `/subscriptions/${plane.subscriptionId}/providers/${namespace}/locations/${location}/${word}/${resource.name}`,
    name: resource.name,
    type: `${namespace}/${word}`,
    properties: {
      vaultId: resource.id,
      location,
      deletionDate: deletedAt,
      scheduledPurgeDate: purgeAt,
      tags: resource.top.tags ?? {},
      purgeProtectionEnabled: toArm(resource).properties.enablePurgeProtection === true,
    },
  };
}

function sameName(deleted: DeletedResource, name: string, type: string): boolean {
  const { resource } = deleted;
  return resource.name.toLowerCase() === name.toLowerCase() && resource.type.toLowerCase() === type.toLowerCase();
}
