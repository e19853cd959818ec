import { readdirSync, readFileSync } from "node:fs";

/** A process and all that it started and that still lives. */
export function familyOf(pid: number): readonly number[] {
  const family: number[] = [];
  const waiting = [pid];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    family.push(next);
    waiting.push(...childrenOf(next));
  }
  return family;
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readProc(`/proc/${pid}/task/${thread}/children`).trim().split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return []; // it has ended
  }
}

/** A file of `/proc`; empty when its process has ended. */
export function readProc(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
