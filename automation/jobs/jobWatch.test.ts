import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { createLogger } from "../logger.ts";
import { Redactor } from "../redact.ts";
import { type JobDocument, jobDocId } from "./documents.ts";
import { JobWatch } from "./jobWatch.ts";
import type { ChangeSource } from "./store.ts";
import { MemoryStore } from "./testing/memoryStore.ts";

const log = createLogger("test", "silent", new Redactor());
const { signal } = new AbortController();

function written(jobId: string, version: number): JobDocument {
  return { id: jobDocId(jobId), pk: "app:a", type: "job", jobId, version } as JobDocument;
}

function write(store: MemoryStore, doc: JobDocument) {
  return store.batch(doc.pk, [{ kind: "upsert", doc }]);
}

it("what is written after a follower came is told, in its newest version, to those of this job only", async () => {
  const store = new MemoryStore();
  const watch = new JobWatch({ store, log, pollMs: 5 });
  const one = await watch.follow("one");
  const two = await watch.follow("two");
  await write(store, written("one", 1));
  expect((await one.after(0, 2_000, signal))?.version).toBe(1);
  expect((await one.after(0, 0, signal))?.version).toBe(1); // known by now
  const waiting = one.after(1, 2_000, signal);
  await write(store, written("one", 2));
  await write(store, written("one", 3));
  expect((await waiting)?.version).toBe(3);
  expect(await two.after(0, 20, signal)).toBeUndefined();
  one.stop();
  two.stop();
});

it("the feed is read while somebody follows, and no longer", async () => {
  const store = new MemoryStore();
  let reads = 0;
  const counted: ChangeSource = {
    changes: () => {
      const cursor = store.changes();
      return {
        next: () => {
          reads++;
          return cursor.next();
        },
      };
    },
  };
  const watch = new JobWatch({ store: counted, log, pollMs: 1 });
  expect(reads).toBe(0);
  const followers = await Promise.all(Array.from({ length: 500 }, () => watch.follow("one")));
  expect(reads).toBe(1);
  for (const each of followers) each.stop();
  await sleep(20);
  const before = reads;
  await sleep(20);
  expect(reads).toBe(before);
  const again = await watch.follow("one");
  await write(store, written("one", 1));
  expect((await again.after(0, 2_000, signal))?.version).toBe(1);
  again.stop();
});

it("while the feed is away followers are woken to look for themselves, and when it is back it tells again", async () => {
  const store = new MemoryStore();
  let away = false;
  const shaky: ChangeSource = {
    changes: () => {
      const cursor = store.changes();
      return {
        next: async () => {
          if (away) throw new Error("gone");
          return cursor.next();
        },
      };
    },
  };
  const watch = new JobWatch({ store: shaky, log, pollMs: 1, outageMs: 20 });
  const job = await watch.follow("one");
  away = true;
  const begin = performance.now();
  expect(await job.after(0, 10_000, signal)).toBeUndefined();
  await write(store, written("one", 1)); // seen by nobody
  away = false;
  expect(await job.after(0, 10_000, signal)).toBeUndefined(); // woken when it is back
  expect(performance.now() - begin).toBeLessThan(5_000);
  const waiting = job.after(1, 5_000, signal);
  await write(store, written("one", 2));
  expect((await waiting)?.version).toBe(2);
  job.stop();
});
