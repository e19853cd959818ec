import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceBusClient } from "@azure/service-bus";
import { expect, it } from "vitest";
import { SessionConsumer } from "./consumer.ts";

const log = { warn: () => undefined } as never;

/** A consumer of two slots over a broker whose answers the test gives. */
function consumerOf(acceptNextSession: () => Promise<unknown>): SessionConsumer {
  const client = { acceptNextSession } as unknown as ServiceBusClient;
  return new SessionConsumer({ client, queue: "jobs", slots: 2, handle: async () => "complete", log });
}

it("is alive while its slots come back, and not when one stays away", async () => {
  const consumer = consumerOf(() => new Promise(() => undefined));
  consumer.start();
  expect(consumer.isAlive()).toBe(true);
  expect(consumer.isAlive(Date.now() + 9 * 60_000)).toBe(true);
  expect(consumer.isAlive(Date.now() + 11 * 60_000)).toBe(false);
  await consumer.stop();
});

it("a session that takes long is work, not a hang", async () => {
  const working = Promise.withResolvers<unknown[]>();
  const receiver = { receiveMessages: () => working.promise, close: async () => undefined };
  const consumer = consumerOf(async () => receiver);
  consumer.start();
  await sleep(20);
  expect(consumer.isAlive(Date.now() + 60 * 60_000)).toBe(true);
  const stopped = consumer.stop();
  working.resolve([]);
  await stopped;
});

it.each([
  ["no session waits", { code: "ServiceTimeout" }, true],
  ["the broker refuses", { code: "UnauthorizedAccess" }, false],
])("when %s: %j", async (_, error, connected) => {
  const consumer = consumerOf(async () => {
    await sleep(5);
    throw error;
  });
  consumer.start();
  await sleep(50);
  expect([consumer.isConnected(), consumer.isConnected(Date.now() + 41_000)]).toEqual([connected, false]);
  await consumer.stop();
});
