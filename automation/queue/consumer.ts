import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceBusClient, ServiceBusReceivedMessage, ServiceBusSessionReceiver } from "@azure/service-bus";
import { SpanKind } from "@opentelemetry/api";
import { z } from "zod";
import { within } from "../azure/within.ts";
import { AutomationError, toErrorRecord } from "../errors.ts";
import { MESSAGE_FORM } from "../jobs/forms.ts";
import type { Logger } from "../logger.ts";
import { inSpan } from "../telemetry/spans.ts";
import { type Delivered, WAIT_MS } from "./serviceBus.ts";

/**
 * What to do with a message: done; closed unsettled for another worker (no delivery counted); the same for what only a newer release
 * understands; given up.
 */
export type Outcome = "complete" | "release" | "newer" | { readonly deadLetter: string; readonly description: string };

export interface ConsumerOptions {
  readonly client: ServiceBusClient;
  readonly queue: string;
  /** Sessions that are worked on at once. */
  readonly slots: number;
  /** Its signal is aborted with `SHUTTING_DOWN` when the consumer stops. */
  readonly handle: (message: Delivered, signal: AbortSignal) => Promise<Outcome>;
  readonly log: Logger;
  /** How long a session is kept for its next message. @default 250 ms */
  readonly lingerMs?: number;
  /** Before a message is given back that could not be handled because the ledger did not answer. @default 2000 */
  readonly outagePauseMs?: number;
  /** Of messages that this release understands. */
  readonly form?: number;
  /** Before a slot that met nothing but what only a newer release understands looks again; doubled up to four times as long. @default 1000 */
  readonly newerPauseMs?: number;
}

const MESSAGE = z.object({ appId: z.string(), jobId: z.string(), due: z.string().optional() });
const FORM = z.object({ form: z.int().optional() });
/** The client renews the session's lock so long; a job never takes longer. */
const MAX_RENEWAL_MS = 4 * 3_600_000;

const OUTAGE_PAUSE_MS = 2_000;
const NEWER_PAUSE_MS = 1_000;
const NEWER_DOUBLINGS = 2;
/** Whatever else there is comes at once to who asks for it; a session that takes longer to look at is real work. */
const PROBE_MS = 500;
const MAX_ASIDE = 100;

/** A settlement that has no answer by then is left alone: the message comes again, and the ledger knows that it was done. */
const SETTLE_MS = 5_000;

/** The broker ends every wait long before; a slot that stays away so long hangs. */
const STUCK_MS = 10 * 60_000;

/** Takes sessions one by one; each slot waits at the broker, so a message starts without a polling delay. */
export class SessionConsumer {
  readonly #options: ConsumerOptions;
  readonly #stop = new AbortController();
  /** By slot: when it last came back from the broker; `working` while it has a session; how often the broker refused it in a row. */
  readonly #state: { since: number; working: boolean; failures: number }[] = [];
  #slots: readonly Promise<void>[] = [];

  constructor(options: ConsumerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#slots = Array.from({ length: this.#options.slots }, (_, index) => this.#slot(index));
  }

  /** Whether no slot hangs: each works on a session, or came back from the broker not long ago. */
  isAlive(now = Date.now()): boolean {
    return this.#state.every(({ working, since }) => working || now - since < STUCK_MS);
  }

  /** Whether the broker took the last call of at least one slot, not long ago. */
  isConnected(now = Date.now()): boolean {
    return this.#state.some(({ failures, working, since }) => failures === 0 && (working || now - since < 2 * WAIT_MS));
  }

