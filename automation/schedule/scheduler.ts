import { randomUUID } from "node:crypto";
import { type PlaceDocument, placeDocId, SCHEDULE_PK, type ScheduleDocument } from "../jobs/documents.ts";
import type { Publisher } from "../jobs/outbox.ts";
import { type Pause, pause } from "../jobs/pause.ts";
import { type LedgerStore, StoreConflict, type Stored, type StoreOperation } from "../jobs/store.ts";
import {
  admit,
  change,
  EMPTY_SCHEDULE,
  type Place,
  type PlaceChange,
  type Schedule,
  type Sharing,
} from "./schedule.ts";

export interface SchedulerOptions {
  readonly store: LedgerStore;
  readonly publisher: Publisher;
  readonly sharing: Sharing;
  /** Between two tries of a write. @default real time */
  readonly pause?: Pause;
}

/** A transaction has room for 100 operations: the schedule, changed places, and places that get a slot. */
const MAX_CHANGES = 40;
const MAX_ADMITTED = 50;
const TRIES = 100;
/** Of a write whose answer was an error that says nothing about it. */
const BLIND_TRIES = 3;
/** A call that took longer did not fail by chance. */
const QUICK_MS = 500;

interface Wish {
  readonly change: PlaceChange;
  readonly done: (place: Place | undefined) => void;
  readonly failed: (error: unknown) => void;
}

interface Plan {
  readonly operations: readonly StoreOperation[];
  readonly writeId: string;
  /** Of the apps that were to change. */
  readonly places: ReadonlyMap<string, Place | undefined>;
  readonly admitted: readonly Place[];
}

