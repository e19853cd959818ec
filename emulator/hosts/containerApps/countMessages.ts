import type { EmulatorContext } from "../../core/context.ts";
import { activeMessages, messageCounts } from "../../services/serviceBus/counts.ts";

/**
 * Reads the local Service Bus for scale rules.
 *
 * @param queue `namespace` is its name, or the host of its endpoint
 */
export function countMessages(
  context: EmulatorContext,
  {
    namespace,
    entity,
    subscription,
  }: { readonly namespace: string; readonly entity: string; readonly subscription?: string },
): number | undefined {
  const found = context.resources.list("Microsoft.ServiceBus/namespaces").find((each) => {
    const endpoint = String(each.properties.serviceBusEndpoint ?? "");
    return (
      each.name.toLowerCase() === namespace.toLowerCase() || (namespace !== "" && endpoint.includes(`//${namespace}`))
    );
  });
  if (!found) return undefined;
  if (subscription === undefined) return activeMessages(context, found.id, entity);
  return messageCounts(context, found.id, `${entity}/Subscriptions/${subscription}`)?.active;
}
