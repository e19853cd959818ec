import type { ServiceBusSessionReceiver } from "@azure/service-bus";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { type TestBus, testBus } from "./testBus.ts";

let bus: TestBus;
let queue = "";
let number = 0;

beforeAll(async () => {
  bus = await testBus();
});

beforeEach(async () => {
  queue = `jobs-${++number}`;
  await bus.put(`queues/${queue}`, { requiresSession: true, lockDuration: "PT30S" });
});

afterAll(() => bus[Symbol.asyncDispose]());

/** A client that does not try again, so that refusals come at once. */
const PATIENCE = { retryOptions: { maxRetries: 0, timeoutInMs: 1000 } };

async function bodies(receiver: ServiceBusSessionReceiver, count: number): Promise<unknown[]> {
  const messages = await receiver.receiveMessages(count, { maxWaitTimeInMs: 1000 });
  for (const message of messages) await receiver.completeMessage(message);
  return messages.map(({ body }) => body);
}

it("a session hands its messages to one receiver in the order they were sent, and keeps its state", async () => {
  const client = bus.client();
  const sender = client.createSender(queue);
  for (const body of [1, 2, 3]) await sender.sendMessages({ body, sessionId: "app-1" });
  const receiver = await client.acceptNextSession(queue);
  expect(receiver.sessionId).toBe("app-1");
  expect(Math.abs(receiver.sessionLockedUntilUtc.getTime() - bus.context.clock.now() - 30_000)).toBeLessThan(2000);
  expect(await bodies(receiver, 3)).toEqual([1, 2, 3]);
  expect(await receiver.getSessionState()).toBe(null);
  await receiver.setSessionState({ step: 2 });
  expect(await receiver.getSessionState()).toEqual({ step: 2 });
  await receiver.close();
  const again = await client.acceptSession(queue, "app-1");
  expect(await again.getSessionState()).toEqual({ step: 2 });
});

it("an abandoned message is the next one again, before those behind it", async () => {
  const client = bus.client();
  await client.createSender(queue).sendMessages([1, 2, 3].map((body) => ({ body, sessionId: "s" })));
  const receiver = await client.acceptNextSession(queue);
  const [first] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 1000 });
  if (first) await receiver.abandonMessage(first);
  expect(await bodies(receiver, 3)).toEqual([1, 2, 3]);
});

it("a locked session is refused to others, by name and as the next one, until its receiver closes", async () => {
  const client = bus.client();
  await client.createSender(queue).sendMessages({ body: 1, sessionId: "s" });
  const holder = await client.acceptNextSession(queue);
  const other = bus.client("worker", PATIENCE);
  await expect(other.acceptSession(queue, "s")).rejects.toMatchObject({ code: "SessionCannotBeLocked" });
  await expect(other.acceptNextSession(queue)).rejects.toMatchObject({
    code: expect.stringMatching(/ServiceTimeout|SessionCannotBeLocked/),
  });
  await holder.close();
  const next = await other.acceptSession(queue, "s");
  expect(await bodies(next, 1)).toEqual([1]);
});

it("a receiver that waits for the next session gets it as soon as a message comes", async () => {
  const client = bus.client();
  const waiting = client.acceptNextSession(queue);
  const sender = client.createSender(queue);
  await sender.sendMessages({ body: "hi", sessionId: "new" });
  const receiver = await waiting;
  expect(receiver.sessionId).toBe("new");
  expect(await bodies(receiver, 1)).toEqual(["hi"]);
});

it("sessions run side by side, and each receiver sees only its own", async () => {
  const client = bus.client();
  const sender = client.createSender(queue);
  for (const body of [1, 2, 3, 4]) await sender.sendMessages({ body, sessionId: body % 2 === 0 ? "even" : "odd" });
  const [first, second] = [await client.acceptNextSession(queue), await client.acceptNextSession(queue)];
  expect([first.sessionId, second.sessionId]).toEqual(["odd", "even"]);
  expect(await bodies(second, 4)).toEqual([2, 4]);
  expect(await bodies(first, 4)).toEqual([1, 3]);
});

it("a session lock that ran out is lost with the messages in hand; a renewed one holds", async () => {
  const client = bus.client();
  await client.createSender(queue).sendMessages({ body: 1, sessionId: "s" });
  const receiver = await client.acceptSession(queue, "s", { maxAutoLockRenewalDurationInMs: 0 });
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 1000 });
  if (!message) throw new Error("no message");
  bus.context.clock.shift(20_000);
  await receiver.renewSessionLock();
  bus.context.clock.shift(20_000);
  await receiver.setSessionState("still mine");
  bus.context.clock.shift(31_000);
  await vi.waitUntil(() => receiver.isClosed);
  await expect(receiver.completeMessage(message)).rejects.toMatchObject({ code: "SessionLockLost" });
  const next = await bus.client().acceptNextSession(queue);
  const [again] = await next.receiveMessages(1, { maxWaitTimeInMs: 1000 });
  expect(again).toMatchObject({ body: 1, deliveryCount: 1 });
});

it("a message without a session and a receiver without one are refused", async () => {
  const client = bus.client("worker", PATIENCE);
  await expect(client.createSender(queue).sendMessages({ body: 1 })).rejects.toThrow(
    "The SessionId was not set on a message",
  );
  await expect(client.createReceiver(queue).receiveMessages(1, { maxWaitTimeInMs: 500 })).rejects.toThrow(
    "requires sessions",
  );
  await bus.put("queues/plain");
  await expect(client.acceptSession("plain", "s")).rejects.toThrow("does not require sessions");
});

it("a deferred message of a session is received and completed within it", async () => {
  const client = bus.client();
  await client.createSender(queue).sendMessages({ body: "later", sessionId: "s" });
  const receiver = await client.acceptNextSession(queue);
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 1000 });
  if (!message?.sequenceNumber) throw new Error("no message");
  await receiver.deferMessage(message);
  const [deferred] = await receiver.receiveDeferredMessages(message.sequenceNumber);
  if (!deferred) throw new Error("not found");
  expect(deferred.body).toBe("later");
  await receiver.completeMessage(deferred);
  expect(await receiver.peekMessages(1)).toEqual([]);
});
