import { compactState, type PendingType, type ResourceState } from "../deploy/state.ts";
import type { Bucket } from "./bucket.ts";
import type { Deployment } from "./deploymentFile.ts";

/**
 * One line of the journal beside a checkpoint. While an operation runs, each step appends a few lines instead of writing
 * all state again, so n steps write O(n) bytes. `new` are states of this operation in order of their first appearance,
 * `old` are states of the checkpoint by position.
 */
export type JournalLine =
  | { readonly kind: "base"; readonly time: string; readonly secrets?: Deployment["secrets_providers"] }
  | { readonly kind: "begin"; readonly operation: number; readonly type: PendingType; readonly resource: ResourceState }
  | ({ readonly kind: "change" } & JournalChange)
  | { readonly kind: "rename"; readonly from: string; readonly to: string };

/** What one finished step did, in one line, so that a kill leaves all of it or nothing. */
export interface JournalChange {
  /** The operation that is over with this. */
  readonly ends?: number;
  readonly new?: { readonly index: number; readonly resource: ResourceState };
  /** `null`: the state is gone. */
  readonly old?: { readonly index: number; readonly resource: ResourceState | null };
}

/**
 * Appends to a stack's journal. Resources are handed over sealed. Lines that come while others are on their way to a
 * store that takes time go together with the next. After the first refusal all later lines are refused.
 */
export class Journal {
  readonly #bucket: Bucket;
  readonly #key: string;
  #waiting = "";
  #sending: Promise<void> | undefined;
  /** Set when the store refused: part of a line may stand at the end, so nothing may come after it. */
  #broken: { readonly error: unknown } | undefined;

  /**
   * Starts a journal; one that is there is overwritten.
   *
   * @param time `manifest.time` of the checkpoint that the positions refer to, empty when there is none */
  static async start(
    bucket: Bucket,
    key: string,
    time: string,
    secrets: Deployment["secrets_providers"],
  ): Promise<Journal> {
    const journal = new Journal(bucket, key);
    await bucket.remove(key);
    await journal.#append({ kind: "base", time, ...(secrets ? { secrets } : {}) });
    return journal;
  }

  private constructor(bucket: Bucket, key: string) {
    this.#bucket = bucket;
    this.#key = key;
  }

  /** Resolves when the line is stored: only then may the provider be called. */
  begin(operation: number, type: PendingType, resource: ResourceState): Promise<void> {
    return this.#append({ kind: "begin", operation, type, resource: compactState(resource) });
  }

  /** A resource goes by another URN: what refers to the old one follows. Whoever waits for a later line waits for this one. */
  rename(from: string, to: string): void {
    this.#append({ kind: "rename", from, to }).catch(() => undefined); // the next line meets the same trouble, and is waited for
  }

  change(change: JournalChange): Promise<void> {
    return this.#append({ kind: "change", ...change });
  }

  #append(line: JournalLine): Promise<void> {
    if (this.#broken) return Promise.reject(this.#broken.error);
    this.#waiting += `${JSON.stringify(line)}\n`;
    this.#sending ??= this.#send();
    return this.#sending;
  }

  async #send(): Promise<void> {
    try {
      while (this.#waiting !== "") {
        const text = this.#waiting;
        this.#waiting = "";
        await this.#bucket.append(this.#key, text);
      }
    } catch (error) {
      this.#broken = { error };
      throw error;
    } finally {
      this.#sending = undefined;
    }
  }
}
