import fc from "fast-check";
import { expect, it } from "vitest";
import { admit, change, EMPTY_SCHEDULE, type Place, type PlaceChange, PRIORITIES, type Schedule } from "./schedule.ts";

/** Places in memory, moved as the scheduler moves them. */
class Line {
  schedule: Schedule = EMPTY_SCHEDULE;
  readonly places = new Map<string, Place>();
  readonly #slots: number;
  readonly #shareOf: (tenantId: string) => { readonly concurrent: number; readonly weight: number };

  constructor(slots: number, concurrent: number, weights: Readonly<Record<string, number>> = {}) {
    this.#slots = slots;
    this.#shareOf = (id) => ({ concurrent, weight: weights[id] ?? 1 });
  }

  do(wish: PlaceChange): readonly Place[] {
    const next = change(this.schedule, this.places.get(wish.appId), wish);
    if (next.place) this.places.set(wish.appId, next.place);
    else this.places.delete(wish.appId);
    const given = admit(next.schedule, { slots: this.#slots, shareOf: this.#shareOf });
    this.schedule = given.schedule;
    return [...given.admitted].flatMap(([tenantId, count]) => {
      const waiting = [...this.places.values()].filter(
        (each) => each.tenantId === tenantId && each.state === "waiting",
      );
      const first = waiting.sort((a, b) => (a.rank < b.rank ? -1 : 1)).slice(0, count);
      for (const place of first) this.places.set(place.appId, { ...place, state: "admitted" });
      return first;
    });
  }

  enter(tenantId: string, app: string, priority: (typeof PRIORITIES)[number] = "normal"): readonly Place[] {
    const id = `${tenantId}-${app}`;
    return this.do({ kind: "enter", appId: id, jobId: `${id}-job`, tenantId, priority, messageId: id, stay: 1 });
  }

  leave(place: Place): readonly Place[] {
    return this.do({ kind: "leave", appId: place.appId, jobId: place.jobId, before: 2 });
  }

  admitted(): readonly Place[] {
    return [...this.places.values()].filter(({ state }) => state === "admitted");
  }
}

it("counts are those of the places, slots and shares are never passed, and no slot stays free while somebody may have it", () => {
  const wish = fc.record({
    kind: fc.constantFrom("enter" as const, "leave" as const),
    appId: fc.nat({ max: 9 }).map((n) => `app-${n}`),
    job: fc.nat({ max: 2 }),
    stay: fc.nat({ max: 3 }),
    priority: fc.constantFrom(...PRIORITIES),
  });
  const property = fc.property(
    fc.array(wish, { maxLength: 80 }),
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 1, max: 4 }),
    (wishes, slots, concurrent) => {
      const line = new Line(slots, concurrent, { "tenant-1": 2, "tenant-2": 0.5 });
      for (const { kind, appId, job, stay, priority } of wishes) {
        const tenantId = `tenant-${Number(appId.slice(4)) % 3}`;
        const jobId = `${appId}-${job}`;
        line.do(
          kind === "leave"
            ? { kind, appId, jobId, before: stay }
            : { kind, appId, jobId, tenantId, priority, messageId: jobId, stay },
        );
        const places = [...line.places.values()];
        const count = (state: string, id: string) =>
          places.filter((p) => p.state === state && p.tenantId === id).length;
        const tenants = [...new Set(places.map((place) => place.tenantId))].sort();
        const lines = Object.entries(line.schedule.tenants).map(([id, { admitted, waiting }]) => [
          id,
          admitted,
          waiting,
        ]);
        expect(lines.sort()).toEqual(tenants.map((id) => [id, count("admitted", id), count("waiting", id)]));
        expect(line.admitted().length).toBeLessThanOrEqual(slots);
        for (const id of tenants) expect(count("admitted", id)).toBeLessThanOrEqual(concurrent);
        const left = tenants.filter((id) => count("waiting", id) > 0 && count("admitted", id) < concurrent);
        if (line.admitted().length < slots) expect(left).toEqual([]);
      }
    },
  );
  fc.assert(property, { numRuns: 500 });
});

it("a tenant that comes second gets the first slot that becomes free, however many the first has queued", () => {
  const property = fc.property(
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 20, max: 300 }),
    fc.nat(),
    (slots, queued, pick) => {
      const line = new Line(slots, 1_000);
      for (let index = 0; index < queued; index++) line.enter("noisy", String(index));
      expect(line.admitted()).toHaveLength(slots);
      expect(line.enter("quiet", "0")).toEqual([]);
      const ended = line.admitted()[pick % slots] as Place;
      expect(line.leave(ended).map((place) => place.tenantId)).toEqual(["quiet"]);
    },
  );
  fc.assert(property, { numRuns: 100 });
});

it("over time slots are shared by weight", () => {
  const line = new Line(4, 1_000, { gold: 3, silver: 1 });
  for (let index = 0; index < 400; index++) for (const tenant of ["gold", "silver"]) line.enter(tenant, String(index));
  const served: string[] = [];
  for (let round = 0; round < 200; round++) {
    const [oldest] = line.admitted();
    if (oldest) served.push(...line.leave(oldest).map((place) => place.tenantId));
  }
  expect([served.length, served.filter((id) => id === "gold").length]).toEqual([200, 150]);
});

it("among the jobs of one tenant the urgent ones go first, equals in the order in which they came", () => {
  const line = new Line(1, 10);
  line.enter("t", "running");
  for (const [app, priority] of [
    ["a", "low"],
    ["b", "normal"],
    ["c", "high"],
    ["d", "normal"],
    ["e", "high"],
  ] as const) {
    line.enter("t", app, priority);
  }
  const order: string[] = [];
  for (let [current] = line.admitted(); current; [current] = line.admitted()) {
    order.push(current.appId);
    line.leave(current);
  }
  expect(order).toEqual(["t-running", "t-c", "t-e", "t-b", "t-d", "t-a"]);
});

it("what is said late, of an earlier stay, changes nothing", () => {
  const enter = { kind: "enter", appId: "a", tenantId: "t", priority: "normal", messageId: "m" } as const;
  const first = change(EMPTY_SCHEDULE, undefined, { ...enter, jobId: "one", stay: 5 });
  const rested = change(first.schedule, first.place, { ...enter, jobId: "one", stay: 7 }); // it comes back before it has left
  expect(rested.place).toMatchObject({ jobId: "one", stay: 7, rank: first.place?.rank });
  expect(change(rested.schedule, rested.place, { kind: "leave", appId: "a", jobId: "one", before: 7 })).toEqual(rested);
  expect(change(rested.schedule, rested.place, { ...enter, jobId: "zero", stay: 6 })).toEqual(rested);
  const left = change(rested.schedule, rested.place, { kind: "leave", appId: "a", jobId: "one", before: 8 });
  expect([left.place, left.schedule.tenants]).toEqual([undefined, {}]);
});
