import { familyOf, readProc } from "../../../hosts/processFamily.ts";

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
  return familyOf(pid).reduce((sum, each) => sum + heldKib(each) / 1024, 0);
}

/** @see proc(5), `/proc/pid/status` */
function heldKib(pid: number): number {
  const status = readProc(`/proc/${pid}/status`);
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0);
  return field("RssAnon") + field("RssShmem");
}
