import { expect, it } from "vitest";
import { parseSqlFilter } from "./sqlFilter.ts";

const FIELDS = {
  system: { Label: "new", MessageId: "m-1" },
  user: { color: "red", amount: 12, "odd name": 1, ok: true, price: 2.5 },
};

it.each([
  ["1=1", true],
  ["1=0", false],
  ["color = 'red'", true],
  ["user.color <> 'red'", false],
  ["sys.label = 'new' AND amount >= 12", true],
  ["missing = 1", undefined],
  ["missing = 1 OR amount = 12", true],
  ["NOT missing = 1", undefined],
  ["missing IS NULL", true],
  ["color IS NOT NULL", true],
  ["EXISTS(color) AND NOT EXISTS(missing)", true],
  ["color IN ('blue', 'red')", true],
  ["color NOT IN ('blue')", true],
  ["color LIKE 'r_d'", true],
  ["color LIKE 'r%x'", false],
  ["'50%' LIKE '50!%' ESCAPE '!'", true],
  ["[odd name] = 1", true],
  ["amount * 2 + 1 = 25 AND -amount < 0", true],
  ["(amount - 2) / 5 = 2", true],
  ["amount % 5 = 2", true],
  ["ok = TRUE", true],
  ["ok", true],
  ["price > 2e0", true],
  ["color = 'it''s'", false],
  ["amount > 'a'", undefined],
])("%s is %s", (text, expected) => {
  expect(parseSqlFilter(text)(FIELDS)).toBe(expected);
});

it.each(["a =", "a = 1 b", "(a = 1", "a NOT 1", "a = #", ""])("%j is refused", (text) => {
  expect(() => parseSqlFilter(text)).toThrow(SyntaxError);
});
