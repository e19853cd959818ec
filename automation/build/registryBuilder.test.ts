import { expect, it } from "vitest";
import { buildSize } from "./registryBuilder.ts";

it.each([
  [
    { cpu: 2, memoryGib: 4 },
    { cpu: 2, memoryGib: 4 },
  ],
  [
    { cpu: 1, memoryGib: 4 },
    { cpu: 2, memoryGib: 4 },
  ],
  [
    { cpu: 4, memoryGib: 1 },
    { cpu: 4, memoryGib: 8 },
  ],
  [
    { cpu: 1, memoryGib: 3 },
    { cpu: 2, memoryGib: 4 },
  ],
  [
    { cpu: 2, memoryGib: 16 },
    { cpu: 4, memoryGib: 8 },
  ],
])("who wants at least %j gets %j", (least, size) => {
  expect(buildSize(least)).toEqual(size);
});
