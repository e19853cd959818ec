import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { BUS, type TestBus, testBus } from "./testBus.ts";

let bus: TestBus;
const QUICK = { retryOptions: { maxRetries: 0, timeoutInMs: 3000 } };

beforeAll(async () => {
  bus = await testBus();
  await bus.put("queues/a");
  await bus.put("queues/b");
  bus.context.grant("sender", "Microsoft.ServiceBus/namespaces/messages/send/action", `${BUS}/queues/a`);
  bus.context.grant("receiver", "Microsoft.ServiceBus/namespaces/messages/receive/action", `${BUS}/queues/a`);
});

afterAll(() => bus[Symbol.asyncDispose]());

it("the right to send lets one send to this queue, not to another, and not receive", async () => {
  const client = bus.client("sender", QUICK);
  await client.createSender("a").sendMessages({ body: 1 });
  await expect(client.createSender("b").sendMessages({ body: 1 })).rejects.toMatchObject({
    code: "UnauthorizedAccess",
  });
  await expect(client.createReceiver("a").receiveMessages(1, { maxWaitTimeInMs: 500 })).rejects.toMatchObject({
    code: "UnauthorizedAccess",
  });
  await expect(client.createReceiver("a").peekMessages(1)).rejects.toMatchObject({ code: "UnauthorizedAccess" });
});

it("the right to receive lets one receive and not send or schedule", async () => {
  const client = bus.client("receiver", QUICK);
  expect(await client.createReceiver("a").receiveMessages(1, { maxWaitTimeInMs: 1000 })).toHaveLength(1);
  await expect(client.createSender("a").sendMessages({ body: 1 })).rejects.toMatchObject({
    code: "UnauthorizedAccess",
  });
  const at = new Date(bus.context.clock.now() + 1000);
  await expect(client.createSender("a").scheduleMessages({ body: 1 }, at)).rejects.toMatchObject({
    code: "UnauthorizedAccess",
  });
});

it("an unknown entity is not found, a disabled one refuses", async () => {
  const client = bus.client("worker", QUICK);
  await expect(client.createSender("nowhere").sendMessages({ body: 1 })).rejects.toMatchObject({
    code: "MessagingEntityNotFound",
  });
  await bus.put("queues/off", { status: "SendDisabled" });
  await expect(client.createSender("off").sendMessages({ body: 1 })).rejects.toMatchObject({
    code: "MessagingEntityDisabled",
  });
});

it("a token for another service is refused", async () => {
  const wrong = bus.context.credential("worker");
  const credential = { getToken: () => wrong.getToken("https://vault.azure.net/.default") };
  const { ServiceBusClient } = await import("@azure/service-bus");
  const client = new ServiceBusClient(`localhost:${bus.port}`, credential, QUICK);
  await expect(client.createSender("a").sendMessages({ body: 1 })).rejects.toMatchObject({
    code: "UnauthorizedAccess",
  });
  await client.close();
});

it("a message above the tier's limit is refused", async () => {
  const sender = bus.client("worker", QUICK).createSender("a");
  await expect(sender.sendMessages({ body: "x".repeat(300_000) })).rejects.toMatchObject({
    code: "MessageSizeExceeded",
  });
});

it("a link is detached when its token has expired", async () => {
  const client = bus.client("worker", QUICK);
  const receiver = client.createReceiver("b");
  const error = Promise.withResolvers<unknown>();
  const processError = async (args: { readonly error: unknown }) => error.resolve(args.error);
  receiver.subscribe({ processMessage: async () => {}, processError });
  await client.createSender("b").sendMessages({ body: 1 });
  const left = () =>
    Number((bus.read("queues/b")?.countDetails as { activeMessageCount?: number })?.activeMessageCount);
  await vi.waitFor(() => expect(left()).toBe(0)); // settled: else its lock runs out, too
  bus.context.clock.shift(3_700_000);
  expect(await error.promise).toMatchObject({ code: "UnauthorizedAccess" });
});
