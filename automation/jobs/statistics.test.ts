import { expect, it } from "vitest";
import { statistics } from "./statistics.ts";

const at = (second: number) => new Date(second * 1000).toISOString();

it("without jobs nothing is claimed", () => {
  expect(statistics([])).toEqual({
    total: 0,
    counts: {
      queued: 0,
      processing: 0,
      waiting: 0,
      succeeded: 0,
      failed: 0,
      cancelling: 0,
      cancelled: 0,
      finalized: 0,
    },
    successRate: null,
    durationSeconds: null,
    waitSeconds: null,
  });
});

it("cancelled and running jobs count, but neither for the success rate nor for the durations", () => {
  const job = (status: string, wait: number, run?: number) => ({
    status,
    kind: "edit",
    createdAt: at(0),
    startedAt: at(wait),
    ...(run === undefined ? {} : { finishedAt: at(wait + run) }),
  });
  const jobs = [
    ...Array.from({ length: 18 }, (_, index) => job("succeeded", 1, index + 1)),
    job("finalized", 2, 30),
    job("failed", 4, 100),
    job("cancelled", 1, 900),
    job("processing", 1),
    { status: "queued", kind: "edit", createdAt: at(0) },
  ];
  const { counts, ...rest } = statistics(jobs);
  expect(rest).toEqual({
    total: 23,
    successRate: 0.95,
    durationSeconds: { p50: 10, p95: 30, max: 100 },
    waitSeconds: { p50: 1, p95: 2, max: 4 },
  });
  expect([counts.succeeded, counts.cancelled, counts.processing, counts.queued]).toEqual([18, 1, 1, 1]);
});
