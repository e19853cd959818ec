import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { statOf } from "../processes.ts";

/** Which process holds a lease, so that another one on the same machine can see that it is dead. */
export interface HolderProcess {
  /** One boot of one machine and one namespace of process ids: the same text means that the ids can be compared. */
  readonly machine: string;
  readonly pid: number;
  /** Clock ticks after boot at which it began: tells it from a later process with the same id (proc_pid_stat(5), field 22). */
  readonly started: string;
}

/** Environment name with which a worker marks the processes that it starts for a deployment; their children inherit it. */
export const WORKER_MARK = "DEVFACTORY_WORKER";

/** This process, where the machine lets processes see each other (Linux); elsewhere nothing, and a lease is waited out. */
export function ownProcess(): HolderProcess | undefined {
  const machine = machineOf();
  const started = startOf(process.pid);
  return machine === undefined || started === undefined ? undefined : { machine, pid: process.pid, started };
}

/** Value of {@link WORKER_MARK}. */
export function markOf({ pid, started }: HolderProcess): string {
  return `${pid}.${started}`;
}

/**
 * Is it proven that the process and all that it started for deployments have ended? Another machine, another namespace, and
 * whatever cannot be read prove nothing.
 */
export function isGone(holder: HolderProcess): boolean {
  if (holder.machine !== machineOf() || startOf(holder.pid) === holder.started) return false;
  const mark = `${WORKER_MARK}=${markOf(holder)}\0`;
  return !readdirSync("/proc").some((name) => /^\d+$/.test(name) && read(`/proc/${name}/environ`)?.includes(mark));
}

function machineOf(): string | undefined {
  const boot = read("/proc/sys/kernel/random/boot_id")?.trim();
  if (!boot) return undefined;
  try {
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return undefined;
  }
}

/** Nothing for a process that is not there, or has ended and was not collected yet. */
function startOf(pid: number): string | undefined {
  const stat = statOf(pid);
  return stat?.ended ? undefined : stat?.started;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
