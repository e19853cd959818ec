import type { MessageLock } from "./consumer.ts";
import { Heap } from "./heap.ts";
import { newLockToken } from "./lockToken.ts";
import type { MessageRecord } from "./store.ts";

/** The locks on an entity's messages. Locks of a session's messages have no end of their own: the session's lock decides. */
export class LockTable {
  readonly #byToken = new Map<string, MessageLock>();
  readonly #bySequence = new Map<number, MessageLock>();
  readonly #ends = new Heap<MessageLock>();

  add(record: MessageRecord, until: number, sessionId: string | undefined): MessageLock {
    const lock: MessageLock = { token: newLockToken(), record, until, sessionId };
    this.#byToken.set(lock.token.toString("hex"), lock);
    this.#bySequence.set(record.sequence, lock);
    if (sessionId === undefined) this.#ends.push(until, lock);
    return lock;
  }

  get(token: Buffer): MessageLock | undefined {
    return this.#byToken.get(token.toString("hex"));
  }

  isLocked(sequence: number): boolean {
    return this.#bySequence.has(sequence);
  }

  drop(lock: MessageLock): void {
    this.#byToken.delete(lock.token.toString("hex"));
    this.#bySequence.delete(lock.record.sequence);
  }

  ofSession(id: string): readonly MessageLock[] {
    return [...this.#byToken.values()].filter(({ sessionId }) => sessionId === id);
  }

  /** Locks that have run out, dropped. Those renewed meanwhile stay. */
  takeExpired(now: number): readonly MessageLock[] {
    const expired = this.#ends.takeDue(now).filter((lock) => this.get(lock.token) === lock);
    for (const lock of expired) {
      if (lock.until > now) this.#ends.push(lock.until, lock);
      else this.drop(lock);
    }
    return expired.filter(({ until }) => until <= now);
  }
}
