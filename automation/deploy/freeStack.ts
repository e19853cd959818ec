import { setTimeout as sleep } from "node:timers/promises";
import type { LockFolder } from "./lockFolder.ts";
import type { RecoveryNote } from "./messages.ts";
import { type Holders, judgeLock, type StateLock } from "./stateLock.ts";

export interface FreeOptions {
  readonly holders: Holders;
  /** How long a living holder is waited for. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
  readonly tell: (note: RecoveryNote) => void;
  /** Between two looks. @default 500 */
  readonly lookMs?: number;
}

/** Somebody else works on the stack, and did not end in time. */
export class StackHeld extends Error {
  constructor(locks: readonly StateLock[]) {
    super(locks.map(describe).join("; "));
    this.name = "StackHeld";
  }
}

/**
 * Makes way for the next operation on a stack: drops the locks of the dead, waits for the living, and gives a file that cannot be read a
 * second look, because a lock is written in one go: one that stays illegible has a writer that died.
 *
 * @throws {StackHeld} when a living holder is still there after `waitMs`
 */
export async function freeStack(folder: LockFolder, options: FreeOptions): Promise<void> {
  const { holders, waitMs, signal, tell, lookMs = 500 } = options;
  const end = performance.now() + waitMs;
  const illegible = new Set<string>();
  let waiting = false;
  for (;;) {
    const held: StateLock[] = [];
    for (const lock of await folder.list()) {
      const verdict = judgeLock(lock, holders);
      const again = verdict === "unreadable" && !illegible.has(lock.name);
      if (again) illegible.add(lock.name);
      if (verdict === "held" || again) held.push(lock);
      else {
        await folder.remove(lock.name);
        tell({ action: "lock-dropped", message: `Dropped a stale lock of the state: ${describe(lock)}` });
      }
    }
    if (held.length === 0) return;
    const living = held.filter(({ content }) => content !== undefined);
    if (living.length > 0 && performance.now() > end) throw new StackHeld(living);
    if (living.length > 0 && !waiting) {
      waiting = true;
      tell({
        action: "lock-waited",
        message: `Waits for whoever works on the stack: ${living.map(describe).join("; ")}`,
      });
    }
    await sleep(lookMs, undefined, { signal });
  }
}

function describe({ name, content }: StateLock): string {
  if (!content) return `${name}, which cannot be read`;
  const { username, hostname, pid, timestamp } = content;
  return `${username}@${hostname} (pid ${pid}) since ${timestamp}`;
}
