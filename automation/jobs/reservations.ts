import { AutomationError } from "../errors.ts";
import { type LimitsOf, take } from "../schedule/limits.ts";
import { type JobDocument, tenantPk } from "./documents.ts";
import { hashOf } from "./ids.ts";
import { type Pause, pause } from "./pause.ts";
import { type LedgerStore, StoreConflict, type StoreOperation } from "./store.ts";
import type { IdempotencyDocument, QuotaDocument, ReservationDocument } from "./tenantDocuments.ts";
import { isOver } from "./writeTries.ts";

const DAY_SECONDS = 86_400;
const TRIES = 60;

export interface Reserved {
  readonly jobId: string;
  readonly appId: string;
  /** The same key came before, at that time: the ids are those of then. */
  readonly repeatedOf?: string;
}

/** Quota is a reservation: counter, reservation and idempotency record of a tenant change in one transaction. */
export class Reservations {
  readonly #store: LedgerStore;
  readonly #now: () => number;
  readonly #limitsOf: LimitsOf;
  readonly #pause: Pause;
  /** By tenant: the last of those that wait for each other here, instead of failing each other in the store. */
  readonly #lines = new Map<string, Promise<unknown>>();

  constructor(store: LedgerStore, now: () => number, limitsOf: LimitsOf, wait: Pause = pause) {
    this.#store = store;
    this.#now = now;
    this.#limitsOf = limitsOf;
    this.#pause = wait;
  }

  /**
   * @param ids `key` names the reservation where a job has had one before (a redrive)
   * @throws {AutomationError} `TENANT_QUOTA` and `RATE_LIMITED` at a limit, `IDEMPOTENCY_MISMATCH` for a key that has another body
   */
  reserve(
    tenantId: string,
    ids: { readonly jobId: string; readonly appId: string; readonly key?: string },
    idempotency?: { readonly key: string; readonly bodyHash: string },
  ): Promise<Reserved> {
    return this.#inLine(tenantId, () => this.#reserve(tenantId, ids, idempotency));
  }

