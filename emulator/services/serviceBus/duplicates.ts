import type { MessageStore } from "./store.ts";

/** Message ids that an entity has seen within its duplicate detection window. */
export class DuplicateWindow {
  readonly #store: MessageStore;
  readonly #key: string;
  readonly #until: Map<string, number>;

  constructor(store: MessageStore, key: string, now: number) {
    this.#store = store;
    this.#key = key;
    this.#until = store.seenIds(key, now);
  }

  /** Remembers an id. @returns whether it was known already */
  see(messageId: string, now: number, windowMs: number): boolean {
    if ((this.#until.get(messageId) ?? 0) > now) return true;
    const until = now + windowMs;
    this.#until.set(messageId, until);
    void this.#store.write(() => this.#store.remember(this.#key, messageId, until));
    return false;
  }

  /** Forgets what lies behind the window. */
  forget(now: number): void {
    for (const [id, until] of this.#until) {
      if (until > now) return; // in the order they came
      this.#until.delete(id);
    }
  }
}
