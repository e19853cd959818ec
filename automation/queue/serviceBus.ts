import type { TokenCredential } from "@azure/identity";
import { ServiceBusClient } from "@azure/service-bus";
import { SpanKind } from "@opentelemetry/api";
import { MESSAGE_FORM } from "../jobs/forms.ts";
import type { Publisher } from "../jobs/outbox.ts";
import { inSpan, traced } from "../telemetry/spans.ts";

/** So long the broker lets a call wait, for a session most of all. What does not come back long after hangs on a dead connection. */
export const WAIT_MS = 20_000;

/** @param host `<namespace>.servicebus.windows.net`, with a port on the local target */
export function serviceBusClient(host: string, credential: TokenCredential): ServiceBusClient {
  return new ServiceBusClient(host, credential, {
    retryOptions: { maxRetries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 5_000, timeoutInMs: WAIT_MS },
  });
}

/** What a message says; the ledger has the rest. */
export interface JobMessage {
  readonly appId: string;
  readonly jobId: string;
  /** The broker kept the message until then: the job's `notBefore`. */
  readonly due?: string | undefined;
  /** Of the message; absent: 1. A worker that does not know it leaves the message to a newer one. */
  readonly form?: number | undefined;
}

/** A message in a worker's hands. */
export interface Delivered extends JobMessage {
  /** The same however often it is delivered. */
  readonly messageId: string;
}

/** Publishes to a session queue: the session is the app, so one worker has all of an app's messages. @param form of this release's messages */
export function createPublisher(
  client: ServiceBusClient,
  queue: string,
  form: number = MESSAGE_FORM,
): Publisher & { check(): Promise<void>; close(): Promise<void> } {
  const sender = client.createSender(queue);
  return {
    async publish({ appId, jobId, messageId, notBefore, traceparent: parent }) {
      const own = form > 1 ? { form } : {};
      const body: JobMessage = { appId, jobId, ...own, ...(notBefore && { due: notBefore.toISOString() }) };
      const attributes = { "messaging.system": "servicebus", "messaging.destination.name": queue, "app.id": appId };
      // The row's trace, not that of whoever sends: one process sends for many.
      await inSpan(`send ${queue}`, { kind: SpanKind.PRODUCER, parent, attributes }, async () => {
        const applicationProperties = { ...traced() };
        const message = { body, messageId, sessionId: appId, contentType: "application/json", applicationProperties };
        // The broker compares with its own clock; a time that is past there means now.
        if (notBefore) await sender.scheduleMessages(message, notBefore);
        else await sender.sendMessages(message);
      });
    },
    /** Throws when the broker cannot be reached: the size of a message is its to say. */
    check: async () => void (await sender.createMessageBatch()),
    close: () => sender.close(),
  };
}
