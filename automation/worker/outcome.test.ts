import { expect, it } from "vitest";
import { AutomationError, toErrorRecord } from "../errors.ts";
import type { CancelRecord, JobDocument } from "../jobs/documents.ts";
import { type Ending, recover, settle } from "./outcome.ts";

const RULES = { maxAttempts: 3, random: () => 1, now: () => 0 };
const ASKED: CancelRecord = { requestedAt: "2026-01-01T00:00:00Z", by: "u" };
const job = (state: JobDocument["state"], cancel?: CancelRecord) =>
  ({ jobId: "j", state, attempts: 1, steps: [], ...(cancel && { cancel }) }) as unknown as JobDocument;
const failed = (code: "CANCELLED" | "DEPLOY_FAILED" | "SHUTTING_DOWN"): Ending => ({
  kind: "error",
  error: toErrorRecord(new AutomationError(code, { reason: "Azure said no" })),
});
const STOPPED = "Stopped. What exists stays until you deploy again or destroy it.";

it.each([
  ["it was done before", { kind: "done" }, ["succeed"], "raced-succeeded", "It was already done: everything is there."],
  ["it stopped", failed("CANCELLED"), ["cancel"], "confirmed", STOPPED],
  ["its worker stopped too", failed("SHUTTING_DOWN"), ["cancel"], "confirmed", STOPPED],
  ["it would have asked", { kind: "waiting", questions: ["Which?"] }, ["cancel"], "confirmed", STOPPED],
] as const)("a cancelled job: %s", (_, ending, moves, outcome, message) => {
  const change = settle(job("cancelling", ASKED), ending, RULES);
  expect([change.moves, change.job?.cancel]).toEqual([moves, { ...ASKED, outcome, message }]);
});

it("a cancelled job that had failed before tells the failure and its way out", () => {
  const { moves, job: after } = settle(job("cancelling", ASKED), failed("DEPLOY_FAILED"), RULES);
  expect([moves, after?.cancel?.outcome, after?.error?.code]).toEqual([["fail"], "raced-failed", "DEPLOY_FAILED"]);
  expect(after?.cancel?.message).toMatch(/^It had failed before: Azure said no .+/);
});

it.each(["raced-deleted", "still-pending"] as const)("what the stock-taking found stays: %s", (outcome) => {
  const found = { ...ASKED, outcome, message: "as found" };
  const settled = settle(job("cancelling", found), failed("CANCELLED"), RULES);
  expect([settled.job, settled.events]).toEqual([
    { cancel: found },
    [{ type: "cancelled", level: "warning", message: "as found", data: { outcome } }],
  ]);
  const recovered = recover(job("recovering", found), [], RULES);
  expect([recovered?.moves, recovered?.job]).toEqual([["cancel"], { cancel: found }]);
});

it("a job that was to stop when its worker died is not run again", () => {
  expect(recover(job("cancelling", ASKED), [], RULES)).toMatchObject({
    moves: ["lose", "recover", "cancel"],
    job: { cancel: { ...ASKED, outcome: "confirmed", message: STOPPED } },
  });
});
