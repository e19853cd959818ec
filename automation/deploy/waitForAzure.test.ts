import { expect, it } from "vitest";
import { allBusy, busyOf, Patience, type Problem, StillBusy } from "./waitForAzure.ts";

it.each([
  ['Status=429 Code="TooManyRequests" Message="x"', { reason: "TooManyRequests" }],
  ["RESPONSE 503: 503 Service Unavailable\nERROR CODE: ServiceUnavailable", { reason: "ServiceUnavailable" }],
  ['Status=409 Code="ContainerAppOperationInProgress" Message="x"', { reason: "ContainerAppOperationInProgress" }],
  ['Status=400 Code="PrincipalNotFound" Message="x"', { reason: "PrincipalNotFound" }],
  ["RESPONSE 429: 429\nERROR CODE UNAVAILABLE", { reason: "429" }],
  ['Status=429 Code="X" Message="Please try again after \'17\' seconds."', { reason: "X", retryAfterSeconds: 17 }],
  ['Status=429 Code="X" Message="Please try again after 5 minutes."', { reason: "X", retryAfterSeconds: 300 }],
  ['Status=503 Code="X" Retry-After: 3', { reason: "X", retryAfterSeconds: 3 }],
  ['Status=409 Code="Conflict" Message="x"', undefined],
  ['Status=403 Code="AuthorizationFailed" Message="status 429"', undefined],
  ["the program said TooManyRequests", undefined],
])("%s", (message, busy) => {
  expect(busyOf(message)).toEqual(busy);
});

const BUSY: Problem = { urn: "a", message: 'Status=429 Code="A" Message="try again after 2 seconds"' };
const BUSIER: Problem = { urn: "b", message: 'Status=429 Code="B" Message="try again after 9 seconds"' };

it("patience helps only when every error is of the kind, and the longest wait counts", () => {
  expect(allBusy([BUSY, BUSIER, { message: "update failed" }])?.reason).toBe("B");
  expect(allBusy([BUSY, { urn: "c", message: 'Status=403 Code="AuthorizationFailed"' }])).toBeUndefined();
  expect(allBusy([{ message: "update failed" }])).toBeUndefined();
});

/** Operations that fail with these problems, one after the other, and then go through. */
async function run(fails: readonly (readonly Problem[])[], budgetMs: number) {
  const problems: Problem[] = [];
  const slept: number[] = [];
  const left = [...fails];
  const patience = new Patience({
    budgetMs,
    signal: new AbortController().signal,
    tell: () => {},
    random: () => 1,
    sleep: async (ms) => void slept.push(ms),
  });
  const result = await patience
    .run(async () => {
      const next = left.shift();
      if (!next) return "done";
      problems.push(...next);
      throw new Error("failed");
    }, problems)
    .catch((error: Error) => error);
  return { result, slept };
}

it("waits as long as Azure says, else longer each time up to a minute", async () => {
  expect(await run([[BUSY], [BUSIER]], 600_000)).toEqual({ result: "done", slept: [2_000, 9_000] });
  const silent: Problem = { urn: "a", message: "RESPONSE 503: 503" };
  const many = Array.from({ length: 6 }, () => [silent]);
  expect((await run(many, 600_000)).slept).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
});

it("ends when the budget would be passed", async () => {
  const { result, slept } = await run([[BUSIER], [BUSIER], [BUSIER]], 20_000);
  expect([result instanceof StillBusy, String(result), slept]).toEqual([
    true,
    "StillBusy: Azure still answers B after 18 s of waiting",
    [9_000, 9_000],
  ]);
});

it("an error of another kind is the error, at once", async () => {
  const { result, slept } = await run([[{ urn: "a", message: 'Status=400 Code="BadRequest"' }]], 600_000);
  expect([String(result), slept]).toEqual(["Error: failed", []]);
});
