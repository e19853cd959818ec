import { readdirSync, readFileSync } from "node:fs";

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
  const fields = readStat(pid)?.split(") ").at(-1)?.split(" ");
  if (!fields) return undefined;
  const [state = "", , group = ""] = fields;
  return { ended: state === "Z" || state === "X", group: Number(group), started: fields[19] ?? "" };
}

/** Does the process run? One that has ended and was not collected does not, though signals still reach its number. */
export function isRunning(pid: number): boolean {
  return signalReaches(pid) && statOf(pid)?.ended !== true;
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

function readStat(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
}
