import { type EndpointDocument, type NotificationDocument, notificationId, type OutgoingEvent } from "./documents.ts";

const KEPT_SECONDS = 30 * 86_400;

/** An event for an endpoint, to be sent at once. */
export function newNotification(
  { pk, tenantId, endpointId }: Pick<EndpointDocument, "pk" | "tenantId" | "endpointId">,
  event: OutgoingEvent,
): NotificationDocument {
  return {
    id: notificationId(endpointId, event),
    pk,
    schema: 1,
    type: "notification",
    tenantId,
    endpointId,
    event,
    status: "pending",
    attempts: 0,
    createdAt: event.createdAt,
    nextAt: event.createdAt,
    ttl: KEPT_SECONDS,
  };
}
