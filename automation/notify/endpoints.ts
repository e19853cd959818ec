import { randomBytes, randomUUID } from "node:crypto";
import { AutomationError } from "../errors.ts";
import type { TenantContext } from "../jobs/documents.ts";
import { type LedgerStore, StoreConflict, type Stored } from "../jobs/store.ts";
import { writeSurely } from "../jobs/surely.ts";
import type { KeyStore } from "../keys/keyStore.ts";
import type { OutboundClient } from "../outbound/outboundClient.ts";
import {
  type EndpointDocument,
  type EndpointSecrets,
  type EventType,
  endpointDocId,
  type HttpKind,
  type NotificationDocument,
  notificationRange,
  notifyPk,
  type OutgoingEvent,
} from "./documents.ts";
import type { MailSettings } from "./mailSettings.ts";
import { newNotification } from "./newNotification.ts";
import { recipientsOf } from "./recipients.ts";

export interface EndpointsOptions {
  readonly store: Pick<LedgerStore, "read" | "batch" | "range">;
  readonly keys: Pick<KeyStore, "seal" | "open">;
  readonly outbound: Pick<OutboundClient, "check">;
  /** How the platform sends mail. @default it sends none */
  readonly mail?: () => MailSettings | undefined;
  readonly now?: () => number;
}

export type EndpointWish = { readonly events: readonly EventType[] } & (
  | { readonly kind: HttpKind; readonly url: string }
  | { readonly kind: "mail"; readonly to: readonly string[] }
);

/** An endpoint, and its secret when that was made just now: it is shown this once. */
export interface PutEndpoint {
  readonly endpoint: EndpointDocument;
  readonly created: boolean;
  readonly secret?: string;
}

export const MAX_ENDPOINTS = 20;
/** So long the secret before a rotation signs too. */
const OVERLAP_MS = 24 * 3_600_000;
const TRIES = 5;
const SHOWN_NOTIFICATIONS = 100;

/** Where tenants want to be told of their jobs. Addresses and secrets are sealed as the keys that tenants bring are. */
export class Endpoints {
  readonly #options: EndpointsOptions;
  readonly #now: () => number;

  constructor(options: EndpointsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Makes an endpoint, or changes and enables one; its secret stays.
   *
   * @throws {AutomationError} `OUTBOUND_REFUSED` for an address that may not be called, `RECIPIENT_REFUSED` for one that may not be written
   *   to, `MAIL_NOT_CONFIGURED`, `TOO_MANY_ENDPOINTS`, `KEYS_UNAVAILABLE`
   */
  async put(tenant: TenantContext, id: string, wish: EndpointWish): Promise<PutEndpoint> {
    const target = await this.#target(tenant, wish);
    return this.#retried(async () => {
      const before = await this.#read(tenant, id);
      if (!before) await this.#room(tenant);
      const old = before && (await this.secrets(before.doc));
      const secret = wish.kind === "webhook" ? (old?.secret ?? newSecret()) : undefined;
      const signing = { ...(secret && { secret }), ...(secret && old?.previous && { previous: old.previous }) };
      const secrets: EndpointSecrets = target.to ? { to: target.to } : { url: target.url, ...signing };
      const { kind, events } = wish;
      const at = new Date(this.#now()).toISOString();
      const { host, last4, to } = target;
      const shown = { kind, events, host, last4, ...(to && { recipients: to.length }), status: "active" } as const;
      const base = { createdAt: before?.doc.createdAt ?? at, updatedAt: at, updatedBy: tenant.userId };
      const { failingSince: _, reason: __, recipients: ___, ...kept } = before?.doc ?? {};
      const endpoint = await this.#write(tenant, id, { ...kept, ...shown, ...base }, secrets, before);
      return { endpoint, created: !before, ...(secret && secret !== old?.secret && { secret }) };
    });
  }

  /** @throws {AutomationError} `ENDPOINT_NOT_FOUND` */
  async get(tenant: Pick<TenantContext, "tenantId">, id: string): Promise<EndpointDocument> {
    return (await this.#found(tenant, id)).doc;
  }

  async list({ tenantId }: Pick<TenantContext, "tenantId">): Promise<readonly EndpointDocument[]> {
    const rows = await this.#options.store.range<EndpointDocument>(
      notifyPk(tenantId),
      "endpoint:",
      "endpoint;",
      MAX_ENDPOINTS * 2, // two that are made at once may pass the limit
    );
    return rows.map(({ doc }) => doc);
  }

