import { randomUUID } from "node:crypto";
import type { Chores } from "../jobs/chores.ts";
import { type LedgerStore, StoreConflict, type Stored } from "../jobs/store.ts";
import { writeSurely } from "../jobs/surely.ts";
import type { Logger } from "../logger.ts";
import type { OutboundClient } from "../outbound/outboundClient.ts";
import type { Attempt } from "./attempt.ts";
import { type EndpointDocument, endpointDocId, type NotificationDocument, notifyPk } from "./documents.ts";
import type { Endpoints } from "./endpoints.ts";
import type { Mailer } from "./mailer.ts";
import { newNotification } from "./newNotification.ts";
import { post } from "./post.ts";

export interface SenderOptions {
  readonly store: Pick<LedgerStore, "read" | "batch" | "find" | "range">;
  readonly endpoints: Pick<Endpoints, "secrets" | "list">;
  readonly outbound: Pick<OutboundClient, "send">;
  readonly mailer: Pick<Mailer, "send">;
  readonly chores: Pick<Chores, "take">;
  /** Tells the tenant in its audit trail. */
  readonly notice: (
    tenant: { readonly tenantId: string; readonly userId: string },
    event: string,
    message: string,
  ) => Promise<void>;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly now?: () => number;
  /** @default 2 s */
  readonly everyMs?: number;
}

const HOUR_MS = 3_600_000;
/** Who took a notification works on it at once; when it died, another sends it after so long, with the same id. */
const CLAIM_MS = 60_000;
/** Between attempts; the last one is repeated until a day is over. */
const PAUSES_MS = [10_000, 60_000, 300_000, 1_800_000, 2 * HOUR_MS, 5 * HOUR_MS] as const;
const GIVE_UP_MS = 24 * HOUR_MS;
/** An endpoint where nothing arrived for so long is disabled. */
const DISABLE_MS = 72 * HOUR_MS;
const PAGE = 100;

