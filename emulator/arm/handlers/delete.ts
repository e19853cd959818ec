import { checkConditions } from "../checks.ts";
import { armError } from "../errors.ts";
import { type Answer, type ControlPlane, type Exchange, hasState } from "../plane.ts";
import { acceptable, deletionOrder, enqueue, forgetOne, operationHeaders, runDelete, within } from "../run.ts";
import type { StoredResource } from "../store.ts";
import { armTypeOf, statusesOf } from "../types/table.ts";

/** DELETE of one resource with everything below it. Of nothing: 204. */
export async function deleteResource(
  plane: ControlPlane,
  exchange: Exchange,
  id: string,
  type: string,
): Promise<Answer> {
  const stored = plane.store.stored(id);
  const statuses = statusesOf(armTypeOf(type), "DELETE");
  if (!stored) {
    if (plane.hooks.get(type.toLowerCase())?.list) throw armError("MethodNotAllowed", { method: "DELETE" });
    return { status: acceptable(statuses, 204, 200) };
  }
  checkConditions(exchange.headers, stored.etag);
  const below = deletionOrder(plane, stored.id);
  const plain = (each: StoredResource) => plane.hooks.get(each.type.toLowerCase())?.delete === undefined;
  if (below.every(plain) && !plane.running.has(stored.id.toLowerCase())) {
    plane.store.together(() => {
      for (const each of below) forgetOne(plane, each);
    });
    return { status: acceptable(statuses, 200, 204) };
  }
  const operation = plane.store.together(() => {
    markDeleting(plane, stored);
    return plane.operations.begin({ kind: "delete", resourceId: stored.id, caller: exchange.caller });
  });
  const work = enqueue(plane, stored.id, () => runDelete(plane, operation));
  const outcome = statuses.longRunning === "none" ? await work : await within(plane, work);
  if (outcome?.status === "failed") {
    const left = plane.store.stored(stored.id);
    if (left) plane.store.save(stored);
    throw outcome.error;
  }
  if (outcome) return { status: acceptable(statuses, 200, 204) };
  return { status: acceptable(statuses, 202), headers: operationHeaders(exchange, operation, "location") };
}

function markDeleting(plane: ControlPlane, stored: StoredResource): void {
  if (hasState(stored.type)) plane.store.save({ ...stored, provisioningState: "Deleting" });
}
