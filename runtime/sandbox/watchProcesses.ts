import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const INTERVAL_MS = 40;

/**
 * Ends a sandbox that has more processes than it may. The kernel's own limit does not bind when the platform runs as root, which
 * the sandbox's user then is outside. Looking is cheap: one small file, and a count only when the machine has many more tasks.
 *
 * @param pid process whose first child is the first process of the namespace
 * @returns stops watching
 */
export function watchProcesses(pid: number, limit: number, end: () => void): () => void {
  const before = tasks();
  let namespace: string | undefined;
  const timer = setInterval(() => {
    namespace ??= namespaceOf(firstChild(pid));
    if (namespace === undefined || tasks() - before < limit) return;
    if (members(namespace) > limit) end();
  }, INTERVAL_MS);
  return () => clearInterval(timer);
}

/** Tasks of the whole machine: the part after the slash in `0.20 0.18 0.12 1/80 11206`. */
function tasks(): number {
  return Number(/\/(\d+)/.exec(read("/proc/loadavg") ?? "")?.[1] ?? 0);
}

function firstChild(pid: number): string | undefined {
  return read(`/proc/${pid}/task/${pid}/children`)?.trim().split(" ")[0];
}

function namespaceOf(pid: string | undefined): string | undefined {
  try {
    return pid ? readlinkSync(`/proc/${pid}/ns/pid`) : undefined;
  } catch {
    return undefined; // it has ended
  }
}

function members(namespace: string): number {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && namespaceOf(name) === namespace).length;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // no such process, or no /proc
  }
}
