import type { ArmResource, Json } from "../../core/resources.ts";
import { checkCapacity } from "../capacity/quotas.ts";
import { checkBody, checkConditions, checkName, nameHolder } from "../checks.ts";
import { armError } from "../errors.ts";
import { assignedIdentities, resolveIdentity } from "../identity.ts";
import { isObject, keepSecrets, mergePatch } from "../json.ts";
import { type Answer, type ControlPlane, type Exchange, hasState, regionName, secretPaths } from "../plane.ts";
import { acceptable, enqueue, keptState, operationHeaders, runPut, within } from "../run.ts";
import { newEtag, type StoredResource, toArm } from "../store.ts";
import { addressesOf } from "../types/addresses.ts";
import { armTypeOf, statusesOf } from "../types/table.ts";
import { render } from "./read.ts";

/** Body fields that ARM sets itself. */
const OWN_FIELDS = ["id", "name", "type", "etag", "systemData", "properties"];
const ASSIGN = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";

/** PUT of one resource: everything after the checks of token, role, parents and locks. */
export async function putResource(plane: ControlPlane, exchange: Exchange, id: string, type: string): Promise<Answer> {
  const existing = plane.store.stored(id);
  checkConditions(exchange.headers, existing?.etag);
  const body = checkBody(exchange.body, id, type, existing?.top);
  if (!existing) {
    const namespace = type.split("/")[0] ?? "";
    if (!plane.registrations.isRegistered(namespace)) throw armError("MissingSubscriptionRegistration", { namespace });
    checkName(type, id.split("/").at(-1) ?? "");
    checkReserved(plane, id, type, body);
    checkCapacity(plane, type, body);
  }
  return write(plane, exchange, id, type, body, "PUT");
}

/** PATCH: a JSON merge patch of the client's wish, then as PUT. */
export async function patchResource(
  plane: ControlPlane,
  exchange: Exchange,
  existing: StoredResource,
): Promise<Answer> {
  checkConditions(exchange.headers, existing.etag);
  const patch = checkBody(exchange.body, existing.id, existing.type, existing.top);
  const merged = mergePatch({ ...existing.top, properties: existing.desired }, patch);
  return write(plane, exchange, existing.id, existing.type, merged, "PATCH");
}

async function write(
  plane: ControlPlane,
  exchange: Exchange,
  id: string,
  type: string,
  body: Json,
  method: "PUT" | "PATCH",
): Promise<Answer> {
  const previous = plane.store.stored(id);
  if (plane.running.has(id.toLowerCase())) throw armError("AnotherOperationInProgress", { id });
  const desired = assemble(plane, exchange, previous, { id, type, body });
  const hook = plane.hooks.get(type.toLowerCase());
  const { caller } = exchange;
  const asked: ArmResource = toArm({ ...desired, state: {} });
  const { provisioningState: _, ...properties } = asked.properties;
  hook?.validate?.({ desired: { ...asked, properties }, ...(previous ? { existing: toArm(previous) } : {}), caller });
  if (!hook?.put) return writeAtOnce(plane, desired, { method, created: !previous });
  const operation = plane.store.together(() => {
    plane.store.save(desired);
    plane.store.release(id); // recovered, if it was deleted
    return plane.operations.begin({ kind: "put", resourceId: desired.id, caller, ...(previous ? { previous } : {}) });
  });
  const work = enqueue(plane, id, () => runPut(plane, operation));
  const statuses = statusesOf(armTypeOf(type), method);
  const outcome = statuses.longRunning === "none" ? await work : await within(plane, work);
  if (outcome?.status === "failed") {
    goBack(plane, id, previous);
    plane.operations.forget(operation.id);
    throw outcome.error;
  }
  const now = plane.store.stored(id) ?? desired;
  if (outcome) return written(plane, now, statuses, !previous);
  return accepted(exchange, { statuses, method, created: !previous, operation, body: render(plane, now) });
}

/** A type that no service makes real is only stored, in one commit. */
function writeAtOnce(
  plane: ControlPlane,
  desired: StoredResource,
  { method, created }: { readonly method: string; readonly created: boolean },
): Answer {
  const made = { ...desired, state: { ...desired.state, ...addressesOf(desired) } };
  const ended = hasState(made.type) ? { ...made, provisioningState: "Succeeded" } : made;
  plane.store.together(() => {
    plane.store.save(ended);
    plane.store.release(ended.id);
  });
  return written(plane, ended, statusesOf(armTypeOf(ended.type), method), created);
}

