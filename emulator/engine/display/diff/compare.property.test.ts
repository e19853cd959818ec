import fc from "fast-check";
import { expect, it } from "vitest";
import type { PropertyMap, Value } from "../../deploy/values.ts";
import { compareProperties } from "./change.ts";
import { compareLines } from "./textLines.ts";

const values = fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Value>);
const lines = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 });

it("finds nothing between equal bags, and something whenever a key comes or goes", () => {
  fc.assert(
    fc.property(values, (bag: PropertyMap) => {
      expect(compareProperties(bag, structuredClone(bag)).entries.size).toBe(0);
      const grown = compareProperties(bag, { ...bag, added: 1 });
      expect([...grown.entries.keys()]).toEqual(["added"]);
    }),
  );
});

it("keeps every line of both texts, in order", () => {
  fc.assert(
    fc.property(lines, lines, (olds, news) => {
      const compared = compareLines(olds.join("\n"), news.join("\n"));
      const side = (other: string) => compared.filter(({ kind }) => kind !== other).map(({ text }) => text);
      expect(side("add").join("\n")).toBe(olds.join("\n"));
      expect(side("delete").join("\n")).toBe(news.join("\n"));
    }),
  );
});
