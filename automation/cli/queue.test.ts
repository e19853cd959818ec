import { expect, it } from "vitest";
import { queueLines } from "./queue.ts";

const LIMITS = { unfinished: 100, concurrent: 10, jobsPerMinute: 120 };
const COUNTS = {
  queued: 0,
  processing: 0,
  waiting: 0,
  succeeded: 0,
  failed: 0,
  cancelling: 0,
  cancelled: 0,
  finalized: 0,
};

it("an idle queue without a past", () => {
  const now = { active: 0, waiting: 0, unfinished: 0, dead: 0, oldestSeconds: null, limits: LIMITS };
  const past = { since: "2026-10-29T00:00:00.000Z", total: 0, counts: COUNTS, successRate: null };
  const times = { durationSeconds: null, waitSeconds: null };
  expect(queueLines({ ...now, slots: { inUse: 3, all: 50 } }, { ...past, ...times })).toEqual([
    "Running:   0 of 10 (all tenants 3 of 50)",
    "Waiting:   0",
    "Given up:  0",
    "Unfinished 0 of 100",
    "Since 2026-10-29: 0 jobs, no job has ended",
  ]);
});

it("a busy queue says what to do about what was given up", () => {
  const now = { active: 10, waiting: 3, unfinished: 20, dead: 2, oldestSeconds: 61.25, limits: LIMITS };
  const past = { since: "2026-10-29T00:00:00.000Z", total: 40, counts: COUNTS, successRate: 0.949 };
  const times = { durationSeconds: { p50: 12, p95: 30.04, max: 99 }, waitSeconds: null };
  expect(queueLines({ ...now, slots: { inUse: 10, all: 50 } }, { ...past, ...times })).toEqual([
    "Running:   10 of 10 (all tenants 10 of 50)",
    "Waiting:   3, the oldest for 61.3 s",
    "Given up:  2 (an operator: npx devfactory queue redrive --all --reason …)",
    "Unfinished 20 of 100",
    "Since 2026-10-29: 40 jobs, 95 % succeeded, half of them within 12.0 s, 95 % within 30.0 s",
  ]);
});
