import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { resolved } from "../testing/index.ts";
import { applyTransform, checkTransform, mapInput } from "./transform.ts";
import { containerSize } from "./units.ts";

it.each([
  ["nothing", undefined, { a: 1, b: 2 }],
  ["a partial object", { b: 3 }, { a: 1, b: 3 }],
  ["a function", (args: { a: number; b: number }) => ({ ...args, a: args.a + 1 }), { a: 2, b: 2 }],
])("%s is laid over the arguments", (_, transform, expected) => {
  expect(applyTransform({ a: 1, b: 2 }, transform)).toEqual(expected);
});

it("a nested argument is changed at once where it is plain, and once it is known where it is an output", async () => {
  const add = (list: readonly number[] | undefined) => [...(list ?? []), 2];
  expect([mapInput([1], add), mapInput(undefined, add)]).toEqual([[1, 2], [2]]);
  const later = [mapInput(pulumi.output([1]), add), mapInput(Promise.resolve([1]), add)];
  expect(later.map((each) => pulumi.Output.isInstance(each))).toEqual([true, true]);
  expect(await Promise.all(later.map(resolved))).toEqual([
    [1, 2],
    [1, 2],
  ]);
});

it("a key that names no child is an error that lists the children", () => {
  const slots = ["account", "container-*"];
  checkTransform("StorageAccount files", slots, { account: {}, "container-logs": {} });
  expect(() => checkTransform("StorageAccount files", slots, { acount: {} })).toThrow(
    "StorageAccount files has no child acount; there are: account, container-*.",
  );
});

it.each([
  [0.25, "0.5Gi"],
  [0.75, "1.5Gi"],
  [4, "8Gi"],
])("%f vCPU come with %s", (cpu, memory) => {
  expect(containerSize(cpu)).toEqual({ cpu, memory });
});

it.each([
  [0.3, "0.25 and 0.5"],
  [0, "0.25"],
  [4.25, "4"],
])("%f vCPU is refused with the nearest sizes %s", (cpu, nearest) => {
  expect(() => containerSize(cpu)).toThrow(
    `${cpu} vCPU is no size of the Consumption plan; the nearest are ${nearest}.`,
  );
});
