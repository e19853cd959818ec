import fc from "fast-check";
import { expect, it } from "vitest";
import type { ContainerSize, Cpu } from "./units.ts";
import { containerSize, vcpus } from "./units.ts";

it.each<[Cpu, ContainerSize]>([
  [0.25, { cpu: 0.25, memory: "0.5Gi" }],
  ["0.25 vCPU", { cpu: 0.25, memory: "0.5Gi" }],
  ["2 vCPU", { cpu: 2, memory: "4Gi" }],
  [4, { cpu: 4, memory: "8Gi" }],
])("%j is a size of the Consumption plan", (cpu, size) => {
  expect(containerSize(cpu)).toEqual(size);
});

it.each<[unknown, string]>([
  [0.3, "0.3 vCPU is no size of the Consumption plan; the nearest are 0.25 and 0.5."],
  ["0.3 vCPU", "0.3 vCPU is no size of the Consumption plan; the nearest are 0.25 and 0.5."],
  [9, "9 vCPU is no size of the Consumption plan; the nearest are 4."],
  ["a half", "a half vCPU is no size of the Consumption plan; the nearest are 0.25 and 4."],
])("%j is refused with what is near", (cpu, message) => {
  expect(() => containerSize(cpu as Cpu)).toThrow(message);
});

it("a text with its unit is the number that it holds; other units are none", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), (hundredths) => {
      const number = hundredths / 100;
      expect(vcpus(`${number} vCPU`)).toBe(number);
      expect(vcpus(`${number} GB` as Cpu)).toBe(Number.NaN);
    }),
  );
});
