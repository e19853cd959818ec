import { AutomationError } from "../errors.ts";

/** How many event streams each tenant has open in this process: a stream costs a socket for as long as somebody likes. */
export class OpenStreams {
  readonly #most: number;
  readonly #open = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns what is to be called when the stream ends. @throws {AutomationError} `TOO_MANY_STREAMS` */
  enter(tenantId: string): () => void {
    const before = this.#open.get(tenantId) ?? 0;
    if (before >= this.#most) throw new AutomationError("TOO_MANY_STREAMS", { limit: this.#most });
    this.#open.set(tenantId, before + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const now = (this.#open.get(tenantId) ?? 1) - 1;
      if (now > 0) this.#open.set(tenantId, now);
      else this.#open.delete(tenantId);
    };
  }
}
