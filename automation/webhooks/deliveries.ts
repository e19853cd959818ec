import { createHash, randomUUID } from "node:crypto";
import { type LedgerStore, StoreConflict, type Stored } from "../jobs/store.ts";
import { writeSurely } from "../jobs/surely.ts";
import type { Logger } from "../logger.ts";
import type { DeliveryDocument, DeliveryWork } from "./documents.ts";
import type { WebhookSource } from "./signature.ts";

/** Senders repeat a delivery for days at most. */
const KEPT_SECONDS = 30 * 86_400;
/** Whoever accepted a delivery works on it at once; later it is somebody's who finds it. */
const LEFT_MS = 60_000;
const MOST_AT_ONCE = 20;
const MAX_ATTEMPTS = 5;

export interface DeliveriesOptions {
  readonly store: Pick<LedgerStore, "read" | "batch" | "find">;
  /** Does what a delivery asks for. It can be repeated: a crash in between repeats it. */
  readonly work: (work: DeliveryWork) => Promise<void>;
  readonly log: Logger;
  readonly now?: () => number;
}

/** Deliveries of webhooks: accepted once, answered at once, worked on until they are done. */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #now: () => number;
  readonly #running = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Keeps a delivery and begins to work on it. @returns whether it is new: senders repeat what they have no answer to */
  async accept(source: WebhookSource, deliveryId: string, work: DeliveryWork): Promise<boolean> {
    const doc: DeliveryDocument = {
      id: createHash("sha256").update(deliveryId).digest("hex"),
      pk: `webhook:${source}`,
      schema: 1,
      type: "delivery",
      source,
      deliveryId,
      status: "pending",
      work,
      receivedAt: new Date(this.#now()).toISOString(),
      attempts: 0,
      writeId: randomUUID(), // two that accept it in the same moment would write the same
      ttl: KEPT_SECONDS,
    };
    try {
      const [etag = ""] = await writeSurely(this.#options.store, doc.pk, [{ kind: "create", doc }]);
      this.#start({ doc, etag });
      return true;
    } catch (error) {
      if (error instanceof StoreConflict) return false;
      throw error;
    }
  }

  /** Works on what was left by a process that died, or failed for a reason that may pass. @returns how many there were */
  async sweep(): Promise<number> {
    const left = await this.#options.store.find<DeliveryDocument>({
      type: "delivery",
      where: { status: "pending" },
      below: { receivedAt: new Date(this.#now() - LEFT_MS).toISOString() },
      orderBy: "receivedAt",
      limit: MOST_AT_ONCE,
    });
    await Promise.all(left.map((each) => this.#finish(each)));
    return left.length;
  }

  startSweeping(everyMs: number): void {
    const run = () => this.sweep().catch((error: unknown) => this.#options.log.warn({ err: error }, "sweep failed"));
    this.#timer = setInterval(() => void run(), everyMs);
    this.#timer.unref();
  }

  /** Waits for what is being worked on. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#running);
  }

  #start(stored: Stored<DeliveryDocument>): void {
    const work = this.#finish(stored).finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  async #finish({ doc, etag }: Stored<DeliveryDocument>): Promise<void> {
    const { store, work, log } = this.#options;
    let status: DeliveryDocument["status"] = "done";
    try {
      await work(doc.work);
    } catch (error) {
      status = doc.attempts + 1 < MAX_ATTEMPTS ? "pending" : "givenUp";
      log.warn({ err: error, source: doc.source, delivery: doc.deliveryId, status }, "a delivery was not worked on");
    }
    try {
      const next = { ...doc, status, attempts: doc.attempts + 1 };
      await writeSurely(store, doc.pk, [{ kind: "replace", doc: next, etag }]);
    } catch (error) {
      if (error instanceof StoreConflict) return; // somebody else worked on it too
      log.warn({ err: error, delivery: doc.deliveryId }, "a delivery is left to the sweep");
    }
  }
}
