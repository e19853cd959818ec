import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestBus, testBus } from "./testBus.ts";

let bus: TestBus;

beforeAll(async () => {
  bus = await testBus();
  setDefaultCACertificates([...getCACertificates(), bus.context.certificates.ca]);
});

afterAll(() => bus[Symbol.asyncDispose]());

it("a message is received as it was sent, and is gone once completed", async () => {
  await bus.put("queues/simple");
  const client = bus.client();
  const body = { text: "hello", list: [1, 2.5, null] };
  const applicationProperties = { kind: "greeting", big: 2 ** 40, yes: true };
  await client
    .createSender("simple")
    .sendMessages({ body, applicationProperties, subject: "s", correlationId: "c", messageId: "m-1" });
  const receiver = client.createReceiver("simple");
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 5000 });
  expect(message).toMatchObject({
    body,
    applicationProperties,
    subject: "s",
    correlationId: "c",
    messageId: "m-1",
    deliveryCount: 0,
    state: "active",
  });
  if (message) await receiver.completeMessage(message);
  expect(await receiver.receiveMessages(1, { maxWaitTimeInMs: 200 })).toEqual([]);
});

it("a session hands its messages to one receiver in the order they were sent, and keeps its state", async () => {
  await bus.put("queues/jobs", { requiresSession: true });
  const client = bus.client();
  const sender = client.createSender("jobs");
  for (const body of [1, 2, 3]) await sender.sendMessages({ body, sessionId: "app-1" });
  const receiver = await client.acceptNextSession("jobs");
  expect(receiver.sessionId).toBe("app-1");
  const received = await receiver.receiveMessages(3, { maxWaitTimeInMs: 2000 });
  expect(received.map(({ body }) => body)).toEqual([1, 2, 3]);
  await expect(client.acceptSession("jobs", "app-1")).rejects.toMatchObject({ code: "SessionCannotBeLocked" });
  await receiver.setSessionState({ step: 2 });
  expect(await receiver.getSessionState()).toEqual({ step: 2 });
  for (const message of received) await receiver.completeMessage(message);
  await receiver.close();
});
