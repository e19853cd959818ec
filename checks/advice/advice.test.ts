import { expect, it } from "vitest";
import { ADVICE, adviceFor, adviceOf } from "./index.ts";
import { cataloguePage } from "./page.ts";

it.each(ADVICE.map((each) => [each.id, each] as const))("%s: only its row fits its example", (id, { example }) => {
  expect(ADVICE.filter(({ pattern }) => pattern.test(example)).map((each) => each.id)).toEqual([id]);
});

it("ids differ, and every row tells cause, way out and source", () => {
  expect(ADVICE.length).toBe(72);
  expect(new Set(ADVICE.map(({ id }) => id)).size).toBe(ADVICE.length);
  for (const row of ADVICE) {
    expect(row.id).toMatch(/^[a-z]+(-[a-z]+)+$|^[a-z]+$/);
    // Whole sentences: they stand in errors, comments and pages as they are.
    expect([row.id, row.cause]).toEqual([row.id, expect.stringMatching(/^[A-Z].*\.$/s)]);
    expect([row.id, row.fix]).toEqual([row.id, expect.stringMatching(/^[A-Z`].*\.$/s)]);
    expect([row.id, row.source.length > 8]).toEqual([row.id, true]);
    expect([row.id, row.pattern.global]).toEqual([row.id, false]);
  }
});

it("a whole error of the engine is explained by what is inside", () => {
  const message = [
    "create web-app (azure-native:app:ContainerApp) failed",
    "Status=403 Code=\"AuthorizationFailed\" Message=\"The client 'a' with object id 'b' does not have authorization to perform action 'Microsoft.Authorization/roleAssignments/write' over scope\"",
  ].join("\n");
  expect(adviceFor(message)?.id).toBe("role-assignment-denied");
});

it.each(["error: update failed", "", "something else entirely"])("%j is not explained", (message) => {
  expect(adviceFor(message)).toBeUndefined();
});

it("a row is found by its id, and an unknown id is an error of ours", () => {
  expect(adviceOf("lock").pattern.test("ScopeLocked")).toBe(true);
  expect(() => adviceOf("nothing")).toThrow(new RangeError("no advice nothing"));
});

it("the page of the documentation is the catalogue", async () => {
  await expect(cataloguePage(ADVICE)).toMatchFileSnapshot("../../docs/errors.md");
});
