import { readdirSync, readFileSync } from "node:fs";

/** Clocks are set and start times are rounded: only a start this much later is another process's for sure. */
const CLOCK_SLACK_MS = 5_000;
/** USER_HZ, the unit of start times in /proc: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** What the system says of a process; `undefined` of one that is not there, or where the system does not say (outside Linux). */
export interface ProcessStat {
  /** It has ended and was not collected yet: where the first process of a container collects nobody's children, it stays so. */
  readonly ended: boolean;
  /** Its process group. */
  readonly group: number;
  /** Clock ticks after boot at which it began. */
  readonly started: string;
}

/** @see proc_pid_stat(5) */
export function statOf(pid: number): ProcessStat | undefined {
  // After the name in parentheses, which may hold anything: state, parent, group … and the start as field 22.
  const fields = read(`/proc/${pid}/stat`)?.split(") ").at(-1)?.split(" ");
  if (!fields) return undefined;
  const [state = "", , group = ""] = fields;
  return { ended: state === "Z" || state === "X", group: Number(group), started: fields[19] ?? "" };
}

/** Does the process run? One that has ended and was not collected does not, though signals still reach its number. */
export function isRunning(pid: number): boolean {
  return signalReaches(pid) && statOf(pid)?.ended !== true;
}

/**
 * Does the process still run that had this number at that time? A later one may have the number now: when a container is started again its
 * numbers begin anew, under the same host name. A time or a start that is not known counts as the same process.
 *
 * @param atMs milliseconds since 1970
 */
export function stillRuns(pid: number, atMs: number): boolean {
  return isRunning(pid) && !((startedMs(pid) ?? Number.NaN) > atMs + CLOCK_SLACK_MS);
}

/** When a process began, in milliseconds since 1970; nothing where that is not to be found out. */
export function startedMs(pid: number): number | undefined {
  const stat = statOf(pid);
  const uptime = Number(read("/proc/uptime")?.split(" ", 1)[0]);
  const ageMs = (uptime - Number(stat?.started) / TICKS_PER_SECOND) * 1000;
  return ageMs >= 0 ? Date.now() - ageMs : undefined; // negative in containers whose uptime is not the machine's
}

/** Does anybody of a process group run, also after its leader has ended? */
export function groupRuns(leader: number): boolean {
  if (!signalReaches(-leader)) return false;
  if (!statOf(process.pid)) return true; // a system that does not say
  return readdirSync("/proc").some((name) => {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    return stat?.group === leader && !stat.ended;
  });
}

/** Signals a whole process group; one that is gone already is fine. */
export function killGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function signalReaches(target: number): boolean {
  try {
    process.kill(target, 0); // sends nothing
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH"; // EPERM: it is another user's
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
