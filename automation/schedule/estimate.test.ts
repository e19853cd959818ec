import fc from "fast-check";
import { expect, it } from "vitest";
import { estimateWait } from "./estimate.ts";

it.each([
  ["nothing before it, a slot in hand", { inApp: 0, lanes: 5 }, 0],
  ["one job of its app that runs for 20 s", { inApp: 1, runningSeconds: 20, lanes: 5 }, 40],
  ["one that runs longer than usual", { inApp: 1, runningSeconds: 500, lanes: 5 }, 0],
  ["two of its app, none started", { inApp: 2, lanes: 5 }, 120],
  ["the next free slot", { inApp: 0, forSlots: 0, lanes: 5 }, 30],
  ["four before it on five slots: the same row", { inApp: 0, forSlots: 4, lanes: 5 }, 30],
  ["five before it on five slots: one job more", { inApp: 0, forSlots: 5, lanes: 5 }, 90],
  ["slots and its own app", { inApp: 1, forSlots: 5, lanes: 5 }, 150],
])("%s", (_, ahead, seconds) => expect(estimateWait({ medianSeconds: 60, ...ahead })).toBe(seconds));

it("more before it is never a shorter wait, and no wait is negative", () => {
  const ahead = fc.record({
    medianSeconds: fc.integer({ min: 0, max: 3_600 }),
    inApp: fc.nat(100),
    runningSeconds: fc.nat(10_000),
    forSlots: fc.nat(1_000),
    lanes: fc.integer({ min: 0, max: 100 }),
  });
  fc.assert(
    fc.property(ahead, (given) => {
      const wait = estimateWait(given);
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(estimateWait({ ...given, inApp: given.inApp + 1 })).toBeGreaterThanOrEqual(wait);
      expect(estimateWait({ ...given, forSlots: given.forSlots + 1 })).toBeGreaterThanOrEqual(wait);
      expect(estimateWait({ ...given, lanes: given.lanes + 1 })).toBeLessThanOrEqual(wait);
    }),
  );
});