/** Sends what waits to be told. One process of all does it in an interval; each notification is taken before it is sent. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #running = false;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#turn(), this.#options.everyMs ?? 2_000);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #turn(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      if (await this.#options.chores.take("notifications")) await this.sendDue();
    } catch (error) {
      this.#options.log.warn({ err: error }, "notifications wait for the next round");
    } finally {
      this.#running = false;
    }
  }

  /** Sends what is due: endpoints beside each other, what is for one endpoint in order. @returns how many were taken */
  async sendDue(): Promise<number> {
    const due = await this.#options.store.find<NotificationDocument>({
      type: "notification",
      where: { status: "pending" },
      below: { nextAt: new Date(this.#now() + 1).toISOString() },
      orderBy: "nextAt",
      limit: PAGE,
    });
    const byEndpoint = Map.groupBy(due, ({ doc }) => `${doc.pk} ${doc.endpointId}`);
    const sent = await Promise.all([...byEndpoint.values()].map((group) => this.#sendAll(group)));
    return sent.reduce((sum, each) => sum + each, 0);
  }

  async #sendAll(group: readonly Stored<NotificationDocument>[]): Promise<number> {
    let taken = 0;
    for (const each of group) {
      try {
        const claimed = await this.#claim(each);
        if (!claimed) continue;
        taken += 1;
        await this.#send(claimed);
      } catch (error) {
        // The vault or the store does not answer: it is sent when the claim has run out.
        this.#options.log.warn({ err: error, notification: each.doc.id }, "a notification waits");
        break;
      }
    }
    return taken;
  }

  async #claim({ doc, etag }: Stored<NotificationDocument>): Promise<Stored<NotificationDocument> | undefined> {
    // Its own name for it: two that take it in the same moment would write the same.
    return this.#replace({ ...doc, nextAt: this.#at(CLAIM_MS), claim: randomUUID() }, etag);
  }

  async #send(claimed: Stored<NotificationDocument>): Promise<void> {
    const { doc } = claimed;
    const found = await this.#options.store.read<EndpointDocument>(doc.pk, endpointDocId(doc.endpointId));
    if (!found || found.doc.status === "disabled") {
      await this.#replace({ ...doc, status: "dropped", nextAt: "" }, claimed.etag);
      return;
    }
    const met = await this.#attempt(found.doc, doc);
    const { endpointId } = doc;
    if (met.isOurs) this.#options.log.warn({ endpointId, status: met.status, problem: met.problem }, "mail waits");
    await this.#replace(this.#after(doc, met), claimed.etag);
    await this.#judge(found, doc, met);
  }

  async #attempt(endpoint: EndpointDocument, { event, recipients }: NotificationDocument): Promise<Attempt> {
    const { outbound, mailer, endpoints } = this.#options;
    const secrets = await endpoints.secrets(endpoint);
    if (endpoint.kind !== "mail" && secrets.url !== undefined)
      return post(outbound, endpoint.kind, event, secrets, this.#now());
    return mailer.send({ endpoint, event, to: secrets.to ?? [], recipients });
  }

  #after(
    doc: NotificationDocument,
    { outcome, status, problem, waitMs = 0, recipients }: Attempt,
  ): NotificationDocument {
    const { lastStatus: _, lastProblem: __, ...rest } = doc;
    const attempts = doc.attempts + 1;
    const last = {
      ...(status !== undefined && { lastStatus: status }),
      ...(problem && { lastProblem: problem }),
      ...(recipients && { recipients }),
    };
    const done = { ...rest, ...last, attempts, nextAt: "" };
    if (outcome === "arrived") return { ...done, status: "delivered", deliveredAt: this.#at(0) };
    const pause = PAUSES_MS[Math.min(attempts, PAUSES_MS.length) - 1] ?? HOUR_MS;
    const nextMs = this.#now() + Math.max(pause, waitMs);
    const over = outcome === "refused" || nextMs > Date.parse(doc.createdAt) + GIVE_UP_MS;
    return over ? { ...done, status: "failed" } : { ...done, nextAt: new Date(nextMs).toISOString() };
  }

  /** Notes since when an endpoint fails, and disables it after three days, or at once when it says that it is gone. */
  async #judge({ doc, etag }: Stored<EndpointDocument>, { event }: NotificationDocument, met: Attempt): Promise<void> {
    const { failingSince, ...rest } = doc;
    if (met.isOurs) return; // the endpoint was not even asked
    if (met.outcome === "arrived") {
      if (failingSince !== undefined) await this.#replace(rest, etag);
      return;
    }
    const since = failingSince ?? this.#at(0);
    const gone = met.status === 410;
    if (!gone && this.#now() - Date.parse(since) < DISABLE_MS) {
      if (failingSince === undefined) await this.#replace({ ...doc, failingSince: since }, etag);
      return;
    }
    const said = met.status === undefined ? (met.problem ?? "no answer") : `it answered ${met.status}`;
    const reason = gone ? "it answered 410: it is gone" : `nothing arrived since ${since}; at last ${said}`;
    const disabled = await this.#replace({ ...doc, failingSince: since, status: "disabled", reason }, etag);
    if (!disabled || event.type === "endpoint.disabled") return;
    await this.#tell(disabled.doc, reason);
  }

  /** The tenant's audit trail and its other endpoints hear of it. */
  async #tell({ tenantId, endpointId, updatedBy }: EndpointDocument, reason: string): Promise<void> {
    const { store, endpoints, notice, log } = this.#options;
    log.warn({ tenantId, endpointId, reason }, "an endpoint was disabled");
    await notice({ tenantId, userId: updatedBy }, "endpoint_disabled", `Endpoint ${endpointId}: ${reason}`);
    const data = { endpointId, reason };
    const event = { id: `evt_${randomUUID()}`, type: "endpoint.disabled", createdAt: this.#at(0), data } as const;
    const others = (await endpoints.list({ tenantId })).filter(({ status }) => status === "active");
    for (const other of others) {
      await writeSurely(store, notifyPk(tenantId), [{ kind: "create", doc: newNotification(other, event) }]);
    }
  }

  #at(laterMs: number): string {
    return new Date(this.#now() + laterMs).toISOString();
  }

  /** @returns nothing when somebody else has written it: then it is theirs */
  async #replace<T extends EndpointDocument | NotificationDocument>(
    doc: T,
    etag: string,
  ): Promise<Stored<T> | undefined> {
    try {
      const [next = ""] = await writeSurely(this.#options.store, doc.pk, [{ kind: "replace", doc, etag }]);
      return { doc, etag: next };
    } catch (error) {
      if (error instanceof StoreConflict) return undefined;
      throw error;
    }
  }
}
