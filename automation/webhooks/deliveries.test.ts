import { expect, it } from "vitest";
import { MemoryStore } from "../jobs/testing/memoryStore.ts";
import { createLogger } from "../logger.ts";
import { Redactor } from "../redact.ts";
import { Deliveries } from "./deliveries.ts";
import type { DeliveryWork } from "./documents.ts";

const WORK: DeliveryWork = { kind: "subscription", subscriptionId: "sub_1" };

function make(fails = 0) {
  const store = new MemoryStore();
  const clock = { now: Date.parse("2026-11-28T10:00:00Z") };
  const done: DeliveryWork[] = [];
  let left = fails;
  const work = async (each: DeliveryWork) => {
    if (left-- > 0) throw new Error("down");
    done.push(each);
  };
  const log = createLogger("test", "silent", new Redactor());
  const fresh = () => new Deliveries({ store, work, log, now: () => clock.now });
  return { store, clock, done, fresh, deliveries: fresh() };
}

it("a delivery is worked on once, also when it comes again; another source has ids of its own", async () => {
  const { deliveries, done } = make();
  expect(await deliveries.accept("github", "d1", WORK)).toBe(true);
  expect(await deliveries.accept("github", "d1", WORK)).toBe(false);
  expect(await deliveries.accept("stripe", "d1", WORK)).toBe(true);
  await deliveries.stop();
  expect(done).toEqual([WORK, WORK]);
  expect(await deliveries.sweep()).toBe(0);
});

it("what failed is tried again by whoever finds it a minute later, five times at most", async () => {
  const { deliveries, done, fresh, clock } = make(5);
  await deliveries.accept("github", "d1", WORK);
  await deliveries.stop();
  expect(await fresh().sweep()).toBe(0); // somebody may still work on it
  clock.now += 61_000;
  for (const found of [1, 1, 1, 1, 0]) expect(await fresh().sweep()).toBe(found);
  expect(done).toEqual([]);
});

it("what a process left when it died is done by another", async () => {
  const { deliveries, done, fresh, clock } = make(1);
  await deliveries.accept("github", "d1", WORK);
  await deliveries.stop();
  clock.now += 61_000;
  expect([await fresh().sweep(), done, await fresh().sweep()]).toEqual([1, [WORK], 0]);
});
