import type { ServiceBusReceivedMessage, ServiceBusReceiver } from "@azure/service-bus";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { activeMessages, messageCounts } from "./counts.ts";
import { BUS, type TestBus, testBus } from "./testBus.ts";

let bus: TestBus;

beforeAll(async () => {
  bus = await testBus();
});

afterAll(() => bus[Symbol.asyncDispose]());

const SHORT = { maxWaitTimeInMs: 150 };

async function one(receiver: ServiceBusReceiver): Promise<ServiceBusReceivedMessage> {
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 5000 });
  if (!message) throw new Error("no message came");
  return message;
}

it("a message is received as it was sent, and is gone once completed", async () => {
  await bus.put("queues/simple");
  const client = bus.client();
  const body = { text: "hello", list: [1, 2.5, null] };
  const applicationProperties = { kind: "greeting", big: 2 ** 40, yes: true };
  const sent = {
    body,
    applicationProperties,
    subject: "s",
    correlationId: "c",
    messageId: "m-1",
    contentType: "application/json",
  };
  await client.createSender("simple").sendMessages(sent);
  const receiver = client.createReceiver("simple");
  const message = await one(receiver);
  expect(message).toMatchObject({ ...sent, deliveryCount: 0, state: "active" });
  await receiver.completeMessage(message);
  expect(await receiver.receiveMessages(1, SHORT)).toEqual([]);
});

it("a batch keeps its order, and the counts tell active messages whether locked or not", async () => {
  await bus.put("queues/batch");
  const client = bus.client();
  const sender = client.createSender("batch");
  const batch = await sender.createMessageBatch();
  expect(batch.maxSizeInBytes).toBe(262_144);
  for (let body = 0; body < 50; body++) batch.tryAddMessage({ body });
  await sender.sendMessages(batch);
  const receiver = client.createReceiver("batch");
  const received: ServiceBusReceivedMessage[] = [];
  while (received.length < 50) received.push(...(await receiver.receiveMessages(50, { maxWaitTimeInMs: 2000 })));
  expect(received.map(({ body }) => body)).toEqual(Array.from({ length: 50 }, (_, index) => index));
  expect(activeMessages(bus.context, BUS, "batch")).toBe(50);
  await Promise.all(received.map((message) => receiver.completeMessage(message)));
  expect(messageCounts(bus.context, BUS, "batch")).toEqual({ active: 0, deferred: 0, scheduled: 0, bytes: 0 });
  expect(activeMessages(bus.context, BUS, "unknown")).toBe(0);
});

it("an abandoned message comes again with a higher count and changed properties, and after the last try goes to the dead letters", async () => {
  await bus.put("queues/tries", { maxDeliveryCount: 2 });
  const client = bus.client();
  await client.createSender("tries").sendMessages({ body: "x", messageId: "m", applicationProperties: { a: 1 } });
  const receiver = client.createReceiver("tries");
  await receiver.abandonMessage(await one(receiver), { b: "two" });
  const second = await one(receiver);
  expect(second).toMatchObject({ deliveryCount: 1, applicationProperties: { a: 1, b: "two" } });
  await receiver.abandonMessage(second);
  const dead = await one(client.createReceiver("tries", { subQueueType: "deadLetter" }));
  expect(dead).toMatchObject({
    messageId: "m",
    deadLetterReason: "MaxDeliveryCountExceeded",
    deadLetterSource: "tries",
  });
  expect(dead.deadLetterErrorDescription).toBe("Message could not be consumed after 2 delivery attempts.");
  expect(bus.read("queues/tries")).toMatchObject({
    messageCount: 1,
    countDetails: { activeMessageCount: 0, deadLetterMessageCount: 1 },
  });
});

it("a message that is dead-lettered by hand keeps the reason", async () => {
  await bus.put("queues/dead");
  const client = bus.client();
  await client.createSender("dead").sendMessages({ body: 1 });
  const receiver = client.createReceiver("dead");
  await receiver.deadLetterMessage(await one(receiver), {
    deadLetterReason: "bad",
    deadLetterErrorDescription: "very",
    step: 3,
  });
  const letters = client.createReceiver("dead", { subQueueType: "deadLetter" });
  const letter = await one(letters);
  expect(letter).toMatchObject({ body: 1, deadLetterReason: "bad", deadLetterErrorDescription: "very" });
  expect(letter.applicationProperties).toMatchObject({ step: 3 });
  await letters.completeMessage(letter);
  expect(await letters.receiveMessages(1, SHORT)).toEqual([]);
});

it("a lock that ran out is lost, the message comes again; a renewed lock holds", async () => {
  await bus.put("queues/locks", { lockDuration: "PT30S" });
  const client = bus.client();
  await client.createSender("locks").sendMessages([{ body: "kept" }, { body: "lost" }]);
  const receiver = client.createReceiver("locks", { maxAutoLockRenewalDurationInMs: 0 });
  const [kept, lost] = [await one(receiver), await one(receiver)];
  bus.context.clock.shift(20_000);
  const until = await receiver.renewMessageLock(kept);
  expect(Math.abs(until.getTime() - bus.context.clock.now() - 30_000)).toBeLessThan(1000);
  bus.context.clock.shift(20_000);
  await receiver.completeMessage(kept);
  await expect(receiver.completeMessage(lost)).rejects.toMatchObject({ code: "MessageLockLost" });
  const again = await one(receiver);
  expect(again).toMatchObject({ body: "lost", deliveryCount: 1 });
  await receiver.completeMessage(again);
});

