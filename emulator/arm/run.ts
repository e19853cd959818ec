import { setTimeout as delay } from "node:timers/promises";
import { overlay, rebase, subtract } from "./json.ts";
import type { Operation } from "./operations.ts";
import { typeOfId } from "./path.ts";
import { type Answer, type ControlPlane, type Exchange, hasState } from "./plane.ts";
import { newEtag, type StoredResource, toArm } from "./store.ts";
import type { Statuses } from "./types/table.ts";

/** How an operation ended. */
export type Outcome = { readonly status: "done" } | { readonly status: "failed"; readonly error: unknown };

/** Waits for a service for as long as ARM has patience. */
export async function within(plane: ControlPlane, work: Promise<Outcome>): Promise<Outcome | undefined> {
  const timer = new AbortController();
  const late = delay(plane.patienceMs, undefined, { signal: timer.signal }).catch(() => undefined);
  const first = await Promise.race([work, late]);
  timer.abort();
  return first ?? undefined;
}

/** Starts an operation's work after what runs on the same resource already, and remembers it until it ends. */
export function enqueue(plane: ControlPlane, resourceId: string, work: () => Promise<Outcome>): Promise<Outcome> {
  const key = resourceId.toLowerCase();
  const before = plane.running.get(key);
  const mine: Promise<Outcome> = (before ?? Promise.resolve()).then(work, work);
  plane.running.set(key, mine);
  void mine.finally(() => {
    if (plane.running.get(key) === mine) plane.running.delete(key);
  });
  return mine;
}

/** Calls the service for a stored resource and commits what it says. Never rejects. */
export async function runPut(plane: ControlPlane, operation: Operation): Promise<Outcome> {
  const stored = plane.store.stored(operation.resourceId);
  if (!stored) return { status: "done" }; // deleted in the meantime
  const hook = plane.hooks.get(stored.type.toLowerCase());
  const { previous, caller } = operation;
  try {
    const existing = previous ? { existing: toArm(previous) } : {};
    const { provisioningState: _, ...properties } = toArm(stored).properties;
    const set = await hook?.put?.({ desired: { ...toArm(stored), properties }, ...existing, caller });
    plane.store.together(() => {
      settle(plane, operation.resourceId, set);
      plane.operations.succeed(operation);
    });
    return { status: "done" };
  } catch (error) {
    plane.log("arm", `PUT of ${operation.resourceId} failed: ${String(error)}`);
    plane.store.together(() => {
      const left = plane.store.stored(operation.resourceId);
      if (left && hasState(left.type)) plane.store.save({ ...left, provisioningState: "Failed", etag: newEtag() });
      plane.operations.fail(operation, error);
    });
    return { status: "failed", error };
  }
}

/** Lays a service's answer over the resource as it is now; the service may have set states meanwhile. */
function settle(plane: ControlPlane, id: string, set: Readonly<Record<string, unknown>> | undefined): void {
  const now = plane.store.stored(id);
  if (!now) return;
  const { provisioningState, ...rest } = set ?? {};
  const state = subtract(overlay(now.state, rest), now.desired);
  const ended = hasState(now.type) ? { provisioningState: String(provisioningState ?? "Succeeded") } : {};
  plane.store.save({ ...now, state, ...ended, etag: newEtag() });
}

/** The state that is kept when the client's wish changes. */
export function keptState(
  previous: StoredResource | undefined,
  desired: StoredResource["desired"],
): StoredResource["state"] {
  return previous ? rebase(previous.state, previous.desired, desired) : {};
}

/** Takes a resource and everything below it away, dependants before what they depend on. Never rejects. */
export async function runDelete(plane: ControlPlane, operation: Operation): Promise<Outcome> {
  const { resourceId } = operation;
  try {
    const order = deletionOrder(plane, resourceId);
    const last = order.at(-1);
    for (const each of order) {
      const hook = plane.hooks.get(each.type.toLowerCase());
      // what is still being made below is made first, else it would come back after its group is gone
      if (each.id !== resourceId) await plane.running.get(each.id.toLowerCase());
      await hook?.delete?.(toArm(each));
      plane.store.together(() => {
        forgetOne(plane, each);
        if (each === last) plane.operations.succeed(operation);
      });
    }
    if (!last) plane.operations.succeed(operation);
    return { status: "done" };
  } catch (error) {
    plane.log("arm", `DELETE of ${resourceId} failed: ${String(error)}`);
    const left = plane.store.stored(resourceId);
    plane.store.together(() => {
      if (left && hasState(left.type)) plane.store.save({ ...left, provisioningState: "Failed" });
      plane.operations.fail(operation, error);
    });
    return { status: "failed", error };
  }
}

