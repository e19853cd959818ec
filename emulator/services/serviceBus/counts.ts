import type { EmulatorContext } from "../../core/context.ts";
import type { Entities } from "./entities.ts";
import type { QueueCounts } from "./queueParts.ts";

const running = new WeakMap<EmulatorContext, Entities>();

/** Makes the entities of a started service known to `messageCounts`; `undefined` at its stop. */
export function announceEntities(context: EmulatorContext, entities: Entities | undefined): void {
  if (entities) running.set(context, entities);
  else running.delete(context);
}

/**
 * Counts of a queue or, as `topic/Subscriptions/name`, of a subscription; what a scaler reads.
 *
 * @param namespaceId resource id of the namespace
 * @returns undefined when the service is not running or has no such entity
 */
export function messageCounts(context: EmulatorContext, namespaceId: string, entity: string): QueueCounts | undefined {
  try {
    return running.get(context)?.find(namespaceId, entity).queue?.counts();
  } catch {
    return undefined; // no such entity (yet)
  }
}

/** Active messages of a queue, locked ones included, sessions included; 0 for an unknown queue. */
export function activeMessages(context: EmulatorContext, namespaceId: string, queue: string): number {
  return messageCounts(context, namespaceId, queue)?.active ?? 0;
}
