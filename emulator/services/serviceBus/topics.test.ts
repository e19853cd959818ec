import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { messageCounts } from "./counts.ts";
import { BUS, type TestBus, testBus } from "./testBus.ts";

let bus: TestBus;

beforeAll(async () => {
  bus = await testBus();
});

afterAll(() => bus[Symbol.asyncDispose]());

async function bodies(topic: string, subscription: string): Promise<unknown[]> {
  const receiver = bus.client().createReceiver(topic, subscription, { receiveMode: "receiveAndDelete" });
  const messages = await receiver.receiveMessages(10, { maxWaitTimeInMs: 500 });
  await receiver.close();
  return messages.map(({ body }) => body);
}

it("each subscription gets what its rules let through; without rules of its own it gets all", async () => {
  await bus.put("topics/orders");
  for (const name of ["all", "sql", "label", "none"]) await bus.put(`topics/orders/subscriptions/${name}`);
  const rule = (subscription: string, properties: object) =>
    bus.put(`topics/orders/subscriptions/${subscription}/rules/$Default`, { ...properties });
  await rule("sql", { sqlFilter: { sqlExpression: "amount > 10 AND sys.Label LIKE 'new%'" } });
  await rule("label", { correlationFilter: { label: "new-order", properties: { color: "red" } } });
  await rule("none", { sqlFilter: { sqlExpression: "1=0" } });
  const sender = bus.client().createSender("orders");
  await sender.sendMessages([
    { body: 1, subject: "new-order", applicationProperties: { amount: 5, color: "red" } },
    { body: 2, subject: "new-order", applicationProperties: { amount: 20, color: "blue" } },
    { body: 3, subject: "old-order", applicationProperties: { amount: 30 } },
  ]);
  expect(await bodies("orders", "all")).toEqual([1, 2, 3]);
  expect(await bodies("orders", "sql")).toEqual([2]);
  expect(await bodies("orders", "label")).toEqual([1]);
  expect(await bodies("orders", "none")).toEqual([]);
  expect(bus.read("topics/orders")).toEqual({ subscriptionCount: 4 });
});

it("a subscription dead-letters like a queue", async () => {
  await bus.put("topics/t");
  await bus.put("topics/t/subscriptions/s", { maxDeliveryCount: 1 });
  const client = bus.client();
  await client.createSender("t").sendMessages({ body: "x" });
  const receiver = client.createReceiver("t", "s");
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 2000 });
  if (message) await receiver.abandonMessage(message);
  const letters = client.createReceiver("t", "s", { subQueueType: "deadLetter" });
  const [letter] = await letters.receiveMessages(1, { maxWaitTimeInMs: 2000 });
  expect(letter).toMatchObject({ body: "x", deadLetterSource: "t/Subscriptions/s" });
});

it("a queue that forwards hands its messages to the other one", async () => {
  await bus.put("queues/target");
  await bus.put("queues/front", { forwardTo: "target" });
  await bus.client().createSender("front").sendMessages({ body: 1 });
  await vi.waitUntil(() => messageCounts(bus.context, BUS, "target")?.active === 1);
  expect(messageCounts(bus.context, BUS, "front")).toMatchObject({ active: 0 });
});

it("a deleted entity takes its messages along", async () => {
  await bus.put("queues/gone");
  await bus.client().createSender("gone").sendMessages({ body: 1 });
  await bus.remove("queues/gone");
  await bus.put("queues/gone");
  expect(messageCounts(bus.context, BUS, "gone")).toMatchObject({ active: 0 });
});

it.each([
  { properties: { lockDuration: "PT6M" }, message: "at most 5 minutes" },
  { properties: { lockDuration: "1 minute" }, message: "not an ISO 8601 duration" },
  { properties: { maxDeliveryCount: 0 }, message: "1 to 2000" },
])("a queue with $properties is refused", async ({ properties, message }) => {
  await expect(bus.put("queues/wrong", properties)).rejects.toThrow(message);
});

it("what cannot be changed after creation is refused, and so are rules that make no sense", async () => {
  await bus.put("queues/fixed", { requiresSession: true });
  await expect(bus.put("queues/fixed", { requiresSession: false })).rejects.toThrow("cannot be changed");
  await expect(bus.put("topics/t/subscriptions/s/rules/r", { sqlFilter: { sqlExpression: "a = " } })).rejects.toThrow(
    "The filter is not valid",
  );
});
