import fc from "fast-check";
import { expect, it } from "vitest";
import { CosmosError } from "../errors.ts";
import { compile } from "./compile.ts";
import { parse } from "./parser.ts";
import { runPage } from "./run.ts";
import { canonical, compare, type Value } from "./value.ts";

const WORDS = (
  "SELECT VALUE * FROM c WHERE AND OR NOT IN BETWEEN LIKE ESCAPE ORDER GROUP BY TOP DISTINCT OFFSET LIMIT EXISTS ARRAY JOIN AS " +
  "1 -2.5 'text' @p c.a c['b'] ( ) [ ] { } , . : ? ?? || = != < + - * / COUNT LENGTH t true null undefined"
).split(" ");

it("whatever words follow each other, a query is answered or refused with 400, never anything else", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...WORDS), { maxLength: 14 }), (words) => {
      try {
        const environment = { slots: [], parameters: new Map(), aggregates: [], nowMs: 0 };
        const inputs = [{ key: 1, value: { a: 1, b: ["x"] } }];
        runPage(compile(parse(`SELECT ${words.join(" ")}`)), environment, inputs, 10, undefined);
      } catch (error) {
        expect(error).toBeInstanceOf(CosmosError);
        expect((error as CosmosError).status).toBe(400);
      }
    }),
    { numRuns: 3000 },
  );
});

it("any text that is no query is refused with 400", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => parse(text)).toThrow(expect.objectContaining({ status: 400 }));
    }),
  );
});

it("any text that stands in quotes or in a parameter comes out as it went in", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const environment = { slots: [], parameters: new Map([["@p", text]]), aggregates: [], nowMs: 0 };
      const query = `SELECT VALUE [${JSON.stringify(text)}, @p] FROM c`;
      const { items } = runPage(compile(parse(query)), environment, [{ key: 1, value: {} }], 10, undefined);
      expect(items).toEqual([[text, text]]);
    }),
  );
});

it("values have one order: antisymmetric, transitive, and equal only when equal", () => {
  const value = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Value>;
  fc.assert(
    fc.property(value, value, value, (a, b, c) => {
      expect(Math.sign(compare(a, b))).toBe(-Math.sign(compare(b, a)) + 0);
      if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
      if (canonical(a) === canonical(b)) expect(Math.abs(compare(a, b))).toBe(0);
    }),
  );
});

it("pages of any size add up to the whole, in the same order", () => {
  const documents = fc.array(
    fc.record({ n: fc.integer({ min: 0, max: 5 }), tags: fc.array(fc.constantFrom("a", "b"), { maxLength: 3 }) }),
    {
      maxLength: 12,
    },
  );
  const queries = fc.constantFrom(
    "SELECT VALUE c.n FROM c",
    "SELECT c.n, t FROM c JOIN t IN c.tags",
    "SELECT VALUE c.n FROM c ORDER BY c.n DESC",
    "SELECT c.n, t FROM c JOIN t IN c.tags ORDER BY t, c.n",
    "SELECT DISTINCT VALUE c.n FROM c",
    "SELECT c.n, COUNT(1) AS count FROM c GROUP BY c.n",
    "SELECT VALUE c.n FROM c OFFSET 2 LIMIT 5",
    "SELECT TOP 4 VALUE c.n FROM c ORDER BY c.n",
  );
  fc.assert(
    fc.property(documents, queries, fc.integer({ min: 1, max: 5 }), (all, query, size) => {
      const compiled = compile(parse(query));
      const inputs = all.map((value, key) => ({ key, value }));
      const environment = () => ({ slots: [], parameters: new Map(), aggregates: [], nowMs: 0 });
      const whole = runPage(compiled, environment(), inputs, 1000, undefined).items;
      const pages: Value[] = [];
      let page = runPage(compiled, environment(), inputs, size, undefined);
      pages.push(...page.items);
      while (page.resume) {
        page = runPage(
          compiled,
          environment(),
          inputs.filter(
            ({ key }) => compiled.query.orderBy || compiled.query.distinct || key >= (page.resume?.key ?? 0),
          ),
          size,
          page.resume,
        );
        pages.push(...page.items);
      }
      expect(pages).toEqual(whole);
    }),
  );
});