  async #reserve(
    tenantId: string,
    { key = "", ...ids }: { readonly jobId: string; readonly appId: string; readonly key?: string },
    idempotency?: { readonly key: string; readonly bodyHash: string },
  ): Promise<Reserved> {
    const pk = tenantPk(tenantId);
    const id = reservationId(key || ids.jobId);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      // A new key is the rule: the first try writes its record without a look, which fails when there is one.
      const repeated = attempt === 0 ? undefined : await this.#repeated(tenantId, idempotency);
      if (repeated) return repeated;
      const quota = await this.#store.read<QuotaDocument>(pk, "quota");
      const counter = this.#raised(tenantId, quota?.doc, key ? "redrives" : "jobs");
      if (counter instanceof AutomationError) {
        const answered = await this.#repeated(tenantId, idempotency); // which costs nothing more
        if (answered) return answered;
        throw counter;
      }
      const base = { pk, schema: 1, ...ids, createdAt: new Date(this.#now()).toISOString() } as const;
      const operations: StoreOperation[] = [
        quota ? { kind: "replace", doc: counter, etag: quota.etag } : { kind: "create", doc: counter },
        { kind: "create", doc: { ...base, id, type: "reservation" } },
      ];
      if (idempotency) {
        const { bodyHash } = idempotency;
        const recordId = recordIdOf(idempotency.key);
        const doc: IdempotencyDocument = { ...base, id: recordId, type: "idempotency", bodyHash, ttl: DAY_SECONDS };
        operations.push({ kind: "create", doc });
      }
      try {
        await this.#store.batch(pk, operations);
        return ids;
      } catch (error) {
        const landed = await this.#store.read<ReservationDocument>(pk, id);
        if (landed) return ids;
        if (!(error instanceof StoreConflict)) throw error;
        await this.#pause(Math.random() * Math.min(100, 4 * 2 ** attempt));
      }
    }
    throw new AutomationError("LEDGER_BUSY", { appId: ids.appId, tries: TRIES });
  }

  /** What a request of the same key got. @throws {AutomationError} `IDEMPOTENCY_MISMATCH` when it had another body */
  async #repeated(
    tenantId: string,
    idempotency: { readonly key: string; readonly bodyHash: string } | undefined,
  ): Promise<Reserved | undefined> {
    if (!idempotency) return undefined;
    const record = await this.#store.read<IdempotencyDocument>(tenantPk(tenantId), recordIdOf(idempotency.key));
    if (!record) return undefined;
    if (record.doc.bodyHash !== idempotency.bodyHash) throw new AutomationError("IDEMPOTENCY_MISMATCH");
    return { jobId: record.doc.jobId, appId: record.doc.appId, repeatedOf: record.doc.createdAt };
  }

  /** The tenant's counter with one more, and a token less; or why there may be no more. */
  #raised(
    tenantId: string,
    quota: QuotaDocument | undefined,
    kind: "jobs" | "redrives",
  ): QuotaDocument | AutomationError {
    const { unfinished: limit, jobsPerMinute, redrivesPerMinute } = this.#limitsOf(tenantId);
    const active = quota?.active ?? 0;
    if (active >= limit) return new AutomationError("TENANT_QUOTA", { active, limit });
    const perMinute = kind === "jobs" ? jobsPerMinute : redrivesPerMinute;
    const taken = take(quota?.rates?.[kind], perMinute, this.#now());
    if ("waitMs" in taken) {
      const retryAfterSeconds = Math.ceil(taken.waitMs / 1000);
      return new AutomationError("RATE_LIMITED", { kind, limit: perMinute, retryAfterSeconds });
    }
    const rates = { ...quota?.rates, [kind]: taken.bucket };
    return { ...quota, id: "quota", pk: tenantPk(tenantId), schema: 1, type: "quota", active: active + 1, rates };
  }

  /**
   * Makes sure that a job which is written only now has a reservation: its first request died in between, and what is so old may be
   * taken for a leak at any moment.
   */
  async renew(tenantId: string, ids: { readonly jobId: string; readonly appId: string }): Promise<void> {
    const pk = tenantPk(tenantId);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const found = await this.#store.read<ReservationDocument>(pk, reservationId(ids.jobId));
      if (!found) return void (await this.reserve(tenantId, ids));
      const doc = { ...found.doc, createdAt: new Date(this.#now()).toISOString() };
      try {
        await this.#store.batch(pk, [{ kind: "replace", doc, etag: found.etag }]);
        return;
      } catch (error) {
        if (!(error instanceof StoreConflict)) throw error;
      }
    }
    throw new AutomationError("LEDGER_BUSY", { appId: ids.appId, tries: TRIES });
  }

  /**
   * Gives a reservation back, once: a second call finds none.
   *
   * @param key of the reservation: the job's id, or its later series
   * @param madeBefore only if it is older
   */
  release(tenantId: string, key: string, madeBefore?: string): Promise<void> {
    return this.#inLine(tenantId, () => this.#release(tenantId, key, madeBefore));
  }

  async #inLine<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#lines.get(tenantId) ?? Promise.resolve();
    const own = before.then(work, work);
    const last = own.catch(() => undefined);
    this.#lines.set(tenantId, last);
    try {
      return await own;
    } finally {
      if (this.#lines.get(tenantId) === last) this.#lines.delete(tenantId);
    }
  }

  async #release(tenantId: string, key: string, madeBefore?: string): Promise<void> {
    const pk = tenantPk(tenantId);
    const id = reservationId(key);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      // It is there as a rule: only whoever failed, or asks for its age, looks.
      const looks = attempt > 0 || madeBefore !== undefined;
      const [reservation, quota] = await Promise.all([
        looks ? this.#store.read<ReservationDocument>(pk, id) : undefined,
        this.#store.read<QuotaDocument>(pk, "quota"),
      ]);
      if ((looks && !reservation) || !quota) return;
      if (reservation && madeBefore !== undefined && reservation.doc.createdAt >= madeBefore) return;
      const counter: QuotaDocument = { ...quota.doc, active: Math.max(0, quota.doc.active - 1) };
      try {
        await this.#store.batch(pk, [
          { kind: "replace", doc: counter, etag: quota.etag },
          { kind: "delete", id, ...(reservation && { etag: reservation.etag }) },
        ]);
        return;
      } catch (error) {
        // Had it landed, the next look finds none.
        if (isOver(error, attempt)) throw error;
        await this.#pause(Math.random() * Math.min(100, 4 * 2 ** attempt));
      }
    }
    throw new AutomationError("LEDGER_BUSY", { appId: key, tries: TRIES });
  }
}

function recordIdOf(key: string): string {
  return `idempotency-${hashOf(key)}`;
}

function reservationId(key: string): string {
  return `reservation-${key}`;
}

/** Names the reservation of a job's series of attempts. */
export function reservationKey({ jobId, series = 1 }: Pick<JobDocument, "jobId" | "series">): string {
  return series === 1 ? jobId : `${jobId}-series-${series}`;
}
