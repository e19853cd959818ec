import type { MessageSections } from "./sections.ts";
import type { MessageRecord } from "./store.ts";

/** A receiving link, as a queue sees it. */
export interface Consumer {
  readonly mode: "peekLock" | "receiveAndDelete";
  /** Set once it has accepted a session. */
  readonly sessionId: string | undefined;
  /** Messages that it can take now. */
  credit(): number;
  deliver(record: MessageRecord, sections: MessageSections, lock: MessageLock | undefined): void;
  /** Its session lock ran out. */
  sessionLost(): void;
}

export interface MessageLock {
  readonly token: Buffer;
  readonly record: MessageRecord;
  /** Milliseconds since the epoch; for messages of a session, the end of the session lock at delivery. */
  until: number;
  readonly sessionId: string | undefined;
}

/** How a receiver ends its work on a message. */
export type Outcome =
  | { readonly kind: "complete" }
  | { readonly kind: "abandon" | "defer"; readonly properties?: Readonly<Record<string, unknown>> | undefined }
  | {
      readonly kind: "deadLetter";
      readonly reason: string | undefined;
      readonly description: string | undefined;
      readonly properties?: Readonly<Record<string, unknown>> | undefined;
    };

/** A deferred message that was asked for by number. */
export interface Received {
  readonly record: MessageRecord;
  readonly sections: MessageSections;
  readonly lock: MessageLock | undefined;
}