function written(
  plane: ControlPlane,
  resource: StoredResource,
  statuses: ReturnType<typeof statusesOf>,
  created: boolean,
): Answer {
  const status = created ? acceptable(statuses, 201, 200) : acceptable(statuses, 200);
  return { status, body: render(plane, resource), headers: { ETag: `"${resource.etag}"` } };
}

function accepted(
  exchange: Exchange,
  answer: {
    readonly statuses: ReturnType<typeof statusesOf>;
    readonly method: string;
    readonly created: boolean;
    readonly operation: Parameters<typeof operationHeaders>[1];
    readonly body: unknown;
  },
): Answer {
  const { statuses, method, created, operation, body } = answer;
  if (method === "PATCH" || statuses.longRunning === "location") {
    return { status: 202, headers: operationHeaders(exchange, operation, "location") };
  }
  const status = created ? acceptable(statuses, 201, 200) : acceptable(statuses, 200);
  return { status, body, headers: operationHeaders(exchange, operation, "async-operation") };
}

function assemble(
  plane: ControlPlane,
  exchange: Exchange,
  previous: StoredResource | undefined,
  wish: { readonly id: string; readonly type: string; readonly body: Json },
): StoredResource {
  const { id, type, body } = wish;
  const readOnly = armTypeOf(type)?.armReadOnly ?? [];
  const given = isObject(body.properties) ? body.properties : {};
  const own = Object.fromEntries(Object.entries(given).filter(([name]) => !readOnly.includes(name)));
  const desired = keepSecrets(own, previous?.desired ?? {}, secretPaths(plane, type));
  const fields = Object.fromEntries(Object.entries(body).filter(([name]) => !OWN_FIELDS.includes(name)));
  const location = body.location ?? previous?.top.location;
  const top = {
    ...fields,
    ...(location === undefined ? {} : { location: regionName(location) }),
    ...(isObject(body.identity) ? { identity: identityOf(plane, exchange, body.identity, id) } : {}),
  };
  if (!isObject(body.identity) && previous?.top.identity) plane.directory.forgetIdentity(id);
  const name = id.split("/").at(-1) ?? id;
  const state = previous ? "Updating" : "Creating";
  return {
    id: previous?.id ?? id,
    name: previous?.name ?? name,
    type: previous?.type ?? type,
    top,
    desired,
    state: keptState(previous, desired),
    ...(hasState(type) ? { provisioningState: state } : {}),
    etag: newEtag(),
    createdAt: previous?.createdAt ?? new Date(plane.clock.now()).toISOString(),
  };
}

/** An identity that is handed to a resource: the caller needs the right to assign it. */
function identityOf(plane: ControlPlane, exchange: Exchange, identity: Json, id: string): Json {
  const resolved = resolveIdentity(identity, id, plane.store, plane.directory);
  for (const linkedScope of assignedIdentities(resolved)) {
    if (plane.access.allows(exchange.caller, ASSIGN, linkedScope)) continue;
    const { clientId: client, objectId } = exchange.caller;
    const action = "write";
    throw armError("LinkedAuthorizationFailed", { client, objectId, action, scope: id, linked: ASSIGN, linkedScope });
  }
  return resolved;
}

/** A name that another resource has, or a deleted one holds. */
function checkReserved(plane: ControlPlane, id: string, type: string, body: Json): void {
  const name = id.split("/").at(-1) ?? "";
  if (nameHolder(plane, type, name, id)) throw armError("NameTaken", { name, type });
  const deleted = plane.store.deleted().find((each) => sameName(each.resource, name, type));
  if (!deleted || Date.parse(deleted.purgeAt) <= plane.clock.now()) return;
  const mode = isObject(body.properties) ? body.properties.createMode : undefined;
  const recovers = String(mode).toLowerCase() === "recover" && deleted.resource.id.toLowerCase() === id.toLowerCase();
  if (!recovers) throw armError("ConflictError", { name, deletedOn: deleted.deletedAt });
}

function sameName(resource: StoredResource, name: string, type: string): boolean {
  return resource.name.toLowerCase() === name.toLowerCase() && resource.type.toLowerCase() === type.toLowerCase();
}

function goBack(plane: ControlPlane, id: string, previous: StoredResource | undefined): void {
  if (previous) plane.store.save({ ...previous, etag: newEtag() });
  else {
    plane.store.remove(id);
    plane.directory.forgetIdentity(id);
  }
}
