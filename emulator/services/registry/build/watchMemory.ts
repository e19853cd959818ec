import { readdirSync, readFileSync } from "node:fs";

const EVERY_MS = 300;

/** Watches what the processes of a step hold. */
export interface MemoryWatch {
  /** Ends it. @returns the most that was seen, in MiB */
  stop(): number;
}

/**
 * Looks every 300 ms at the memory that a process and all that it started hold (anonymous and shared pages; files in memory do not
 * count, the system takes those back), and calls `over` once when it is more than the limit.
 */
export function watchMemory(pid: number, limitMib: number, over: () => void): MemoryWatch {
  let most = 0;
  let told = false;
  const look = () => {
    most = Math.max(most, familyMib(pid));
    if (most <= limitMib || told) return;
    told = true;
    over();
  };
  const timer = setInterval(look, EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      return Math.round(most);
    },
  };
}

function familyMib(pid: number): number {
  let sum = 0;
  const waiting = [pid];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    sum += heldKib(next) / 1024;
    waiting.push(...childrenOf(next));
  }
  return sum;
}

/** @see proc(5), `/proc/pid/status` */
function heldKib(pid: number): number {
  const status = read(`/proc/${pid}/status`);
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0);
  return field("RssAnon") + field("RssShmem");
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      read(`/proc/${pid}/task/${thread}/children`).trim().split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return []; // it has ended
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
