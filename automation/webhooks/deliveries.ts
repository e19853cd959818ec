import { createHash } from "node:crypto";
import type { DeliveryDocument } from "../jobs/documents.ts";
import { type LedgerStore, StoreConflict } from "../jobs/store.ts";
import type { WebhookSource } from "./signature.ts";

/** Senders repeat a delivery for days at most. */
const KEPT_SECONDS = 30 * 86_400;

/** Which deliveries are done: senders repeat what they have no answer to. */
export class Deliveries {
  readonly #store: Pick<LedgerStore, "read" | "batch">;
  readonly #now: () => number;

  constructor(store: Pick<LedgerStore, "read" | "batch">, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  /**
   * Does the work of a delivery unless that was done before. The work is remembered after it is done, so it must be one that can be
   * repeated: a crash in between repeats it.
   *
   * @returns what the work gave, or nothing for a repeated delivery
   */
  async once<T>(source: WebhookSource, deliveryId: string, work: () => Promise<T>): Promise<T | undefined> {
    const pk = `webhook:${source}`;
    const id = createHash("sha256").update(deliveryId).digest("hex");
    if (await this.#store.read<DeliveryDocument>(pk, id)) return undefined;
    const result = await work();
    const doc: DeliveryDocument = {
      id,
      pk,
      schema: 1,
      type: "delivery",
      deliveryId,
      doneAt: new Date(this.#now()).toISOString(),
      ttl: KEPT_SECONDS,
    };
    try {
      await this.#store.batch(pk, [{ kind: "create", doc }]);
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error; // the same delivery came twice at once
    }
    return result;
  }
}