it("a deferred message is out of line until it is asked for by its number", async () => {
  await bus.put("queues/defer");
  const client = bus.client();
  await client.createSender("defer").sendMessages({ body: "later" });
  const receiver = client.createReceiver("defer");
  const message = await one(receiver);
  await receiver.deferMessage(message);
  expect(await receiver.receiveMessages(1, SHORT)).toEqual([]);
  expect((await receiver.peekMessages(1))[0]).toMatchObject({ body: "later", state: "deferred" });
  const [deferred] = await receiver.receiveDeferredMessages(message.sequenceNumber ?? []);
  if (!deferred) throw new Error("not found");
  await receiver.completeMessage(deferred);
  await expect(receiver.receiveDeferredMessages(message.sequenceNumber ?? [])).rejects.toMatchObject({
    code: "MessageNotFound",
  });
});

it("a scheduled message comes when its time has come, behind those sent before; a cancelled one never", async () => {
  await bus.put("queues/schedule");
  const client = bus.client();
  const sender = client.createSender("schedule");
  const at = new Date(bus.context.clock.now() + 60_000);
  const [, cancelled] = await sender.scheduleMessages([{ body: "planned" }, { body: "cancelled" }], at);
  if (!cancelled) throw new Error("no number");
  await sender.cancelScheduledMessages(cancelled);
  await expect(sender.cancelScheduledMessages(cancelled)).rejects.toMatchObject({ code: "MessageNotFound" });
  await sender.sendMessages({ body: "annotated", scheduledEnqueueTimeUtc: at });
  const receiver = client.createReceiver("schedule", { receiveMode: "receiveAndDelete" });
  expect(await receiver.receiveMessages(1, SHORT)).toEqual([]);
  await sender.sendMessages({ body: "now" });
  bus.context.clock.shift(61_000);
  const bodies: unknown[] = [];
  while (bodies.length < 3) bodies.push((await one(receiver)).body);
  expect(bodies).toEqual(["now", "planned", "annotated"]);
  expect(messageCounts(bus.context, BUS, "schedule")).toMatchObject({ active: 0, scheduled: 0 });
});

it("an old message dies, or goes to the dead letters where the queue says so", async () => {
  await bus.put("queues/mortal", { deadLetteringOnMessageExpiration: true, defaultMessageTimeToLive: "PT1M" });
  await bus.put("queues/forgetful");
  const client = bus.client();
  await client.createSender("mortal").sendMessages({ body: "old", timeToLive: 3_600_000 });
  await client.createSender("forgetful").sendMessages({ body: "old", timeToLive: 30_000 });
  bus.context.clock.shift(61_000);
  const dead = await one(
    client.createReceiver("mortal", { subQueueType: "deadLetter", receiveMode: "receiveAndDelete" }),
  );
  expect(dead).toMatchObject({ body: "old", deadLetterReason: "TTLExpiredException" });
  expect(await client.createReceiver("forgetful").receiveMessages(1, SHORT)).toEqual([]);
  expect(activeMessages(bus.context, BUS, "forgetful")).toBe(0);
});

it("a message with an id seen within the window is dropped, after it not", async () => {
  await bus.put("queues/once", { requiresDuplicateDetection: true, duplicateDetectionHistoryTimeWindow: "PT1M" });
  const sender = bus.client().createSender("once");
  await sender.sendMessages({ body: 1, messageId: "same" });
  await sender.sendMessages({ body: 2, messageId: "same" });
  expect(activeMessages(bus.context, BUS, "once")).toBe(1);
  bus.context.clock.shift(61_000);
  await sender.sendMessages({ body: 3, messageId: "same" });
  expect(activeMessages(bus.context, BUS, "once")).toBe(2);
});

it("three receivers on three connections share 150 messages without a loss or a duplicate", async () => {
  await bus.put("queues/shared");
  const sender = bus.client().createSender("shared");
  await sender.sendMessages(Array.from({ length: 150 }, (_, body) => ({ body })));
  const seen: number[] = [];
  const receivers = [1, 2, 3].map(() => bus.client().createReceiver("shared"));
  await Promise.all(
    receivers.map(async (receiver) => {
      for (;;) {
        const messages = await receiver.receiveMessages(7, { maxWaitTimeInMs: 500 });
        if (messages.length === 0) return;
        seen.push(...messages.map(({ body }) => Number(body)));
        await Promise.all(messages.map((message) => receiver.completeMessage(message)));
      }
    }),
  );
  expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 150 }, (_, body) => body));
});

it("a subscriber gets each message once, and each is completed as it was handled", async () => {
  await bus.put("queues/quick");
  const client = bus.client();
  const sender = client.createSender("quick");
  const receiver = client.createReceiver("quick");
  const arrivals: number[] = [];
  receiver.subscribe({
    processMessage: async ({ body }) => void arrivals.push(body),
    processError: async ({ error }) => {
      throw error;
    },
  });
  for (let body = 0; body < 20; body++) await sender.sendMessages({ body });
  await vi.waitUntil(() => arrivals.length >= 20 && activeMessages(bus.context, BUS, "quick") === 0);
  expect(arrivals).toEqual(Array.from({ length: 20 }, (_, body) => body));
});
