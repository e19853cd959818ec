import type { Clock } from "../../core/clock.ts";
import type { MessageQueue } from "./messageQueue.ts";
import type { MessageSections } from "./sections.ts";
import type { EntitySettings } from "./settings.ts";
import type { MessageStore } from "./store.ts";

export interface QueueCounts {
  /** Active, whether locked or not, as Azure counts. */
  readonly active: number;
  readonly deferred: number;
  readonly scheduled: number;
  readonly bytes: number;
}

/** What a queue needs from the house. */
export interface QueueParts {
  /** Key in the store. */
  readonly key: string;
  /** Name as clients know it, for `deadLetterSource` and texts. */
  readonly name: string;
  readonly store: MessageStore;
  readonly clock: Clock;
  readonly settings: () => EntitySettings;
  /** Lines that an active message is handed on to (a topic's subscriptions, `forwardTo`); undefined: it stays here. */
  readonly route?: (sections: MessageSections) => readonly MessageQueue[] | undefined;
  /** Where dead letters and forwarded messages go; undefined for a dead-letter queue itself. */
  readonly deadLetters: (() => MessageQueue) | undefined;
}
