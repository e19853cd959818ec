import { describe, expect, it } from "vitest";
import { coversPath, formatPath, parsePath, resetPaths } from "./propertyPath.ts";
import { makeSecret } from "./values.ts";

describe("parsePath", () => {
  it.each([
    ["a", ["a"]],
    ["a.b[0].c", ["a", "b", 0, "c"]],
    ['a["b.c"].d', ["a", "b.c", "d"]],
    ["list[*].n", ["list", "*", "n"]],
    ['["root key"][1]', ["root key", 1]],
  ] as const)("reads %s", (text, path) => expect(parsePath(text)).toEqual(path));

  it("refuses an open bracket", () => expect(() => parsePath("a[0")).toThrow('malformed property path "a[0" at 1'));

  it("is undone by formatPath", () => {
    for (const text of ["a.b[0].c", 'a["b.c"].d', "x[*]"])
      expect(parsePath(formatPath(parsePath(text)))).toEqual(parsePath(text));
  });
});

it("covers what stands below a pattern", () => {
  expect(coversPath(["a", "*"], ["a", 3, "b"])).toBe(true);
  expect(coversPath(["a", "b"], ["a"])).toBe(false);
});

describe("resetPaths", () => {
  it.each([
    { paths: ["a"], olds: { a: 1 }, news: { a: 2, b: 3 }, result: { a: 1, b: 3 } },
    { paths: ["a"], olds: {}, news: { a: 2 }, result: {} },
    { paths: ["a.b"], olds: { a: { b: 1, c: 1 } }, news: { a: { b: 2, c: 2 } }, result: { a: { b: 1, c: 2 } } },
    { paths: ["l[1]"], olds: { l: [1, 2] }, news: { l: [3, 4] }, result: { l: [3, 2] } },
    {
      paths: ["l[*].x"],
      olds: { l: [{ x: 1 }] },
      news: { l: [{ x: 2, y: 2 }, { x: 9 }] },
      result: { l: [{ x: 1, y: 2 }, {}] },
    },
    { paths: ["m.*"], olds: { m: { a: 1 } }, news: { m: { a: 2, b: 2 } }, result: { m: { a: 1 } } },
    { paths: ["gone.deep"], olds: {}, news: { a: 1 }, result: { a: 1 } },
  ])("puts back $paths", ({ paths, olds, news, result }) => expect(resetPaths(news, olds, paths)).toEqual(result));

  it("looks through secrets, and keeps them secret", () => {
    expect(resetPaths({ s: makeSecret({ a: 2, b: 2 }) }, { s: { a: 1 } }, ["s.a"])).toEqual({
      s: makeSecret({ a: 1, b: 2 }),
    });
  });

  it("says which path has lost its container", () => {
    expect(() => resetPaths({ a: 1 }, { b: { c: 1 } }, ["b.c"])).toThrow(
      'one or more elements of the path are missing: "b.c"',
    );
  });
});
