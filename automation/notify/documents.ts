import type { Sealed } from "../keys/envelope.ts";

export const HTTP_KINDS = ["webhook", "slack", "teams"] as const;
/** What is sent by HTTP: our signed events, or messages of a chat. */
export type HttpKind = (typeof HTTP_KINDS)[number];
export const KINDS = [...HTTP_KINDS, "mail"] as const;
/** What an endpoint understands. */
export type EndpointKind = (typeof KINDS)[number];

export const EVENT_TYPES = ["job.succeeded", "job.failed", "job.cancelled", "app.expiring", "app.drifted"] as const;
/** What an endpoint can be told of. Besides these: `ping`, when somebody tries it, and `endpoint.disabled`. */
export type EventType = (typeof EVENT_TYPES)[number];

export const notifyPk = (tenantId: string) => `notify:${tenantId}`;
export const endpointDocId = (id: string) => `endpoint:${id}`;

/** Where a tenant wants to be told; in the partition `notify:<tenantId>`. */
export interface EndpointDocument {
  readonly id: string;
  readonly pk: string;
  readonly schema: number;
  readonly type: "endpoint";
  readonly tenantId: string;
  readonly endpointId: string;
  readonly kind: EndpointKind;
  readonly events: readonly EventType[];
  /** {@link EndpointSecrets} as JSON under the tenant's data key: the address of a chat is a credential too. */
  readonly sealed: Sealed;
  /** Raised by each write of the secrets; the seal belongs to it. */
  readonly version: number;
  /** What is shown of the address; of mail the domains of its recipients. */
  readonly host: string;
  readonly last4: string;
  /** Of mail: how many get it. */
  readonly recipients?: number;
  readonly status: "active" | "disabled";
  /** Why it is disabled. */
  readonly reason?: string;
  /** Since when nothing arrived; absent while it works. */
  readonly failingSince?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly updatedBy: string;
}

export type EndpointSecrets = HttpSecrets | MailSecrets;

export interface HttpSecrets {
  readonly to?: undefined;
  readonly url: string;
  /** Of the kind `webhook`. */
  readonly secret?: string;
  /** The secret before a rotation signs too until then. */
  readonly previous?: { readonly secret: string; readonly until: string };
}

export interface MailSecrets {
  readonly to: readonly string[];
  readonly url?: undefined;
  readonly secret?: undefined;
  readonly previous?: undefined;
}

/** An event as receivers get it. */
export interface OutgoingEvent {
  /** The same with every attempt: who gets it twice knows. */
  readonly id: string;
  readonly type: EventType | "ping" | "endpoint.disabled";
  readonly createdAt: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One event for one endpoint, from the moment it is to be sent. */
export interface NotificationDocument {
  readonly id: string;
  readonly pk: string;
  readonly schema: number;
  readonly type: "notification";
  readonly tenantId: string;
  readonly endpointId: string;
  readonly event: OutgoingEvent;
  /** `dropped`: its endpoint was removed or disabled meanwhile. */
  readonly status: "pending" | "delivered" | "failed" | "dropped";
  /** Names the write by which a process took it. */
  readonly claim?: string;
  readonly attempts: number;
  readonly createdAt: string;
  /** The next attempt is not before; `""` when there is none. */
  readonly nextAt: string;
  readonly deliveredAt?: string;
  /** What the last attempt met: a status of HTTP or SMTP, or why there was none. */
  readonly lastStatus?: number;
  readonly lastProblem?: string;
  /** Of mail: who has it already. */
  readonly recipients?: RecipientStates;
  /** Seconds; Cosmos removes it then. */
  readonly ttl: number;
}

/** Where a mail stands with each of its recipients, so that a further attempt goes only to those that wait. */
export interface RecipientStates {
  /** Of the endpoint: another version may have other recipients. */
  readonly version: number;
  /** In the order of {@link MailSecrets.to}. */
  readonly states: readonly ("waits" | "taken" | "refused")[];
}

const LAST_MS = 9_999_999_999_999;

/** The newest first in the order of ids; an event has one row of an endpoint, however often it is written down. */
export function notificationId(endpointId: string, { id, createdAt }: OutgoingEvent): string {
  return `notification:${endpointId}:${String(LAST_MS - Date.parse(createdAt)).padStart(13, "0")}:${id}`;
}

/** Ids of an endpoint's notifications. */
export const notificationRange = (endpointId: string) =>
  [`notification:${endpointId}:`, `notification:${endpointId};`] as const;
