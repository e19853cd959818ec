import { setTimeout as sleep } from "node:timers/promises";
import { AutomationError } from "../errors.ts";
import { type IdempotencyDocument, type QuotaDocument, type ReservationDocument, tenantPk } from "./documents.ts";
import { hashOf } from "./ids.ts";
import { type LedgerStore, StoreConflict, type StoreOperation } from "./store.ts";

const DAY_SECONDS = 86_400;
const TRIES = 60;

export interface Reserved {
  readonly jobId: string;
  readonly appId: string;
  /** The same key came before: the ids are those of then. */
  readonly repeated: boolean;
}

/** Quota is a reservation: counter, reservation and idempotency record of a tenant change in one transaction. */
export class Reservations {
  readonly #store: LedgerStore;
  readonly #now: () => number;
  readonly #limit: number;

  constructor(store: LedgerStore, now: () => number, limit: number) {
    this.#store = store;
    this.#now = now;
    this.#limit = limit;
  }

  /**
   * @throws {AutomationError} `TENANT_QUOTA` at the limit, `IDEMPOTENCY_MISMATCH` for a key that has another body
   */
  async reserve(
    tenantId: string,
    ids: { readonly jobId: string; readonly appId: string },
    idempotency?: { readonly key: string; readonly bodyHash: string },
  ): Promise<Reserved> {
    const pk = tenantPk(tenantId);
    const recordId = idempotency && `idempotency-${hashOf(idempotency.key)}`;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (idempotency && recordId) {
        const record = await this.#store.read<IdempotencyDocument>(pk, recordId);
        if (record && record.doc.bodyHash !== idempotency.bodyHash) throw new AutomationError("IDEMPOTENCY_MISMATCH");
        if (record) return { jobId: record.doc.jobId, appId: record.doc.appId, repeated: true };
      }
      const quota = await this.#store.read<QuotaDocument>(pk, "quota");
      const active = quota?.doc.active ?? 0;
      if (active >= this.#limit) throw new AutomationError("TENANT_QUOTA", { active, limit: this.#limit });
      const now = new Date(this.#now()).toISOString();
      const counter: QuotaDocument = { id: "quota", pk, schema: 1, type: "quota", active: active + 1 };
      const base = { pk, schema: 1, ...ids, createdAt: now } as const;
      const operations: StoreOperation[] = [
        quota ? { kind: "replace", doc: counter, etag: quota.etag } : { kind: "create", doc: counter },
        { kind: "create", doc: { ...base, id: reservationId(ids.jobId), type: "reservation" } },
      ];
      if (idempotency && recordId) {
        const { bodyHash } = idempotency;
        const doc: IdempotencyDocument = { ...base, id: recordId, type: "idempotency", bodyHash, ttl: DAY_SECONDS };
        operations.push({ kind: "create", doc });
      }
      try {
        await this.#store.batch(pk, operations);
        return { ...ids, repeated: false };
      } catch (error) {
        const landed = await this.#store.read<ReservationDocument>(pk, reservationId(ids.jobId));
        if (landed) return { ...ids, repeated: false };
        if (!(error instanceof StoreConflict)) throw error;
        await sleep(Math.random() * Math.min(100, 4 * 2 ** attempt));
      }
    }
    throw new AutomationError("LEDGER_BUSY", { appId: ids.appId, tries: TRIES });
  }

  /** Gives a reservation back, once: a second call finds none. */
  async release(tenantId: string, jobId: string): Promise<void> {
    const pk = tenantPk(tenantId);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const reservation = await this.#store.read<ReservationDocument>(pk, reservationId(jobId));
      const quota = await this.#store.read<QuotaDocument>(pk, "quota");
      if (!reservation || !quota) return;
      const counter: QuotaDocument = { ...quota.doc, active: Math.max(0, quota.doc.active - 1) };
      try {
        await this.#store.batch(pk, [
          { kind: "replace", doc: counter, etag: quota.etag },
          { kind: "delete", id: reservation.doc.id, etag: reservation.etag },
        ]);
        return;
      } catch (error) {
        if (!(error instanceof StoreConflict)) throw error;
        await sleep(Math.random() * Math.min(100, 4 * 2 ** attempt));
      }
    }
    throw new AutomationError("LEDGER_BUSY", { appId: jobId, tries: TRIES });
  }
}

function reservationId(jobId: string): string {
  return `reservation-${jobId}`;
}
