import { expect, it } from "vitest";
import type { EventView, JobView } from "../client/apiClient.ts";
import { eventLine, jobSummary } from "./output.ts";

const event = (message: string, more: Partial<EventView> = {}) =>
  ({ seq: 1, at: "2026-11-20T12:04:31.000Z", type: "log", message, ...more }) as EventView;

it("an event is one line, without a program's control characters", () => {
  expect(eventLine(event("built\u0007", { step: "build" }))).toBe("12:04:31  build           built");
});

it("a text of several lines stands below each other, the last twelve", () => {
  const log = Array.from({ length: 14 }, (_, index) => `line ${index}`).join("\n");
  const lines = eventLine(event(`${log}\n`, { step: "build", level: "error" })).split("\n");
  expect([lines.length, lines[0], lines[1], lines.at(-1)]).toEqual([
    13,
    "12:04:31  build           error: … 2 lines before",
    `${" ".repeat(26)}line 2`,
    `${" ".repeat(26)}line 13`,
  ]);
});

it.each([
  [{ monthlyUsd: 10.206 }, "On Azure:      about 10.21 USD a month"],
  [{ monthlyUsd: 10.206, unpricedParts: 1 }, "On Azure:      about 10.21 USD a month, 1 part without a price"],
])("the end of a job tells the estimate %j", (estimate, line) => {
  const job = { status: "succeeded", url: "https://shop.example", notUnderstood: [], appId: "a", estimate };
  expect(jobSummary(job as unknown as JobView)[1]).toBe(line);
});

it.each([
  ["queued", ["The job is queued.", "Follow it:     npx devfactory logs a-1 --follow"]],
  ["cancelled", ["The job is cancelled."]],
  ["succeeded", ["The job is succeeded."]],
])("a job without an address that is %s says so, and how to see the rest", (status, lines) => {
  expect(jobSummary({ jobId: "a-1", status, notUnderstood: [] } as unknown as JobView)).toEqual(lines);
});
