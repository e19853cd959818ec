import { expect, it } from "vitest";
import type { JobDocument, JobEvent } from "./documents.ts";
import { type FeedItem, followEvents } from "./eventFeed.ts";

function source(script: readonly { readonly events: number; readonly state: JobDocument["state"] }[]) {
  let at = -1;
  return {
    job: async () => {
      at = Math.min(at + 1, script.length - 1);
      return { lastSeq: script[at]?.events ?? 0, state: script[at]?.state, version: at } as JobDocument;
    },
    /** Nobody tells of a change: the follower looks for itself. */
    changes: { after: async () => undefined },
    events: async (job: JobDocument, after: number) =>
      Array.from({ length: job.lastSeq - after }, (_, index) => ({ seq: after + index + 1 }) as JobEvent),
  };
}

async function collect(feed: AsyncGenerator<FeedItem>): Promise<(number | string)[]> {
  const all: (number | string)[] = [];
  for await (const item of feed)
    all.push(...(item.kind === "events" ? item.events.map(({ seq }) => seq) : [item.kind]));
  return all;
}

it("replays what is stored after the cursor, follows, and ends with the job", async () => {
  const script = [
    { events: 3, state: "running" },
    { events: 3, state: "running" },
    { events: 5, state: "succeeded" },
  ] as const;
  const { signal } = new AbortController();
  expect(await collect(followEvents(source(script), 1, { signal }))).toEqual([2, 3, 4, 5]);
});

it("speaks now and then while nothing happens", async () => {
  const script = [
    { events: 1, state: "running" },
    { events: 1, state: "failed" },
  ] as const;
  const { signal } = new AbortController();
  expect(await collect(followEvents(source(script), 0, { signal, heartbeatMs: 0 }))).toEqual([1, "heartbeat"]);
});

it("a cursor beyond the end waits, and a client that leaves ends the feed", async () => {
  const controller = new AbortController();
  const feed = collect(followEvents(source([{ events: 1, state: "running" }]), 9, { signal: controller.signal }));
  controller.abort();
  expect(await feed).toEqual([]);
});
