import { familyOf, readProc } from "../processFamily.ts";
import type { ProcessorUse } from "./scaler.ts";

/** What is measured: first processes, and the processors that are their own. */
export interface Measured {
  readonly pids: readonly number[];
  readonly cpu: number;
}

interface Sample {
  readonly atMs: number;
  readonly seconds: number;
}

/** Linux tells processor time in hundredths of a second on every architecture. @see proc_pid_stat(5) */
const TICKS_PER_SECOND = 100;
const WINDOW_MS = 15_000;
/** Looks within a window: `/proc` of a whole family is read for each. */
const LOOKS = 15;

/** Averages over a window what replicas use of their processors. On Azure nobody gets more than is his own: more counts as all of it. */
export class ProcessorMeter {
  readonly #windowMs: number;
  readonly #samples = new WeakMap<Measured, readonly Sample[]>();

  constructor(windowMs = WINDOW_MS) {
    this.#windowMs = windowMs;
  }

  /** Looks at replicas, again and again with the same objects. @returns the average of those that were seen for a whole window */
  read(replicas: readonly Measured[], nowMs = performance.now()): ProcessorUse | undefined {
    const percents = replicas.flatMap((each) => this.#percentOf(each, nowMs) ?? []);
    if (percents.length === 0) return undefined;
    return { replicas: percents.length, percent: percents.reduce((sum, each) => sum + each, 0) / percents.length };
  }

  #percentOf(replica: Measured, nowMs: number): number | undefined {
    const samples = this.#look(replica, nowMs);
    const newest = samples.at(-1);
    // The last one before the window begins.
    const oldest = samples.findLast(({ atMs }) => newest !== undefined && newest.atMs - atMs >= this.#windowMs);
    if (!newest || !oldest) return undefined;
    const used = (newest.seconds - oldest.seconds) / ((newest.atMs - oldest.atMs) / 1000);
    return Math.min(Math.max(used / replica.cpu, 0), 1) * 100; // a container that was restarted begins with nothing
  }

  #look(replica: Measured, nowMs: number): readonly Sample[] {
    const samples = this.#samples.get(replica) ?? [];
    if (nowMs - (samples.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) < this.#windowMs / LOOKS) return samples;
    const kept = samples.filter(({ atMs }) => nowMs - atMs < 2 * this.#windowMs);
    const next = [...kept, { atMs: nowMs, seconds: secondsOf(replica.pids) }];
    this.#samples.set(replica, next);
    return next;
  }
}

/** Processor time of families of processes, with that of members who have ended. @see proc_pid_stat(5), fields 14 to 17 */
function secondsOf(pids: readonly number[]): number {
  const ticks = pids.flatMap(familyOf).reduce((sum, pid) => {
    const stat = readProc(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // a program's name may hold blanks
    return sum + fields.slice(11, 15).reduce((all, each) => all + Number(each), 0);
  }, 0);
  return ticks / TICKS_PER_SECOND;
}