/**
 * Gives slots to the first jobs of apps and wakes a worker for each: the queue holds one message per app at most, and of a tenant
 * no more than its share. The schedule is one small document; what a process wishes at the same time goes into one write of it.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #wishes: Wish[] = [];
  #running: Promise<void> | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Limits by which slots are given. */
  get sharing(): Sharing {
    return this.#options.sharing;
  }

  /**
   * Asks for a slot for the first job of an app. Asked again for one that has a slot, its message is sent again under the same id.
   *
   * @param wake false for a worker that has a message in its hands: if there is a slot it needs no other
   * @returns the place; `admitted`: its message is sent
   */
  async enter(job: Omit<PlaceChange & { readonly kind: "enter" }, "kind">, wake = true): Promise<Place | undefined> {
    const place = await this.#wish({ ...job, kind: "enter" });
    if (wake && place?.state === "admitted" && place.jobId === job.jobId) await this.publish(place);
    return place;
  }

  /**
   * Gives the slot of a job back, or its place among the waiting; the next ones get what is free.
   *
   * @param before stays from that one on are not meant
   */
  async leave(appId: string, jobId: string, before: number): Promise<void> {
    await this.#wish({ kind: "leave", appId, jobId, before });
  }

  /** Where the first job of an app stands. */
  async place(appId: string): Promise<Place | undefined> {
    return (await this.#place(appId))?.doc;
  }

  /** Slots and lines of all tenants. */
  async schedule(): Promise<Schedule> {
    return (await this.#read())?.doc ?? EMPTY_SCHEDULE;
  }

  /** @param messageId another one than the place's, where the broker is to take it for a new message */
  async publish({ appId, jobId, messageId, traceparent }: Place): Promise<void> {
    const message = { appId, jobId, messageId, ...(traceparent && { traceparent }) };
    const begin = performance.now();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#options.publisher.publish(message);
      } catch (error) {
        // The broker takes one id once, so it may be sent again; a broker that is away is the sweep's to wait for.
        if (attempt >= BLIND_TRIES || performance.now() - begin > QUICK_MS) throw error;
      }
    }
  }

  #wish(wish: PlaceChange): Promise<Place | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<Place | undefined>();
    this.#wishes.push({ change: wish, done: resolve, failed: reject });
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
    });
    return promise;
  }

  async #work(): Promise<void> {
    while (this.#wishes.length > 0) {
      const wishes = this.#wishes.splice(0, MAX_CHANGES);
      try {
        const places = await this.#write(wishes.map((wish) => wish.change));
        for (const wish of wishes) wish.done(places.get(wish.change.appId));
      } catch (error) {
        for (const wish of wishes) wish.failed(error);
      }
    }
  }

  /** @returns the places after the write, of the apps that were to change */
  async #write(changes: readonly PlaceChange[]): Promise<ReadonlyMap<string, Place | undefined>> {
    for (let attempt = 0; ; attempt++) {
      const plan = await this.#plan(changes);
      if (plan.operations.length === 0) return plan.places;
      try {
        await this.#options.store.batch(SCHEDULE_PK, plan.operations);
      } catch (error) {
        const landed = (await this.#read())?.doc.writeId === plan.writeId; // only its answer was lost
        if (!landed && attempt >= (error instanceof StoreConflict ? TRIES : BLIND_TRIES)) throw error;
        if (!landed) {
          await (this.#options.pause ?? pause)(Math.random() * Math.min(100, 2 * 2 ** Math.min(attempt, 6)));
          continue;
        }
      }
      // Who asked for a slot here publishes and learns of a failure; for the others the sweep sends again.
      const asked = new Set(changes.filter((wish) => wish.kind === "enter").map((wish) => wish.appId));
      for (const place of plan.admitted) if (!asked.has(place.appId)) this.publish(place).catch(() => undefined);
      return plan.places;
    }
  }

  /** The next write. All that it stands on is written conditionally, so nothing that was read may be stale. */
  async #plan(changes: readonly PlaceChange[]): Promise<Plan> {
    const ids = [...new Set(changes.map((wish) => wish.appId))];
    const [known, ...read] = await Promise.all([this.#read(), ...ids.map((appId) => this.#place(appId))]);
    const found = new Map(read.flatMap((each) => (each ? [[each.doc.appId, each] as const] : [])));
    const places = new Map<string, Place | undefined>(ids.map((appId) => [appId, found.get(appId)?.doc]));
    const before = known?.doc ?? EMPTY_SCHEDULE;
    let schedule: Schedule = before;
    for (const wish of changes) {
      const next = change(schedule, places.get(wish.appId), wish);
      schedule = next.schedule;
      places.set(wish.appId, next.place);
    }
    const given = admit(schedule, this.#options.sharing, MAX_ADMITTED);
    const admitted = await this.#choose(given.admitted, schedule, places, found);
    const writeId = randomUUID();
    const own = new Map(places);
    for (const place of admitted) own.set(place.appId, place);
    const writes = [...own].flatMap(([appId, place]) => write(place, found.get(appId)));
    if (schedule === before && writes.length === 0) return { operations: [], writeId, places, admitted };
    const { entered, turn, tenants } = given.schedule;
    const doc: ScheduleDocument = {
      ...known?.doc,
      id: "schedule",
      pk: SCHEDULE_PK,
      schema: 1,
      type: "schedule",
      writeId,
      entered,
      turn,
      tenants,
    };
    const operations: StoreOperation[] = [
      known ? { kind: "replace", doc, etag: known.etag } : { kind: "create", doc },
      ...writes,
    ];
    for (const appId of ids) places.set(appId, own.get(appId));
    return { operations, writeId, places, admitted };
  }

  /** The waiting places that get a slot: the first ones of each tenant, those of this write among them. */
  async #choose(
    counts: ReadonlyMap<string, number>,
    schedule: Schedule,
    changed: ReadonlyMap<string, Place | undefined>,
    found: Map<string, Stored<PlaceDocument>>,
  ): Promise<readonly Place[]> {
    const chosen: Place[] = [];
    const own = [...changed.values()].filter((place) => place?.state === "waiting") as readonly Place[];
    for (const [tenantId, count] of counts) {
      const where = { state: "waiting", tenantId } as const;
      const limit = count + changed.size; // some of them are changed here
      const query = { type: "place", pk: SCHEDULE_PK, where, orderBy: "rank", limit } as const;
      const mine = own.filter((place) => place.tenantId === tenantId);
      // Nobody else of this tenant waits: then nobody is looked for.
      const isAlone = (schedule.tenants[tenantId]?.waiting ?? 0) === mine.length;
      const stored = isAlone ? [] : await this.#options.store.find<PlaceDocument>(query);
      for (const each of stored) if (!changed.has(each.doc.appId)) found.set(each.doc.appId, each);
      const others = stored.filter(({ doc }) => !changed.has(doc.appId)).map(({ doc }) => doc);
      const waiting: Place[] = [...others, ...mine];
      const first = waiting.sort((a, b) => (a.rank < b.rank ? -1 : 1)).slice(0, count);
      chosen.push(...first.map((place) => ({ ...place, state: "admitted" as const })));
    }
    return chosen;
  }

  async #read(): Promise<Stored<ScheduleDocument> | undefined> {
    return this.#options.store.read<ScheduleDocument>(SCHEDULE_PK, "schedule");
  }

  async #place(appId: string): Promise<Stored<PlaceDocument> | undefined> {
    return this.#options.store.read<PlaceDocument>(SCHEDULE_PK, placeDocId(appId));
  }
}

function write(place: Place | undefined, found: Stored<PlaceDocument> | undefined): readonly StoreOperation[] {
  if (!place) return found ? [{ kind: "delete", id: found.doc.id, etag: found.etag }] : [];
  if (place === found?.doc) return [];
  const doc: PlaceDocument = { ...place, id: placeDocId(place.appId), pk: SCHEDULE_PK, schema: 1, type: "place" };
  return [found ? { kind: "replace", doc, etag: found.etag } : { kind: "create", doc }];
}
