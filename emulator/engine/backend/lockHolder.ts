import { readFileSync, readlinkSync } from "node:fs";
import { hostname, userInfo } from "node:os";

/** What a lock file says about its holder. `boot` and `pidSpace` are this engine's own additions. */
export interface LockContent {
  readonly pid: number;
  readonly username: string;
  readonly hostname: string;
  readonly timestamp: string;
  /** The machine's run since its last start. */
  readonly boot?: string;
  /** Where the pid counts: containers have pids of their own. */
  readonly pidSpace?: string;
}

/** What is known of other processes; passed in by tests. */
export interface Machine {
  readonly hostname: string;
  readonly boot: string | undefined;
  readonly pidSpace: string | undefined;
  isRunning(pid: number): boolean;
  /** Milliseconds since 1970; `undefined` where that is not to be found out. */
  startedMs(pid: number): number | undefined;
}

/** Clocks are set and start times are rounded: only a start this much later is another process's for sure. */
const CLOCK_SLACK_MS = 5_000;
/** USER_HZ, the unit of start times in /proc: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Position of `starttime` among the fields after the command's closing parenthesis (proc_pid_stat(5), field 22). */
const START_FIELD = 19;

/** The machine that this process runs on. */
export const THIS_MACHINE: Machine = {
  hostname: hostname(),
  boot: attempt(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
  pidSpace: attempt(() => readlinkSync("/proc/self/ns/pid")),
  isRunning,
  startedMs,
};

/** What the lock of this process says. */
export function ownLock(machine: Machine = THIS_MACHINE): LockContent {
  return {
    pid: process.pid,
    username: userInfo().username,
    hostname: machine.hostname,
    timestamp: new Date().toISOString(),
    ...(machine.boot === undefined ? {} : { boot: machine.boot }),
    ...(machine.pidSpace === undefined ? {} : { pidSpace: machine.pidSpace }),
  };
}

/**
 * True when the holder of a lock is gone for sure: a process of this machine that does not exist any more, or whose
 * number belongs to one that started later. In doubt false: a stolen living lock is worse than a dead one that stays.
 *
 * @param local the store belongs to this machine alone, so a lock from before its last start is dead too
 */
export function isDead(lock: LockContent, local: boolean, machine: Machine = THIS_MACHINE): boolean {
  if (lock.hostname !== machine.hostname || !Number.isInteger(lock.pid) || lock.pid <= 0) return false;
  if (lock.boot !== undefined && lock.boot !== machine.boot) return local && machine.boot !== undefined;
  if (lock.pidSpace !== undefined && lock.pidSpace !== machine.pidSpace) return false;
  if (!machine.isRunning(lock.pid)) return true;
  const started = machine.startedMs(lock.pid);
  const taken = Date.parse(lock.timestamp);
  return started !== undefined && started > taken + CLOCK_SLACK_MS;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0); // sends nothing
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH"); // EPERM: it is another user's
  }
  // One that has ended keeps its number until it is collected, which the first process of many containers never does.
  return !/^[ZX]$/.test(statOf(pid)?.[0] ?? "");
}

function startedMs(pid: number): number | undefined {
  const stat = statOf(pid);
  const uptime = attempt(() => Number(readFileSync("/proc/uptime", "utf8").split(" ", 1)[0]));
  if (stat === undefined || uptime === undefined) return undefined;
  const ageMs = (uptime - Number(stat[START_FIELD]) / TICKS_PER_SECOND) * 1000;
  return ageMs >= 0 ? Date.now() - ageMs : undefined; // negative in containers whose uptime is not the machine's
}

/** The fields after the command's closing parenthesis: state, parent … (proc_pid_stat(5)). */
function statOf(pid: number): readonly string[] | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined; // no /proc on this system: then less is known
  }
}
