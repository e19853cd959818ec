import { afterAll, beforeAll, expect, it } from "vitest";
import type { Order } from "./atEvent.ts";
import { Rig } from "./rig.ts";
import { COURSES, type Course, expectGone, expectWhole } from "./shapes.ts";

/** Kill points of a long run; absent, a few that meet each kind of death once. */
const KILLS = Number(process.env.CHAOS_KILLS ?? 0);
/** Apps at once, each with a worker of its own; one more waits to take over. */
const LANES = Number(process.env.CHAOS_LANES ?? 3);
const HOURS_MS = 6 * 3_600_000;

interface Point {
  readonly course: Course;
  readonly event: number;
  readonly victims: Order["victims"];
}

const [CHAIN, WIDE, REPLACED] = COURSES as [Course, Course, Course];
const FEW: readonly Point[] = [
  { course: REPLACED, event: 14, victims: "machine" },
  { course: WIDE, event: 12, victims: "worker" },
  { course: CHAIN, event: 9, victims: "machine" },
];

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
  await rig.keepWorkers(LANES + 1, { MAX_CONCURRENT_DEPLOYMENTS: "1", DEVFACTORY_LEASE_MS: "30000" });
}, 120_000);
afterAll(() => rig[Symbol.asyncDispose](), 60_000);

it(
  "a worker killed at an event of the engine: another one brings the app to what its program says, nothing twice, nothing left",
  async () => {
    const plan = new Plan(KILLS);
    const lane = async () => {
      for (let point = plan.next(); point; point = plan.next()) {
        const begin = performance.now();
        const struck = await dieAt(point).catch((error: unknown) => {
          throw new Error(`${JSON.stringify(point)}: ${String(error)}`, { cause: error });
        });
        plan.done(point, struck, performance.now() - begin);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    process.stdout.write(`${plan.report()}\n`);
    expect(plan.kills).toBe(KILLS === 0 ? FEW.length : KILLS);
  },
  HOURS_MS,
);

/** @returns whether the command had so many events */
async function dieAt({ course, event, victims }: Point): Promise<boolean> {
  const { before, title, command } = course;
  const appId = await rig.newApp();
  if (before) expect((await rig.ended(await rig.add(appId, "deploy", before))).state).toBe("succeeded");
  rig.order({ stack: appId, command, event, victims });
  const jobId = await rig.add(appId, title ? "deploy" : "destroy", title ?? "Destroy");
  const job = await rig.ended(jobId, 300_000);
  const struck = rig.struck(appId);
  expect([job.state, job.attempts, job.error]).toEqual(["succeeded", struck ? 2 : 1, undefined]);
  const events = await rig.events(jobId);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.filter(({ type }) => type === "recovered")).toHaveLength(struck ? 1 : 0);
  if (title) await expectWhole(rig, appId, title);
  else await expectGone(rig, appId);
  return struck;
}

/** Every event of every course, from the first to the last that there is; then once more with the other victims. */
class Plan {
  readonly #wanted: number;
  readonly #took: { readonly point: Point; readonly ms: number }[] = [];
  readonly #last = new Map<Course, number>();
  #few = [...FEW];
  #open = 0;
  #course = 0;
  #event = 0;
  #round = 0;

  constructor(wanted: number) {
    this.#wanted = wanted;
  }

  get kills(): number {
    return this.#took.length;
  }

  next(): Point | undefined {
    if (this.#wanted === 0) return this.#few.shift();
    if (this.#took.length + this.#open >= this.#wanted) return undefined;
    this.#event += 1;
    const course = COURSES[this.#course % COURSES.length] ?? CHAIN;
    if (this.#event > (this.#last.get(course) ?? Number.POSITIVE_INFINITY)) {
      this.#course += 1;
      this.#event = 0;
      if (this.#course % COURSES.length === 0) this.#round += 1;
      return this.next();
    }
    this.#open += 1;
    const machine = (this.#event + this.#round) % 2 === 1;
    return { course, event: this.#event, victims: machine ? "machine" : "worker" };
  }

  done(point: Point, struck: boolean, ms: number): void {
    this.#open -= 1;
    if (struck) this.#took.push({ point, ms });
    else this.#last.set(point.course, Math.min(point.event - 1, this.#last.get(point.course) ?? point.event));
    if (struck && this.#took.length % 20 === 0) process.stdout.write(`${this.report()}\n`);
  }

  report(): string {
    const per = COURSES.map((course) => {
      const own = this.#took.filter(({ point }) => point.course === course);
      const machines = own.filter(({ point }) => point.victims === "machine").length;
      const last = Math.max(0, ...own.map(({ point }) => point.event));
      return `${course.shape} (${course.command}) ${own.length}, events 1 to ${last}, ${machines} of machines`;
    });
    const times = this.#took.map(({ ms }) => ms / 1_000).sort((a, b) => a - b);
    const at = (share: number) => (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(1);
    return `recovery: ${this.kills} kill points (${per.join("; ")}); seconds each: ${at(0)} to ${at(1)}, median ${at(0.5)}`;
  }
}
