import type { DeadLetter, DeadLetters } from "../../../queue/deadLetters.ts";
import type { Publisher } from "../../outbox.ts";

export interface Message {
  readonly id: string;
  readonly appId: string;
  readonly jobId: string;
  readonly due?: string;
  readonly visibleAt: number;
  deliveries: number;
}

const MAX_DELIVERIES = 5;
const DUPLICATE_WINDOW_MS = 600_000;

/** Sessions, duplicate detection, scheduled messages, delivery counts and dead letters, as the service documents them; in memory. */
export class ModelBroker implements Publisher, DeadLetters {
  readonly #now: () => number;
  readonly #ids = new Map<string, number>();
  #copies = 0;
  messages: Message[] = [];
  dead: DeadLetter[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  async publish({ appId, jobId, messageId, notBefore }: Parameters<Publisher["publish"]>[0]): Promise<void> {
    const sentAt = this.#ids.get(messageId);
    if (sentAt !== undefined && this.#now() - sentAt < DUPLICATE_WINDOW_MS) return;
    this.#ids.set(messageId, this.#now());
    const due = notBefore === undefined ? {} : { due: notBefore.toISOString() };
    this.messages.push({ id: messageId, appId, jobId, ...due, visibleAt: notBefore?.getTime() ?? 0, deliveries: 0 });
  }

  /** The message was not settled: it comes again, until it came too often. */
  giveBack(message: Message): void {
    message.deliveries += 1;
    if (message.deliveries >= MAX_DELIVERIES) this.bury(message, "MaxDeliveryCountExceeded");
  }

  bury(message: Message, reason: string): void {
    this.remove(message);
    this.dead.push({ reason, appId: message.appId, jobId: message.jobId });
  }

  /** The same once more, as another message. */
  double(message: Message): void {
    this.#copies += 1;
    this.messages.push({ ...message, id: `${message.id}:copy-${this.#copies}` });
  }

  remove(message: Message): void {
    this.messages = this.messages.filter((each) => each !== message);
  }

  async each(decide: (letter: DeadLetter) => Promise<boolean>): Promise<void> {
    for (const letter of [...this.dead]) {
      if (await decide(letter)) this.dead = this.dead.filter((each) => each !== letter);
    }
  }
}
