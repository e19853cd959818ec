import { expect, it } from "vitest";
import { monthlyCost, monthlyCostText } from "./monthlyCost.ts";

it.each([
  [{}, undefined],
  [{ unpricedParts: 2 }, undefined],
  [{ monthlyUsd: 0 }, { monthlyUsd: 0 }],
  [{ monthlyUsd: 11.505, unpricedParts: 0 }, { monthlyUsd: 11.505 }],
  [
    { monthlyUsd: 11.505, unpricedParts: 2 },
    { monthlyUsd: 11.505, unpricedParts: 2 },
  ],
])("of %j a view shows %j", (record, expected) => {
  expect(monthlyCost(record)).toEqual(expected);
});

it.each([
  [undefined, "10.21 USD a month"],
  [0, "10.21 USD a month"],
  [1, "10.21 USD a month, 1 part without a price"],
  [2, "10.21 USD a month, 2 parts without a price"],
])("with %s parts left out people read %s", (unpricedParts, expected) => {
  expect(monthlyCostText({ monthlyUsd: 10.206, unpricedParts })).toBe(expected);
});
