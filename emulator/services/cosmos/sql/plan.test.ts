import { expect, it } from "vitest";
import { compile } from "./compile.ts";
import { parse } from "./parser.ts";
import { needsPlan, planQuery } from "./plan.ts";
import { pushdown } from "./pushdown.ts";

const plan = (query: string) => planQuery(compile(parse(query)), new Map([["@n", 5]])).queryInfo;

it.each([
  ["SELECT * FROM c WHERE c.a = 1", false],
  ["SELECT c.a FROM c JOIN t IN c.tags", false],
  ["SELECT * FROM c ORDER BY c.a", true],
  ["SELECT TOP 1 * FROM c", true],
  ["SELECT DISTINCT c.a FROM c", true],
  ["SELECT VALUE COUNT(1) FROM c", true],
  ["SELECT c.a FROM c GROUP BY c.a", true],
  ["SELECT * FROM c OFFSET 0 LIMIT 1", true],
])("%s needs a plan: %s", (query, expected) => {
  expect(needsPlan(compile(parse(query)))).toBe(expected);
});

it.each([
  [
    "SELECT * FROM c WHERE c.a = 1 OR c.b ORDER BY c.n DESC, c.m",
    'SELECT c._rid, [{"item": c.n}, {"item": c.m}] AS orderByItems, c AS payload FROM c ' +
      "WHERE (c.a = 1 OR c.b) AND ({documentdb-formattableorderbyquery-filter}) ORDER BY c.n DESC, c.m ASC",
  ],
  [
    "SELECT TOP @n x.id, x.n AS m FROM x ORDER BY x.n",
    'SELECT TOP 5 x._rid, [{"item": x.n}] AS orderByItems, {"id": x.id, "m": x.n} AS payload FROM x ' +
      "WHERE true AND ({documentdb-formattableorderbyquery-filter}) ORDER BY x.n ASC",
  ],
  ["SELECT * FROM c OFFSET 3 LIMIT 4", "SELECT * FROM c OFFSET 0 LIMIT 7"],
  ["SELECT DISTINCT VALUE c.a FROM c OFFSET 3 LIMIT 4", "SELECT DISTINCT VALUE c.a FROM c"],
  [
    "SELECT VALUE AVG(c.n) FROM c WHERE c.a",
    'SELECT VALUE [{"item": {"sum": SUM(c.n), "count": COUNT(c.n)}}] FROM c WHERE (c.a)',
  ],
  ["SELECT VALUE MIN(c.n) FROM c", 'SELECT VALUE [{"item": {"min": MIN(c.n), "count": COUNT(c.n)}}] FROM c'],
  [
    "SELECT c.t, COUNT(1) AS n FROM c GROUP BY c.t",
    'SELECT [{"item": c.t}] AS groupByItems, {"t": c.t, "n": {"item": COUNT(1)}} AS payload FROM c GROUP BY c.t',
  ],
])("%s is rewritten for one range", (query, expected) => {
  expect(plan(query).rewrittenQuery).toBe(expected);
  expect(() => compile(parse(expected.replace("{documentdb-formattableorderbyquery-filter}", "true")))).not.toThrow(
    Error,
  );
});

it("the plan names what the client has to merge", () => {
  expect(plan("SELECT c.t, COUNT(1) AS n, MAX(c.x) AS m FROM c GROUP BY c.t")).toMatchObject({
    aggregates: [],
    groupByAliases: ["t", "n", "m"],
    groupByAliasToAggregateType: { t: null, n: "Count", m: "Max" },
    groupByExpressions: ["c.t"],
    hasSelectValue: false,
  });
  expect(plan("SELECT DISTINCT VALUE c.a FROM c ORDER BY c.a DESC OFFSET 1 LIMIT @n")).toMatchObject({
    distinctType: "Ordered",
    orderBy: ["Descending"],
    orderByExpressions: ["c.a"],
    offset: 1,
    limit: 5,
    top: null,
    hasSelectValue: true,
  });
});

it.each([
  "SELECT VALUE SUM(c.a) / 2 FROM c",
  "SELECT c.a, {n: COUNT(1)} AS o FROM c GROUP BY c.a",
  "SELECT DISTINCT COUNT(1) AS n FROM c",
  "SELECT TOP @missing * FROM c",
])("%s cannot be planned", (query) => {
  expect(() => plan(query)).toThrow(expect.objectContaining({ status: 400 }));
});

it("equalities at the top of WHERE go to the store, others do not", () => {
  const found = pushdown(
    parse(
      "SELECT * FROM c WHERE c.pk = @pk AND 'x' = c.id AND c.a.b = 5 AND c.s = 'it\\'s' AND (c.d = 1 OR c.e = 2) AND c.f > 1",
    ).valueOf() as never,
    new Map([["@pk", "k"]]),
    [["pk"]],
  );
  expect(found).toEqual({
    key: ["k"],
    id: "x",
    filters: [
      { path: ["a", "b"], value: 5 },
      { path: ["s"], value: "it's" },
    ],
  });
  const none = pushdown(parse("SELECT * FROM t IN c.tags WHERE t.pk = 'k'"), new Map(), [["pk"]]);
  expect(none).toEqual({ key: undefined, id: undefined, filters: [] });
});
