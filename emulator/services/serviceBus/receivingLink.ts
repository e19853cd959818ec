import rhea, { type Delivery, type Sender } from "rhea";
import type { Consumer, MessageLock, Outcome } from "./consumer.ts";
import { BusError } from "./errors.ts";
import { closeLink, refuse } from "./linkErrors.ts";
import { swapGuid } from "./lockToken.ts";
import type { MessageQueue } from "./messageQueue.ts";
import { toWire } from "./outgoing.ts";
import type { MessageSections } from "./sections.ts";
import type { MessageRecord } from "./store.ts";

const SESSION_FILTER = "com.microsoft:session-filter";
const LOCKED_UNTIL = "com.microsoft:locked-until-utc";
const TIMEOUT = "com.microsoft:timeout";
const DEFAULT_TIMEOUT_MS = 60_000;
/** .NET ticks (100 ns since year 1) at the start of 1970. */
const EPOCH_TICKS = 621_355_968_000_000_000n;

/** Parts of the library's link that its typings leave out. */
interface SenderInternals {
  readonly session: {
    readonly outgoing: {
      readonly next_delivery_id: number;
      readonly next_pending_delivery: number;
      available(): number;
    };
  };
  readonly local: { readonly attach: { properties?: unknown } };
  readonly remote: {
    readonly attach: { readonly snd_settle_mode?: number; readonly properties?: Readonly<Record<string, unknown>> };
  };
  readonly credit: number;
}

export interface ReceivingLinkParts {
  readonly sender: Sender;
  readonly queue: MessageQueue;
  readonly address: string;
  readonly needsSession: boolean;
  /** Answers the attach. */
  readonly confirm: () => void;
}

/** A link over which a client receives messages of one entity, or of one session of it. */
export class ReceivingLink implements Consumer {
  readonly mode: Consumer["mode"];
  readonly address: string;
  readonly #parts: ReceivingLinkParts;
  readonly #link: SenderInternals;
  #sessionId: string | undefined;
  #isOpen = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: ReceivingLinkParts) {
    this.#parts = parts;
    this.address = parts.address;
    this.#link = parts.sender as unknown as SenderInternals;
    this.mode = this.#link.remote.attach.snd_settle_mode === 1 ? "receiveAndDelete" : "peekLock";
  }

  get sessionId(): string | undefined {
    return this.#sessionId;
  }

  /** Answers the attach: at once, or when a session has been found. @throws {BusError} when it must be refused */
  start(): void {
    const { sender, queue, needsSession, address } = this.#parts;
    const filter = (sender.source as unknown as { readonly filter?: Readonly<Record<string, unknown>> } | undefined)
      ?.filter;
    const asksSession = filter !== undefined && filter !== null && SESSION_FILTER in filter;
    if (needsSession && !asksSession) {
      throw new BusError(
        "amqp:not-allowed",
        "It is not possible for an entity that requires sessions to create a non-sessionful message receiver.",
      );
    }
    if (!needsSession && asksSession) {
      throw new BusError(
        "amqp:not-allowed",
        `A sessionful message receiver cannot be created on an entity that does not require sessions: '${address}'.`,
      );
    }
    if (!asksSession) {
      this.#open();
      return;
    }
    const wanted = unwrap(filter[SESSION_FILTER]);
    const waitMs = Number(this.#link.remote.attach.properties?.[TIMEOUT] ?? DEFAULT_TIMEOUT_MS);
    this.#timer = setTimeout(() => this.#giveUp(), waitMs);
    queue.acceptSession(this, wanted, (id, until) => this.#openSession(id, until));
  }

  credit(): number {
    if (!this.#isOpen) return 0;
    const { outgoing } = this.#link.session;
    const unsent = outgoing.next_delivery_id - outgoing.next_pending_delivery; // the library takes credit only when it writes
    return Math.min(this.#link.credit - unsent, outgoing.available());
  }

  deliver(record: MessageRecord, sections: MessageSections, lock: MessageLock | undefined): void {
    const { sender } = this.#parts;
    const tag = lock ? swapGuid(lock.token) : undefined;
    const delivery = sender.send(toWire(record, sections, lock?.until), tag as unknown as Buffer, 0);
    if (!lock) (delivery as { settled: boolean }).settled = true;
  }

  sessionLost(): void {
    const { sender } = this.#parts;
    this.#isOpen = false;
    closeLink(
      sender,
      new BusError(
        "com.microsoft:session-lock-lost",
        `The session lock has expired on the MessageSession '${this.#sessionId}'. Accept a new MessageSession.`,
      ),
    );
  }

  /** The client gave credit. */
  flow(): void {
    if (this.#isOpen) this.#parts.queue.pump();
  }

  /** The client takes back the credit that is left after what can be sent now. */
  drain(): void {
    this.flow();
    (this.#parts.sender as Sender & { set_drained(drained: boolean): void }).set_drained(true);
  }

  /** Applies the client's verdict. @throws {BusError} when the lock is lost */
  async settle(delivery: Delivery, outcome: "accepted" | "rejected" | "released" | "modified"): Promise<void> {
    if (this.mode === "receiveAndDelete") return;
    const token = swapGuid(Buffer.from(delivery.tag as Buffer));
    await this.#parts.queue.settle(token, toOutcome(outcome, delivery.remote_state ?? {}));
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#isOpen = false;
    this.#parts.queue.detach(this);
  }

  #open(): void {
    this.#parts.confirm();
    this.#isOpen = true;
    this.#parts.queue.attach(this);
  }

  #openSession(id: string, until: number): void {
    clearTimeout(this.#timer);
    this.#sessionId = id;
    const source = this.#parts.sender.source as unknown as { filter?: unknown };
    source.filter = { [SESSION_FILTER]: id };
    const ticks = BigInt(Math.round(until)) * 10_000n + EPOCH_TICKS;
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(ticks);
    this.#link.local.attach.properties = { [LOCKED_UNTIL]: rhea.types.wrap_long(bytes as unknown as number) };
    this.#open();
  }

  #giveUp(): void {
    const { sender, queue } = this.#parts;
    queue.stopWaiting(this);
    refuse(
      sender,
      new BusError(
        "com.microsoft:timeout",
        "The operation did not complete within the allotted time: no session is available.",
      ),
    );
  }
}

function toOutcome(
  outcome: "accepted" | "rejected" | "released" | "modified",
  state: Readonly<Record<string, unknown>>,
): Outcome {
  if (outcome === "accepted") return { kind: "complete" };
  if (outcome === "released") return { kind: "abandon" };
  const annotations = (state.message_annotations ?? undefined) as Readonly<Record<string, unknown>> | undefined;
  if (outcome === "modified")
    return { kind: state.undeliverable_here === true ? "defer" : "abandon", properties: annotations };
  const error = state.error as { readonly info?: Readonly<Record<string, unknown>> } | undefined;
  const { DeadLetterReason: reason, DeadLetterErrorDescription: description, ...properties } = error?.info ?? {};
  return { kind: "deadLetter", reason: text(reason), description: text(description), properties };
}

function text(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}

/** A filter's value may come described. */
function unwrap(value: unknown): string | undefined {
  const plain = typeof value === "object" && value !== null && "value" in value ? value.value : value;
  return plain === undefined || plain === null ? undefined : String(plain);
}
