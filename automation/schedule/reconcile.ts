import type { Chores } from "../jobs/chores.ts";
import {
  type AppDocument,
  appPk,
  type JobDocument,
  jobDocId,
  type LeaseDocument,
  type PlaceDocument,
  SCHEDULE_PK,
} from "../jobs/documents.ts";
import { isNewer, knowsJob } from "../jobs/forms.ts";
import type { Reservations } from "../jobs/reservations.ts";
import { isHeld, isTerminal } from "../jobs/states.ts";
import type { LedgerStore } from "../jobs/store.ts";
import type { ReservationDocument } from "../jobs/tenantDocuments.ts";
import type { Logger } from "../logger.ts";
import type { DeadLetter, DeadLetters } from "../queue/deadLetters.ts";
import { stayOf } from "./schedule.ts";
import type { Scheduler } from "./scheduler.ts";

export interface ReconcilerOptions {
  readonly store: LedgerStore;
  readonly scheduler: Pick<Scheduler, "enter" | "leave" | "publish">;
  readonly reservations: Pick<Reservations, "release">;
  readonly deadLetters: DeadLetters;
  readonly chores: Pick<Chores, "take">;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly now?: () => number;
}

/** Between two looks at the places, and between two looks at what should not happen at all. */
const PLACES_MS = 10_000;
const AUDIT_MS = 600_000;
const PAGE = 200;
const MOST_PLACES = 1_000;
/** Looks after which a message counts as lost, and is sent under another id: ten minutes, in which the broker knows the old one. */
const RESEND_EVERY = 60;
/** Reasons that the broker gives: it knows nothing of the job. */
const BROKER_REASONS: ReadonlySet<string> = new Set([
  "MaxDeliveryCountExceeded",
  "TTLExpiredException",
  "Session ID is null",
]);