  /** Accepts no more sessions, tells running work to hand over, and waits for it. */
  async stop(): Promise<void> {
    this.#stop.abort(new AutomationError("SHUTTING_DOWN"));
    await Promise.all(this.#slots);
  }

  async #slot(index: number): Promise<void> {
    const { signal } = this.#stop;
    const state = { since: Date.now(), working: false, failures: 0 };
    const aside: ServiceBusSessionReceiver[] = [];
    let vain = 0;
    this.#state[index] = state;
    while (!signal.aborted) {
      const receiver = await this.#accept(aside.length > 0).catch((error: unknown) => {
        if (signal.aborted) return undefined;
        if (isNoSession(error)) {
          state.failures = 0;
          return undefined;
        }
        state.failures += 1;
        this.#options.log.warn({ err: error }, "no session could be taken");
        return undefined;
      });
      state.since = Date.now();
      if (receiver) {
        state.failures = 0;
        state.working = true;
        const met = await this.#work(receiver, aside);
        state.working = false;
        state.since = Date.now();
        if (met !== "newer") vain = 0;
      } else if (state.failures > 0) {
        await sleep(Math.min(5_000, 100 * 2 ** state.failures), undefined, { signal }).catch(() => undefined);
      } else if (aside.length > 0) {
        await free(aside);
        const pauseMs = (this.#options.newerPauseMs ?? NEWER_PAUSE_MS) * 2 ** Math.min(vain++, NEWER_DOUBLINGS);
        await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
    await free(aside);
  }

  /**
   * Works on a session. The broker gives the oldest one first, so one that only a newer release understands stays aside, held, until
   * the next has been looked at: else it would come again and again, before all others.
   */
  async #work(receiver: ServiceBusSessionReceiver, aside: ServiceBusSessionReceiver[]): Promise<"newer" | undefined> {
    const timer = setTimeout(() => void free(aside), PROBE_MS);
    const met = await this.#drain(receiver).catch((error: unknown) => {
      this.#options.log.warn({ err: error }, "a session ended early");
      return undefined;
    });
    clearTimeout(timer);
    if (met === "newer" && aside.length < MAX_ASIDE) {
      aside.push(receiver);
      return met;
    }
    await free([...aside.splice(0), receiver]);
    return met;
  }

  /**
   * Waits for a session, or just looks for one. The client's wait at the broker cannot be aborted (it lasts up to its own timeout), so
   * a stop leaves it behind and gives back at once what it still brings.
   */
  async #accept(looks: boolean): Promise<ServiceBusSessionReceiver | undefined> {
    const { client, queue } = this.#options;
    const stop = this.#stop.signal;
    const signal = looks ? AbortSignal.any([stop, AbortSignal.timeout(PROBE_MS)]) : stop;
    const accepted = client.acceptNextSession(queue, { maxAutoLockRenewalDurationInMs: MAX_RENEWAL_MS });
    const stopped = Promise.withResolvers<undefined>();
    const leave = () => stopped.resolve(undefined);
    signal.addEventListener("abort", leave, { once: true });
    try {
      const receiver = await Promise.race([accepted, stopped.promise]);
      if (!signal.aborted) return receiver;
      accepted.then((late) => late.close()).catch(() => undefined);
      return undefined;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  async #drain(receiver: ServiceBusSessionReceiver): Promise<"newer" | undefined> {
    while (!this.#stop.signal.aborted) {
      const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: this.#options.lingerMs ?? 250 });
      if (!message) return undefined;
      const next = await this.#settle(receiver, message);
      if (next !== "on") return next === "newer" ? next : undefined;
    }
    return undefined;
  }

  /** @returns whether to go on with this session, to leave it, or to leave it to a newer release */
  async #settle(
    receiver: ServiceBusSessionReceiver,
    message: ServiceBusReceivedMessage,
  ): Promise<"on" | "leave" | "newer"> {
    const { form } = FORM.safeParse(message.body).data ?? {};
    if (form !== undefined && form > (this.#options.form ?? MESSAGE_FORM)) {
      this.#options.log.warn({ messageId: message.messageId, form }, "a message of a newer release is left to it");
      return "newer";
    }
    const parsed = MESSAGE.safeParse(message.body);
    if (!parsed.success) {
      const deadLetterErrorDescription = "the body names no app and job";
      const deadLetterReason = "MALFORMED_MESSAGE";
      await answered(() => receiver.deadLetterMessage(message, { deadLetterReason, deadLetterErrorDescription }));
      return "on";
    }
    const { queue } = this.#options;
    const parent = message.applicationProperties?.traceparent;
    const settings = {
      kind: SpanKind.CONSUMER,
      ...(typeof parent === "string" && { parent }),
      attributes: {
        "messaging.system": "servicebus",
        "messaging.destination.name": queue,
        "app.id": parsed.data.appId,
      },
    };
    const delivered = { ...parsed.data, messageId: String(message.messageId) };
    const handled = inSpan(`process ${queue}`, settings, () => this.#options.handle(delivered, this.#stop.signal));
    const outcome = await handled.catch(async (error: unknown) => {
      // Nobody knows the job's state, so the message stays. While the ledger cannot be reached its deliveries are not counted:
      // a broker that counts them up within seconds would give the message up for an outage of a minute.
      this.#options.log.error({ err: error, ...parsed.data }, "a message could not be handled");
      if (toErrorRecord(error).class !== "infrastructure") return "failed" as const;
      const pauseMs = this.#options.outagePauseMs ?? OUTAGE_PAUSE_MS;
      await sleep(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      return "release" as const;
    });
    if (outcome === "release") return "leave";
    if (outcome === "newer") return outcome;
    if (outcome === "failed") await answered(() => receiver.abandonMessage(message));
    else if (outcome === "complete") await answered(() => receiver.completeMessage(message));
    else {
      const { deadLetter: deadLetterReason, description: deadLetterErrorDescription } = outcome;
      await answered(() => receiver.deadLetterMessage(message, { deadLetterReason, deadLetterErrorDescription }));
    }
    return outcome === "failed" ? "leave" : "on";
  }
}

/** Lets go of sessions; what of them is not settled is free at once. */
async function free(receivers: ServiceBusSessionReceiver[]): Promise<void> {
  // Where that fails its lock runs out by itself.
  const close = (receiver: ServiceBusSessionReceiver) => answered(() => receiver.close()).catch(() => undefined);
  await Promise.all(receivers.splice(0).map(close));
}

function answered(call: () => Promise<void>): Promise<void> {
  return within(SETTLE_MS, "Service Bus", call);
}

/** No session waits (`ServiceTimeout`) or another worker was faster: both normal. */
function isNoSession(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === "ServiceTimeout" || code === "SessionCannotBeLocked";
}
