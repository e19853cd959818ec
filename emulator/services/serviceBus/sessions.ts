import { BusError } from "./errors.ts";
import { Heap } from "./heap.ts";
import type { MessageRecord } from "./store.ts";

/** Who holds a session, and until when. */
export interface SessionLock<Holder> {
  readonly holder: Holder;
  until: number;
}

interface Waiter<Holder> {
  readonly holder: Holder;
  /** Called once, with the session that it got and the end of its lock. */
  readonly accept: (id: string, until: number) => void;
}

interface Session<Holder> {
  readonly ready: Heap<MessageRecord>;
  lock: SessionLock<Holder> | undefined;
}

/** The sessions of one entity: their waiting messages in order, and their locks. */
export class SessionTable<Holder> {
  readonly #sessions = new Map<string, Session<Holder>>();
  readonly #waiters: Waiter<Holder>[] = [];

  /** Puts a message (back) in line in its session. */
  push(id: string, record: MessageRecord): void {
    this.#get(id).ready.push(record.sequence, record);
  }

  /** First waiting message of a session. Entries for which `isReady` is false are stale and fall away. */
  head(id: string, isReady: (record: MessageRecord) => boolean): MessageRecord | undefined {
    const ready = this.#sessions.get(id)?.ready;
    for (let top = ready?.peek(); top; top = ready?.peek()) {
      if (isReady(top.value)) return top.value;
      ready?.pop();
    }
    return undefined;
  }

  /** Takes the head out of line. */
  pop(id: string): void {
    this.#sessions.get(id)?.ready.pop();
  }

  lockOf(id: string): SessionLock<Holder> | undefined {
    return this.#sessions.get(id)?.lock;
  }

  /** The unlocked session that has waited longest. */
  next(isReady: (record: MessageRecord) => boolean): string | undefined {
    let best: { readonly id: string; readonly sequence: number } | undefined;
    for (const [id, session] of this.#sessions) {
      if (session.lock) continue;
      const head = this.head(id, isReady);
      if (head && (!best || head.sequence < best.sequence)) best = { id, sequence: head.sequence };
      if (!head) this.#sessions.delete(id);
    }
    return best?.id;
  }

  /** Gives a named session to somebody. @throws {BusError} when it is held */
  accept(id: string, { holder, accept }: Waiter<Holder>, until: number): void {
    if (this.lockOf(id)) {
      const text = `The requested session '${id}' cannot be accepted. It may be locked by another receiver.`;
      throw new BusError("com.microsoft:session-cannot-be-locked", text);
    }
    this.lock(id, holder, until);
    accept(id, until);
  }

  /** Puts somebody in line for the next session. */
  wait(waiter: Waiter<Holder>): void {
    this.#waiters.push(waiter);
  }

  stopWaiting(holder: Holder): void {
    const index = this.#waiters.findIndex((waiter) => waiter.holder === holder);
    if (index >= 0) this.#waiters.splice(index, 1);
  }

  /** Gives free sessions that have messages to those who wait. */
  serve(isReady: (record: MessageRecord) => boolean, until: () => number): void {
    while (this.#waiters.length > 0) {
      const id = this.next(isReady);
      const waiter = id === undefined ? undefined : this.#waiters.shift();
      if (id === undefined || !waiter) return;
      this.accept(id, waiter, until());
    }
  }

  /** @throws {BusError} when nobody holds the session now */
  require(id: string, now: number): SessionLock<Holder> {
    const lock = this.lockOf(id);
    if (lock && lock.until > now) return lock;
    const text = `The session lock has expired on the MessageSession '${id}'. Accept a new MessageSession.`;
    throw new BusError("com.microsoft:session-lock-lost", text);
  }

  lock(id: string, holder: Holder, until: number): void {
    this.#get(id).lock = { holder, until };
  }

  unlock(id: string): void {
    const session = this.#sessions.get(id);
    if (session) session.lock = undefined;
  }

  /** Sessions whose lock has run out. */
  expired(now: number): readonly string[] {
    return this.locked().filter((id) => (this.lockOf(id)?.until ?? now) <= now);
  }

  locked(): readonly string[] {
    return [...this.#sessions].filter(([, session]) => session.lock).map(([id]) => id);
  }

  #get(id: string): Session<Holder> {
    const found = this.#sessions.get(id) ?? { ready: new Heap<MessageRecord>(), lock: undefined };
    this.#sessions.set(id, found);
    return found;
  }
}
