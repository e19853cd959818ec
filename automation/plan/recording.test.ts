import { UNKNOWN } from "@devfactory/checks/index.ts";
import fc from "fast-check";
import { expect, it } from "vitest";
import { common } from "./recording.ts";

it("what two runs agree on stays, what they do not is unknown at its own place", () => {
  const one = {
    id: "/a/b",
    env: [
      { name: "ID", value: "1" },
      { name: "PORT", value: "80" },
    ],
  };
  const other = {
    id: "/a/b",
    env: [
      { name: "ID", value: "2" },
      { name: "PORT", value: "80" },
    ],
  };
  expect(common(one, other)).toEqual({
    id: "/a/b",
    env: [
      { name: "ID", value: UNKNOWN },
      { name: "PORT", value: "80" },
    ],
  });
});

it.each([
  ["lists of different length", [1], [1, 2]],
  ["objects with different keys", { a: 1 }, { b: 1 }],
  ["a list and an object", [], {}],
  ["null and an object", null, {}],
])("%s are unknown as a whole", (_, one, other) => {
  expect(common(one, other)).toBe(UNKNOWN);
});

it("any value agrees with itself, and the order of the runs does not matter", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      expect(common(one, one)).toEqual(one);
      expect(common(one, other)).toEqual(common(other, one));
    }),
  );
});
