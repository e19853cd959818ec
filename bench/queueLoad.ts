import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { percentile } from "./bench.ts";

/** A queue that keeps the order of each app's jobs: ours, and one to compare with. */
export interface Queue extends AsyncDisposable {
  /** Resolves when the job is stored. */
  add(app: number, job: string): Promise<void>;
  /** Work begins to be done; `onStart` is called as each job starts, and its work is what it returns. */
  work(onStart: (job: string) => Promise<void>): Promise<void>;
}

export interface Load {
  readonly jobs: number;
  readonly apps: number;
  /** Jobs that are added in a second; 0: as fast as they are taken. */
  readonly perSecond: number;
  /** How long a job's work takes, in ms. */
  readonly workMs: number;
  /** Whether work begins only when all jobs are stored. */
  readonly backlog: boolean;
}

/** Jobs before those that count, worked off before the first of them: cold code builds up a backlog that is none of the rate's. */
const WARM_UP = 300;

/** So long after the last was accepted they may take. */
export const PATIENCE_S = 120;

export interface Told {
  /** p50 and p99 in ms. */
  readonly accept: readonly [number, number];
  /** From acceptance to start, of jobs that no other of their app was before. */
  readonly start: readonly [number, number];
  /** From the first start to the last end, as jobs in a second. */
  readonly perSecond: number;
  readonly lost: number;
  readonly twice: number;
  readonly outOfOrder: number;
  /** Used heap after a collection, in MB, after a tenth of the jobs that count and after all. */
  readonly heapMb: readonly [number, number];
}

interface Seen {
  readonly app: number;
  readonly isFirst: boolean;
  acceptedAt: number;
  starts: number[];
  endedAt: number;
}

/** Puts a load on a queue and tells what became of each job. */
export async function load(queue: Queue, of: Load): Promise<Told> {
  const warmUp = of.backlog ? 0 : WARM_UP;
  const jobs = warmUp + of.jobs;
  const seen = new Map<string, Seen>();
  const order = Array.from({ length: of.apps }, (): string[] => []);
  const started = Array.from({ length: of.apps }, (): string[] => []);
  const accepts: number[] = [];
  let ended = 0;
  let early = 0;
  const onStart = async (job: string) => {
    const found = seen.get(job);
    if (!found) throw new Error(`a job that nobody added: ${job}`);
    found.starts.push(performance.now());
    started[found.app]?.push(job);
    await sleep(of.workMs);
    found.endedAt = performance.now();
    ended += 1;
    if (ended === warmUp + Math.floor(of.jobs / 10)) early = heapMb();
  };
  const settle = async (count: number) => {
    const deadline = performance.now() + PATIENCE_S * 1_000;
    while (ended < count && performance.now() < deadline) await sleep(20);
  };
  // One client an app: what it adds is in the order in which it adds.
  const tails = Array.from({ length: of.apps }, () => Promise.resolve());
  const add = async (index: number) => {
    const app = index % of.apps;
    const job = `job-${index}`;
    const last = order[app]?.at(-1);
    const isFirst = last === undefined || (seen.get(last)?.endedAt ?? 0) > 0;
    const entry: Seen = { app, isFirst, acceptedAt: 0, starts: [], endedAt: 0 };
    seen.set(job, entry);
    order[app]?.push(job);
    const from = performance.now();
    await queue.add(app, job);
    entry.acceptedAt = performance.now();
    if (index >= warmUp) accepts.push(entry.acceptedAt - from);
  };
  const addAll = async (from: number, to: number) => {
    const begin = performance.now();
    for (let index = from; index < to; index++) {
      const due = of.perSecond > 0 ? begin + ((index - from) * 1_000) / of.perSecond : 0;
      await sleep(Math.max(0, due - performance.now()));
      const app = index % of.apps;
      tails[app] = (tails[app] ?? Promise.resolve()).then(() => add(index));
      if (of.perSecond === 0 && index % 25 === 24) await Promise.all(tails);
    }
    await Promise.all(tails);
  };
  if (!of.backlog) await queue.work(onStart);
  await addAll(0, warmUp);
  await settle(warmUp);
  await addAll(warmUp, jobs);
  if (of.backlog) await queue.work(onStart);
  await settle(jobs);
  await sleep(500); // a job that runs twice would by now
  const all = [...seen.values()];
  const counted = all.slice(warmUp);
  const first = Math.min(...counted.map(({ starts }) => starts[0] ?? Number.POSITIVE_INFINITY));
  const waits = counted
    .filter(({ isFirst }) => isFirst)
    .map((each) => Math.max(0, (each.starts[0] ?? 0) - each.acceptedAt));
  return {
    accept: [percentile(accepts, 0.5), percentile(accepts, 0.99)],
    start: [percentile(waits, 0.5), percentile(waits, 0.99)],
    perSecond: (of.jobs * 1_000) / (Math.max(...counted.map(({ endedAt }) => endedAt)) - first),
    lost: all.filter(({ starts }) => starts.length === 0).length,
    twice: all.filter(({ starts }) => starts.length > 1).length,
    outOfOrder: order.filter((jobs, app) => jobs.join() !== started[app]?.join()).length,
    heapMb: [early, heapMb()],
  };
}

function heapMb(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
