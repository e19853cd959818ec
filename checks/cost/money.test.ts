import { expect, it } from "vitest";
import { fromDecimal, rawCost, roundRaw, toBillionths, toDecimal, toUsd } from "./money.ts";

it.each([
  [0.1 + 0.2, "0.3"],
  [7_884_000_000.5, "7884000000.5"],
  [1e-9, "0.000000001"],
  [4e-10, "0"],
])("%d is %s in billionths", (quantity, decimal) => {
  expect(toDecimal(toBillionths(quantity))).toBe(decimal);
});

it("price times quantity is exact and rounded once, half up", () => {
  const nano = (quantity: number, price: number) => toDecimal(roundRaw(rawCost(toBillionths(quantity), price)));
  expect([nano(2_628_000, 0.000003), nano(1, 0.0000000005), nano(1, 0.000000000499)]).toEqual([
    "7.884",
    "0.000000001",
    "0",
  ]);
});

it.each([
  ["0.005", "0.01"],
  ["0.004999999", "0.00"],
  ["-0.004", "0.00"],
  ["-1.005", "-1.01"],
  ["1234.5", "1234.50"],
])("%s is printed as %s", (decimal, usd) => {
  expect(toUsd(decimal)).toBe(usd);
});

it("what is no decimal is refused", () => {
  expect(() => fromDecimal("1e3")).toThrow(new RangeError("not an amount: 1e3"));
});
