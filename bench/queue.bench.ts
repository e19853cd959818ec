import type { Bench, Measured } from "./bench.ts";
import { ledgerQueue } from "./ledgerQueue.ts";
import { pgBossQueue } from "./pgBossQueue.ts";
import { type Load, load, PATIENCE_S, type Told } from "./queueLoad.ts";

const SLOTS = 21;
const APPS = 50;
const WORK_MS = 20;
/** Arrivals of the design's row. */
const STEADY: Load = { jobs: 1_000, apps: APPS, perSecond: 50, workMs: WORK_MS, backlog: false };
const STORED: Load = { jobs: 1_000, apps: APPS, perSecond: 0, workMs: WORK_MS, backlog: true };

interface Sides {
  readonly ours: Told;
  readonly theirs: Told;
}

/** Both sides in one run, ours first. */
async function both(of: Load): Promise<Sides> {
  const ours = await oneOf(() => ledgerQueue(SLOTS), of);
  return { ours, theirs: await oneOf(() => pgBossQueue(SLOTS), of) };
}

async function oneOf(open: () => ReturnType<typeof ledgerQueue>, of: Load): Promise<Told> {
  await using queue = await open();
  return await load(queue, of); // it is closed after that
}

const told = new Map<Load, Promise<Sides>>();

const measure = (of: Load, tell: (sides: Sides) => Measured) => async () => {
  const running = told.get(of) ?? both(of);
  told.set(of, running);
  return tell(await running);
};

/** Without a job that found its app free there is nothing to tell: more came than was worked off. */
const ms = ([p50, p99]: readonly [number, number]) =>
  Number.isNaN(p50) ? "none found its app free" : `${p50.toFixed(0)} / ${p99.toFixed(0)} ms`;
const faults = ({ lost, twice, outOfOrder }: Told) => `${lost} lost, ${twice} twice, ${outOfOrder} apps out of order`;
const isWhole = ({ lost, twice, outOfOrder }: Told) => lost + twice + outOfOrder === 0;

export const benches: readonly Bench[] = [
  {
    name: "job accepted → worker starts it, p50 / p99",
    hold: "≤ 50 ms / 500 ms (at 50 jobs/s)",
    run: measure(STEADY, ({ ours, theirs }) => ({
      value: ms(ours.start),
      held: ours.start[0] <= 50 && ours.start[1] <= 500,
      detail: `1,000 jobs at 50/s over ${APPS} apps of 3 tenants, 3 workers and the acceptance in one process, local Azure in another; jobs that no other of their app was before, after 300 to warm up; ${ours.perSecond.toFixed(0)} worked off in a second; accepted in ${ms(ours.accept)}. pg-boss on the local Postgres: ${ms(theirs.start)}, accepted in ${ms(theirs.accept)}`,
    })),
  },
  {
    name: "1,000 jobs at 50/s over 50 apps and 3 tenants: none lost, none twice, order kept, memory flat",
    hold: "0 / 0 / 0, ≤ 1.2× heap",
    run: measure(STEADY, ({ ours }) => ({
      value: `${ours.lost} / ${ours.twice} / ${ours.outOfOrder}, ${(ours.heapMb[1] / ours.heapMb[0]).toFixed(2)}×`,
      held: isWhole(ours) && ours.heapMb[1] <= 1.2 * ours.heapMb[0],
      detail: `${faults(ours)}; heap after 100 and 1,000 jobs ${ours.heapMb.map((each) => each.toFixed(0)).join(" and ")} MB; ${ours.perSecond.toFixed(0)} jobs/s`,
    })),
  },
  {
    name: "1,000 stored jobs worked off: jobs in a second, beside pg-boss",
    hold: "told",
    run: measure(STORED, ({ ours, theirs }) => ({
      value: `${ours.perSecond.toFixed(0)} / ${theirs.perSecond.toFixed(0)}`,
      held: isWhole(ours),
      detail: `ours with leases, fencing, quotas, events, audit and rows for people; ${faults(ours)}. pg-boss (\`key_strict_fifo\`, LISTEN/NOTIFY, ${SLOTS} at once) keeps messages alone; ${theirs.lost} not begun after ${PATIENCE_S} s`,
    })),
  },
];