  /** What it was sent is dropped, and its secrets are gone with it. @throws {AutomationError} `ENDPOINT_NOT_FOUND` */
  async remove(tenant: TenantContext, id: string): Promise<void> {
    const { doc } = await this.#found(tenant, id);
    await writeSurely(this.#options.store, doc.pk, [{ kind: "delete", id: doc.id }]).catch(ifGone);
  }

  /** A new secret; for a day the one before signs too. @throws {AutomationError} `ENDPOINT_NOT_FOUND`, `NOT_SIGNED` */
  async rotate(tenant: TenantContext, id: string): Promise<PutEndpoint> {
    return this.#retried(async () => {
      const before = await this.#found(tenant, id);
      const { url, secret: old } = await this.secrets(before.doc);
      if (url === undefined || old === undefined)
        throw new AutomationError("NOT_SIGNED", { id, kind: before.doc.kind });
      const secret = newSecret();
      const until = new Date(this.#now() + OVERLAP_MS).toISOString();
      const secrets = { url, secret, previous: { secret: old, until } };
      const change = { ...before.doc, updatedAt: new Date(this.#now()).toISOString(), updatedBy: tenant.userId };
      return { endpoint: await this.#write(tenant, id, change, secrets, before), created: false, secret };
    });
  }

  /** Sends a `ping`. @returns its id. @throws {AutomationError} `ENDPOINT_NOT_FOUND` */
  async ping(tenant: TenantContext, id: string): Promise<OutgoingEvent> {
    const { doc } = await this.#found(tenant, id);
    const createdAt = new Date(this.#now()).toISOString();
    const event: OutgoingEvent = { id: `evt_${randomUUID()}`, type: "ping", createdAt, data: { endpointId: id } };
    await writeSurely(this.#options.store, doc.pk, [{ kind: "create", doc: newNotification(doc, event) }]);
    return event;
  }

  /** What was and is to be sent to it, the newest first. @throws {AutomationError} `ENDPOINT_NOT_FOUND` */
  async notifications(tenant: TenantContext, id: string): Promise<readonly NotificationDocument[]> {
    const { doc } = await this.#found(tenant, id);
    const [from, to] = notificationRange(id);
    const rows = await this.#options.store.range<NotificationDocument>(doc.pk, from, to, SHOWN_NOTIFICATIONS);
    return rows.map((each) => each.doc);
  }

  /** Addresses and secrets, for the call that they are meant for. @throws {AutomationError} `KEYS_UNAVAILABLE`, `SEAL_BROKEN` */
  async secrets({ tenantId, endpointId, version, sealed }: EndpointDocument): Promise<EndpointSecrets> {
    return JSON.parse(await this.#options.keys.open(sealed, belonging(tenantId, endpointId, version)));
  }

  async #target({ tenantId }: TenantContext, wish: EndpointWish) {
    if (wish.kind === "mail") return recipientsOf(this.#options.mail?.(), tenantId, wish.to);
    const { url } = wish;
    try {
      const { host } = await this.#options.outbound.check(url);
      return { url, to: undefined, host, last4: url.slice(-4) };
    } catch (error) {
      if (!(error instanceof AutomationError) || error.code === "OUTBOUND_REFUSED") throw error;
      throw new AutomationError("OUTBOUND_REFUSED", error.details, { cause: error }); // a name that nobody knows
    }
  }

  async #room(tenant: TenantContext): Promise<void> {
    if ((await this.list(tenant)).length >= MAX_ENDPOINTS)
      throw new AutomationError("TOO_MANY_ENDPOINTS", { limit: MAX_ENDPOINTS });
  }

  async #read({ tenantId }: Pick<TenantContext, "tenantId">, id: string) {
    return this.#options.store.read<EndpointDocument>(notifyPk(tenantId), endpointDocId(id));
  }

  async #found(tenant: Pick<TenantContext, "tenantId">, id: string): Promise<Stored<EndpointDocument>> {
    const found = await this.#read(tenant, id);
    if (!found) throw new AutomationError("ENDPOINT_NOT_FOUND", { id });
    return found;
  }

  async #write(
    { tenantId }: TenantContext,
    endpointId: string,
    fields: Omit<EndpointDocument, "id" | "pk" | "schema" | "type" | "tenantId" | "endpointId" | "version" | "sealed">,
    secrets: EndpointSecrets,
    before: Stored<EndpointDocument> | undefined,
  ): Promise<EndpointDocument> {
    const version = (before?.doc.version ?? 0) + 1;
    const sealed = await this.#options.keys.seal(JSON.stringify(secrets), belonging(tenantId, endpointId, version));
    const identity = { id: endpointDocId(endpointId), pk: notifyPk(tenantId), schema: 1, type: "endpoint" } as const;
    const doc: EndpointDocument = { ...fields, ...identity, tenantId, endpointId, version, sealed };
    // A secret is shown once: were a lost answer taken for a failure, nobody would ever know the secret that is stored.
    await writeSurely(this.#options.store, doc.pk, [
      before ? { kind: "replace", doc, etag: before.etag } : { kind: "create", doc },
    ]);
    return doc;
  }

  async #retried<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof StoreConflict) || attempt === TRIES) throw error;
      }
    }
  }
}

/** A copied row opens nowhere else. */
function belonging(tenantId: string, endpointId: string, version: number) {
  return { tenantId, name: `endpoint:${endpointId}`, version };
}

/** The redactor knows its shape. */
function newSecret(): string {
  return `whsec_${randomBytes(32).toString("hex")}`;
}

function ifGone(error: unknown): void {
  if (!(error instanceof StoreConflict)) throw error;
}