const SOFT_DELETE_DAYS = 90;

/** Drops a resource from the store; soft-deleted types are held under their name. */
export function forgetOne(plane: ControlPlane, resource: StoredResource): void {
  if (plane.hooks.get(resource.type.toLowerCase())?.purge) {
    const days = Number(toArm(resource).properties.softDeleteRetentionInDays ?? SOFT_DELETE_DAYS);
    const now = plane.clock.now();
    const deletedAt = new Date(now).toISOString();
    plane.store.hold({ resource, deletedAt, purgeAt: new Date(now + days * 86_400_000).toISOString() });
  }
  plane.store.remove(resource.id);
  plane.directory.forgetIdentity(resource.id);
}

/**
 * Everything at and below an id, in an order in which nothing is deleted before what names it: children before parents, and of
 * siblings the one whose body holds the other's id first (app before environment, environment before workspace).
 */
export function deletionOrder(plane: ControlPlane, id: string): readonly StoredResource[] {
  const root = plane.store.stored(id);
  const all = [...plane.store.descendants(id), ...(root ? [root] : [])];
  const bodies = new Map(all.map((each) => [each, JSON.stringify([each.top, each.desired, each.state]).toLowerCase()]));
  const order: StoredResource[] = [];
  const seen = new Set<StoredResource>();
  const visit = (target: StoredResource): void => {
    if (seen.has(target)) return;
    seen.add(target);
    const key = target.id.toLowerCase();
    const quoted = `"${key}"`;
    for (const other of all) {
      const below = other.id.toLowerCase().startsWith(`${key}/`);
      if (below || bodies.get(other)?.includes(quoted) || bodies.get(other)?.includes(`"${key}/`)) visit(other);
    }
    order.push(target);
  };
  for (const each of all) visit(each);
  return order;
}

/** Addresses of a running operation, as the type's clients follow it. */
export function operationHeaders(
  exchange: Exchange,
  operation: Operation,
  style: "async-operation" | "location",
): Record<string, string> {
  const { subscriptionId } = exchange.path;
  const namespace = typeOfId(operation.resourceId).split("/")[0];
  const version = exchange.query.get("api-version") ?? "";
  const base = `${exchange.origin}/subscriptions/${subscriptionId}/providers/${namespace}/locations/local`;
  const link = (word: string) => `${base}/${word}/${operation.id}?api-version=${version}`;
  // clients wait a second or more unless told otherwise; local work takes tens of milliseconds
  if (style === "location") return { Location: link("operationResults"), "Retry-After": "0" };
  return { "Azure-AsyncOperation": link("operationStatuses"), "Retry-After": "0" };
}

/** Status of an answer that the client of the type accepts: the first of `wanted` that its table lists. */
export function acceptable(statuses: Statuses, ...wanted: readonly number[]): number {
  return wanted.find((status) => statuses.accepted.has(status)) ?? [...statuses.accepted][0] ?? 200;
}

/** GET of `operationStatuses/{id}` and `operationResults/{id}`. */
export function followOperation(plane: ControlPlane, exchange: Exchange, word: string, id: string): Answer | undefined {
  const operation = plane.operations.get(id);
  if (!operation) return undefined;
  const { status, startTime, endTime, error } = operation;
  if (word.toLowerCase() === "operationstatuses") {
    const ended = { ...(endTime ? { endTime } : {}), ...(error ? { error } : {}) };
    const retry = status === "InProgress" ? { headers: { "Retry-After": "0" } } : {};
    return { status: 200, body: { id: exchange.path.scope, name: id, status, startTime, ...ended }, ...retry };
  }
  if (status === "InProgress") return { status: 202, headers: operationHeaders(exchange, operation, "location") };
  if (error) return { status: 409, body: { error } };
  if (operation.result) return { status: operation.result.status, body: operation.result.body };
  return operation.kind === "delete" ? { status: 204 } : undefined;
}
