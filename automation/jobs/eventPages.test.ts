import { expect, it } from "vitest";
import type { JobDocument, JobEvent } from "./documents.ts";
import { eventPages } from "./eventPages.ts";

function counted(stored = Number.POSITIVE_INFINITY) {
  const reads: (readonly [number, number])[] = [];
  const events = eventPages(async (job, after, limit) => {
    reads.push([after, limit]);
    const count = Math.min(limit, Math.min(job.lastSeq, stored) - after);
    return Array.from({ length: count }, (_, index) => ({ seq: after + index + 1 }) as JobEvent);
  });
  return {
    reads,
    events,
    seqs: async (job: JobDocument, after: number) => (await events(job, after)).map((e) => e.seq),
  };
}

const job = { jobId: "j", lastSeq: 250 } as JobDocument;

it("a whole page is read once, whoever wants a part of it, now or later", async () => {
  const { reads, seqs } = counted();
  expect((await Promise.all([seqs(job, 0), seqs(job, 40)])).map((each) => [each[0], each.length])).toEqual([
    [1, 100],
    [41, 60],
  ]);
  expect(await seqs({ ...job, lastSeq: 300 }, 98)).toEqual([99, 100]);
  expect(reads).toEqual([[0, 100]]);
});

it("the last events are read by those who need them, and again when there are more", async () => {
  const { reads, seqs } = counted();
  expect(await Promise.all([seqs(job, 248), seqs(job, 248)])).toEqual([
    [249, 250],
    [249, 250],
  ]);
  expect(await seqs({ ...job, lastSeq: 251 }, 248)).toEqual([249, 250, 251]);
  expect(reads).toEqual([
    [248, 2],
    [248, 3],
  ]);
});

it("fewer events than the job says are shown and not kept", async () => {
  const { reads, seqs } = counted(30);
  expect(await seqs(job, 20)).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
  expect(await seqs(job, 30)).toEqual([]);
  expect(reads.length).toBe(2);
});
