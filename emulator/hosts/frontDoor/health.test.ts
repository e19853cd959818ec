import { expect, it } from "vitest";
import { chooseOrigin, OriginHealth } from "./health.ts";

const WINDOW = { sampleSize: 4, successesNeeded: 3 };
const origin = (id: string, priority: number, weight = 1000) => ({ id, hostHeader: id, priority, weight });

it.each<[string, readonly boolean[], boolean]>([
  ["none yet", [], true],
  ["one of one failed", [false], true],
  ["two of two failed", [false, false], false],
  ["two of four failed", [false, true, true, false], false],
  ["one of the last four failed", [false, false, false, true, true, true, false].slice(2), true],
  ["what failed before the last four counts no more", [false, false, true, true, true, true], true],
])("samples, %s: healthy %s", (_, samples, healthy) => {
  const health = new OriginHealth();
  for (const sample of samples) health.sample(origin("a", 1), WINDOW, sample);
  expect(health.isHealthy(origin("a", 1), WINDOW)).toBe(healthy);
});

it("one where nothing listens is unhealthy at once, and well again after three good samples", () => {
  const health = new OriginHealth();
  const seen = [];
  health.lost(origin("a", 1), WINDOW);
  for (let samples = 0; samples <= 3; samples++) {
    seen.push(health.isHealthy(origin("a", 1), WINDOW));
    health.sample(origin("a", 1), WINDOW, true);
  }
  expect(seen).toEqual([false, false, false, true]);
});

const [first, second, third] = [origin("first", 1), origin("second", 2, 100), origin("third", 2, 300)];
it.each([
  ["the lowest priority", [second, first], [], 0.5, "first"],
  ["the next when that is not healthy", [first, second], ["first"], 0.5, "second"],
  ["among equals by weight, the low end", [second, third], [], 0.24, "second"],
  ["among equals by weight, the high end", [second, third], [], 0.26, "third"],
  ["all when none is healthy", [first, second], ["first", "second"], 0.5, "first"],
  ["none of none", [], [], 0.5, undefined],
] as const)("a request goes to %s", (_, origins, unhealthy: readonly string[], point, id) => {
  expect(chooseOrigin(origins, (each) => !unhealthy.includes(each.id), point)?.id).toBe(id);
});
