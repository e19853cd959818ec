import type { ServiceBusClient, ServiceBusReceivedMessage } from "@azure/service-bus";

/** A message that was given up, by us or by the broker. */
export interface DeadLetter {
  readonly reason: string;
  /** Absent when the body says nothing that we know. */
  readonly appId?: string;
  readonly jobId?: string;
}

export interface DeadLetters {
  /** Shows every dead letter once; those are removed for which the answer is yes. */
  each(decide: (letter: DeadLetter) => Promise<boolean>): Promise<void>;
}

const BATCH = 50;
const MOST = 1_000;
const WAIT_MS = 1_000;

/** The dead-letter queue of a queue. Nothing there expires, so what has done its duty must be removed. */
export function createDeadLetters(client: ServiceBusClient, queue: string): DeadLetters {
  return {
    async each(decide) {
      const receiver = client.createReceiver(queue, { subQueueType: "deadLetter" });
      const kept: ServiceBusReceivedMessage[] = [];
      try {
        for (let seen = 0; seen < MOST; ) {
          const messages = await receiver.receiveMessages(BATCH, { maxWaitTimeInMs: WAIT_MS });
          if (messages.length === 0) return;
          seen += messages.length;
          for (const message of messages) {
            if (await decide(toLetter(message))) await receiver.completeMessage(message);
            else kept.push(message);
          }
        }
      } finally {
        // Only at the end: what is given back would come again at once.
        for (const message of kept) await receiver.abandonMessage(message).catch(() => undefined);
        await receiver.close();
      }
    },
  };
}

function toLetter({ body, deadLetterReason: reason = "" }: ServiceBusReceivedMessage): DeadLetter {
  const { appId, jobId } = (typeof body === "object" && body !== null ? body : {}) as Readonly<Record<string, unknown>>;
  if (typeof appId !== "string" || typeof jobId !== "string") return { reason };
  return { reason, appId, jobId };
}
