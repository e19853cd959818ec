import { expect, it } from "vitest";
import { argumentCheck, checkInteger, checkNames } from "./argument.ts";
import { ComponentError } from "./errors.ts";

const check = argumentCheck("Relay bus");
const rule = { pattern: /^[a-z]+$/, allowed: "letters", why: "Azure takes no others." };

it.each<[string, () => void, string]>([
  [
    "a name outside the pattern",
    () => checkNames(check, "names", ["a", "b1"], rule),
    "Relay bus: names is b1; allowed: letters. Azure takes no others.",
  ],
  [
    "a name twice",
    () => checkNames(check, "names", ["a", "a"], rule),
    "Relay bus: names is a twice; allowed: each name once. Azure takes no others.",
  ],
  [
    "a number below the bounds",
    () => checkInteger(check, "count", 0, { min: 1, max: 3, why: "So." }),
    "Relay bus: count is 0; allowed: a whole number from 1 to 3. So.",
  ],
  [
    "a number above the bounds",
    () => checkInteger(check, "count", 4, { min: 1, max: 3, why: "So." }),
    "Relay bus: count is 4; allowed: a whole number from 1 to 3. So.",
  ],
  [
    "half a number",
    () => checkInteger(check, "count", 1.5, { min: 1, max: 3, why: "So." }),
    "Relay bus: count is 1.5; allowed: a whole number from 1 to 3. So.",
  ],
])("%s is refused with the argument, what is allowed and why", (_, run, message) => {
  expect(run).toThrow(ComponentError);
  expect(run).toThrow(message);
});

it("what the rule allows passes", () => {
  expect(() => checkNames(check, "names", ["a", "b"], rule)).not.toThrow();
  expect(() => checkInteger(check, "count", 3, { min: 1, max: 3, why: "So." })).not.toThrow();
});
