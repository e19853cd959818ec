import { expect, it } from "vitest";
import type { DiffResult } from "../plugins/provider.ts";
import { compareInputs, judge } from "./diff.ts";
import { makeSecret } from "./values.ts";

const some = (fields: Partial<DiffResult>): DiffResult => ({
  changes: "some",
  replaceKeys: [],
  changedKeys: [],
  stableKeys: [],
  deleteBeforeReplace: false,
  detailed: undefined,
  ...fields,
});

it("compares inputs by key, without secret marks", () => {
  expect(compareInputs({ a: 1, b: 1, s: "x" }, { b: 2, c: 3, s: makeSecret("x") }).detailed).toEqual({
    a: { kind: "delete", inputDiff: true },
    b: { kind: "update", inputDiff: true },
    c: { kind: "add", inputDiff: true },
  });
  expect(compareInputs({ a: 1 }, { a: 1 }).changes).toBe("none");
});

it("replaces when a changed path lies under replaceOnChanges", () => {
  const detailed = {
    "list[0].n": { kind: "update", inputDiff: true },
    other: { kind: "add", inputDiff: true },
  } as const;
  const verdict = judge(some({ detailed }), ["list[*]"], false);
  expect(verdict.replaceKeys).toEqual(["list"]);
  expect(verdict.detailed?.["list[0].n"]?.kind).toBe("update-replace");
  expect(judge(some({ changedKeys: ["a"] }), ["b"], false).replaceKeys).toEqual([]);
});

it("takes a detailed replace for a replace", () => {
  expect(
    judge(some({ detailed: { "a.b": { kind: "add-replace", inputDiff: false } } }), [], false).replaceKeys,
  ).toEqual(["a"]);
});

it("updates what failed to initialise, or replaces it when asked", () => {
  const none = some({ changes: "none" });
  expect(judge(none, [], true)).toMatchObject({ changed: true, replaceKeys: [] });
  expect(judge(none, ["#initerror"], true).replaceKeys).toEqual(["#initerror"]);
});
