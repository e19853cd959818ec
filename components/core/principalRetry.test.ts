import { expect, it } from "vitest";
import { record, testContext } from "../testing/index.ts";
import { principalRetry, retried, WAITS_MS, waitBeforeRetry } from "./principalRetry.ts";

const NOT_FOUND = 'Code="PrincipalNotFound" Message="Principal 8f1c does not exist in the directory 72f9."';

it("waits longer each time while the principal is unknown, and gives up after two minutes", () => {
  const waits = [];
  const errors: string[] = [];
  for (;;) {
    errors.unshift(NOT_FOUND);
    const wait = waitBeforeRetry(errors);
    if (wait === undefined) break;
    waits.push(wait);
  }
  expect(waits).toEqual([...WAITS_MS]);
  expect(waits.reduce((sum, each) => sum + each, 0)).toBe(120_000);
});

it.each([
  [NOT_FOUND],
  ["Principal 8f1c does not exist in the directory 72f9."],
  ["The provided principal ID [8f1c] was not found in the AAD tenant(s) [72f9] which are associated"],
])("%s is waited for", (error) => {
  expect(waitBeforeRetry([error])).toBe(2_000);
});

it.each([
  ['Code="RoleAssignmentExists" Message="The role assignment already exists."'],
  ['Code="AuthorizationFailed"'],
  [""],
])("%s is not", (error) => {
  expect(waitBeforeRetry([error, NOT_FOUND])).toBeUndefined(); // only the newest counts
});

it("there is no hook where nobody would call it, and no option without a hook", async () => {
  const made = await record(() => [principalRetry("retry"), retried(testContext("dev"))]);
  expect(made.result).toEqual([undefined, {}]);
});