/** Brings queue, schedule and reservations back to what the ledger says: it is the truth, and everything else may be lost. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #now: () => number;
  /** By app: a place and what its job looked like, and for how many looks. */
  readonly #seen = new Map<string, { readonly sign: string; readonly looks: number }>();
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => options.store.now());
  }

  start(): void {
    this.#every(PLACES_MS, "places", () => this.places());
    this.#every(AUDIT_MS, "audit", () => this.audit());
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** Places whose job is over are given back; the message of one that nobody takes is sent again. @returns how many */
  async places(): Promise<number> {
    const query = { type: "place", pk: SCHEDULE_PK, orderBy: "rank", limit: MOST_PLACES } as const;
    const [admitted, waiting] = await Promise.all(
      (["admitted", "waiting"] as const).map((state) =>
        this.#options.store.find<PlaceDocument>({ ...query, where: { state } }),
      ),
    );
    let changed = 0;
    const apps = new Set<string>();
    for (const { doc } of [...(admitted ?? []), ...(waiting ?? [])]) {
      apps.add(doc.appId);
      if (await this.#place(doc)) changed += 1;
    }
    for (const appId of this.#seen.keys()) if (!apps.has(appId)) this.#seen.delete(appId);
    return changed;
  }

  async #place(place: PlaceDocument): Promise<boolean> {
    const { store, scheduler } = this.#options;
    const pk = appPk(place.appId);
    const [app, job] = await Promise.all([
      store.read<AppDocument>(pk, "app"),
      store.read<JobDocument>(pk, jobDocId(place.jobId)),
    ]);
    // What a newer release wrote is its to look after.
    if (isNewer(place) || (app && isNewer(app.doc)) || (job && !knowsJob(job.doc))) return false;
    const over = !job || isTerminal(job.doc.state) || job.doc.state === "waiting" || app?.doc.active[0] !== place.jobId;
    const lease = job && isHeld(job.doc.state) ? await store.read<LeaseDocument>(pk, "lease") : undefined;
    const sign = [place.jobId, place.messageId, place.state, over, job?.doc.version, lease?.etag].join(" ");
    const before = this.#seen.get(place.appId);
    const looks = before?.sign === sign ? before.looks + 1 : 1;
    this.#seen.set(place.appId, { sign, looks });
    if (looks < 2) return false; // it may be on its way
    if (over) {
      await scheduler.leave(place.appId, place.jobId, stayOf(place) + 1);
      return true;
    }
    if (place.state === "waiting") return false;
    if (looks % RESEND_EVERY === 0) {
      // A worker that is alive moves the lease of what it works on: nobody does.
      await scheduler.publish({ ...place, messageId: `${place.messageId}:again-${this.#now()}` });
      return true;
    }
    if (looks > 2 || job.doc.state !== "queued") return false;
    await scheduler.publish(place);
    return true;
  }

  /** Reservations without a job, queued jobs without a place, dead letters of jobs that live. @returns how many */
  async audit(): Promise<number> {
    const before = new Date(this.#now() - AUDIT_MS).toISOString();
    return (await this.#reservations(before)) + (await this.#heads(before)) + (await this.#deadLetters());
  }

  /** A reservation is the job's from before the job is written: without a job after so long there will be none. */
  async #reservations(before: string): Promise<number> {
    const { store, reservations } = this.#options;
    let released = 0;
    for await (const doc of this.#pages<ReservationDocument>({ type: "reservation" }, before)) {
      const job = await store.read<JobDocument>(appPk(doc.appId), jobDocId(doc.jobId));
      if (job && !isTerminal(job.doc.state)) continue;
      await reservations.release(doc.pk.slice("tenant:".length), doc.id.slice("reservation-".length), before);
      released += 1;
    }
    return released;
  }

  /** The first job of an app that is queued without a place: nobody would ever run it. */
  async #heads(before: string): Promise<number> {
    const { store, scheduler } = this.#options;
    let entered = 0;
    for await (const job of this.#pages<JobDocument>({ type: "job", where: { state: "queued" } }, before)) {
      const { appId, jobId, tenantId, notBefore, priority = "normal" } = job;
      if (notBefore !== undefined && notBefore > before) continue;
      const app = await store.read<AppDocument>(appPk(appId), "app");
      if (app?.doc.active[0] !== jobId) continue;
      if (await store.read<PlaceDocument>(SCHEDULE_PK, `place-${appId}`)) continue;
      const messageId = `${jobId}:found-${this.#now()}`;
      await scheduler.enter({ appId, jobId, tenantId, priority, messageId, stay: job.stay ?? 0 });
      entered += 1;
    }
    return entered;
  }

  async #deadLetters(): Promise<number> {
    let handled = 0;
    const known = new Set<string>();
    await this.#options.deadLetters.each(async (letter) => {
      // A message that came twice is buried twice; one letter tells it all.
      const again = letter.jobId !== undefined && known.has(letter.jobId);
      known.add(letter.jobId ?? "");
      const remove = again || (await this.#deadLetter(letter));
      if (remove) handled += 1;
      return remove;
    });
    return handled;
  }

  /** @returns whether the letter has done its duty */
  async #deadLetter({ reason, appId, jobId }: DeadLetter): Promise<boolean> {
    if (appId === undefined || jobId === undefined) return false; // malformed: for a person to look at
    const job = await this.#options.store.read<JobDocument>(appPk(appId), jobDocId(jobId));
    if (!job || job.doc.state === "dead") return false;
    if (isTerminal(job.doc.state) || !BROKER_REASONS.has(reason)) return true;
    const { tenantId, priority = "normal", stay = 0 } = job.doc;
    const messageId = `${jobId}:undead-${this.#now()}`;
    await this.#options.scheduler.enter({ appId, jobId, tenantId, priority, messageId, stay });
    return true;
  }

  async *#pages<T extends JobDocument | ReservationDocument>(
    query: { readonly type: T["type"]; readonly where?: Readonly<Record<string, string>> },
    before: string,
  ): AsyncGenerator<T> {
    for (let from = ""; ; ) {
      const below = { createdAt: before };
      const page = await this.#options.store.find<T>({
        ...query,
        below,
        ...{ above: { createdAt: from }, orderBy: "createdAt", limit: PAGE },
      });
      for (const { doc } of page) yield doc;
      if (page.length < PAGE) return;
      from = page.at(-1)?.doc.createdAt ?? "";
    }
  }

  #every(ms: number, name: string, work: () => Promise<number>): void {
    const { chores, log } = this.#options;
    const run = async () => {
      try {
        if (!(await chores.take(name))) return;
        const count = await work();
        if (count > 0) log.info({ count, chore: name }, "reconciled with the ledger");
      } catch (error) {
        log.warn({ err: error, chore: name }, "reconciling failed; the next round tries again");
      }
    };
    const timer = setInterval(() => void run(), ms);
    timer.unref();
    this.#timers.push(timer);
  }
}
