import type { Api, ApiVariables } from "@devfactory/automation/api/context.ts";
import { mountEvents } from "@devfactory/automation/api/routes/events.ts";
import type { JobDocument } from "@devfactory/automation/jobs/documents.ts";
import { JobWatch } from "@devfactory/automation/jobs/jobWatch.ts";
import { Lease } from "@devfactory/automation/jobs/lease.ts";
import { createLogger } from "@devfactory/automation/logger.ts";
import { Redactor } from "@devfactory/automation/redact.ts";
import { serve } from "@hono/node-server";
import { OpenAPIHono } from "@hono/zod-openapi";
import { expect, it, vi } from "vitest";
import { openHouse, TENANT } from "./house.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

/** The route alone, over a real connection; who may read it has tests of its own. */
function serveEvents(house: House) {
  const api: Api = new OpenAPIHono<{ Variables: ApiVariables }>();
  api.use(async (c, next) => {
    c.set("principal", { ...TENANT, granted: new Set(), roles: new Set() });
    await next();
  });
  const log = createLogger("test", "silent", new Redactor());
  mountEvents(api, { ledger: house.ledger, jobWatch: new JobWatch({ store: house.store, log }) });
  const server = serve({ fetch: api.fetch, port: 0, hostname: "127.0.0.1" });
  return new Promise<{ url: string; close: () => Promise<void> }>((resolve) => {
    server.once("listening", () => {
      const address = server.address();
      if (!address || typeof address === "string") throw new Error("no port");
      const close = () => new Promise<void>((done) => server.close(() => done()));
      resolve({ url: `http://127.0.0.1:${address.port}`, close });
    });
  });
}

/** Follows a job to its end, and leaves and comes back after every `patience` events. @returns the numbers that were seen, in order */
async function follow(url: string, patience: () => number): Promise<{ seen: number[]; visits: number }> {
  const seen: number[] = [];
  for (let visits = 1; ; visits++) {
    const controller = new AbortController();
    const last = seen.at(-1);
    const response = await fetch(url, {
      headers: { accept: "text/event-stream", ...(last === undefined ? {} : { "last-event-id": String(last) }) },
      signal: controller.signal,
    });
    expect(response.status).toBe(200);
    const until = seen.length + patience();
    const decoder = new TextDecoder();
    let rest = "";
    try {
      for await (const chunk of response.body ?? []) {
        const blocks = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) {
          if (seen.length >= until) break;
          if (/^event: end$/m.test(block)) return { seen, visits };
          const id = /^id: (\d+)$/m.exec(block)?.[1];
          if (id) seen.push(Number(id));
        }
        if (seen.length >= until) break;
      }
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    }
    controller.abort();
  }
}

/** Works on a job as a worker does: holds its lease and writes events until told to end. */
async function author(house: House, { appId, jobId }: JobDocument) {
  const options = { store: house.store, holder: "author", leaseMs: 60_000, dispatch: house.outbox.dispatch };
  const lease = await Lease.acquire(appId, options);
  if (!lease) throw new Error("somebody else has the lease");
  await lease.commit(jobId, () => ({ moves: ["lease", "start"] }));
  return {
    write: (count: number) =>
      lease.commit(jobId, () => ({
        events: Array.from({ length: count }, (_, index) => ({ type: "log", message: `line ${index} of a build` })),
      })),
    end: () => lease.commit(jobId, () => ({ moves: ["succeed"], events: [{ type: "succeeded", message: "Done" }] })),
  };
}

const CLIENTS = Number(process.env.SSE_CLIENTS ?? 500);

it(`${CLIENTS} clients that leave and come back at random miss nothing and get nothing twice`, async () => {
  await using house = await openHouse();
  const server = await serveEvents(house);
  const jobs = await Promise.all(Array.from({ length: 5 }, () => house.ledger.create(TENANT, { prompt: "an app" })));
  const authors = await Promise.all(jobs.map((job) => author(house, job)));
  const clients = Array.from({ length: CLIENTS }, (_, index) =>
    follow(`${server.url}/jobs/${jobs[index % jobs.length]?.jobId}/events`, () => 1 + Math.floor(Math.random() * 60)),
  );
  for (let round = 0; round < 20; round++) await Promise.all(authors.map((each) => each.write(5)));
  await Promise.all(authors.map((each) => each.end()));
  const followed = await Promise.all(clients);
  const all = await Promise.all(jobs.map(async ({ jobId }) => (await house.ledger.job(TENANT, jobId)).lastSeq));
  for (const [index, { seen }] of followed.entries()) {
    expect(seen).toEqual(Array.from({ length: all[index % jobs.length] ?? 0 }, (_, at) => at + 1));
  }
  const visits = followed.reduce((sum, each) => sum + each.visits, 0);
  expect(visits).toBeGreaterThan(CLIENTS * 2);
  await server.close();
}, 120_000);

it("200 clients that come back at once get 1,000 events each, with one read of each page", async () => {
  await using house = await openHouse();
  const server = await serveEvents(house);
  const job = await house.ledger.create(TENANT, { prompt: "an app" });
  const { write, end } = await author(house, job);
  for (let round = 0; round < 20; round++) await write(50);
  await end();
  const ranges = vi.spyOn(house.ledger, "eventsOf");
  const url = `${server.url}/jobs/${job.jobId}/events`;
  const followed = await Promise.all(Array.from({ length: 200 }, () => follow(url, () => Number.POSITIVE_INFINITY)));
  const { lastSeq } = await house.ledger.job(TENANT, job.jobId);
  expect(lastSeq).toBeGreaterThan(1_000);
  expect(followed.map(({ seen }) => [seen.length, seen.at(-1)])).toEqual(followed.map(() => [lastSeq, lastSeq]));
  expect(ranges.mock.calls.length).toBe(Math.ceil(lastSeq / 100));
  await server.close();
}, 60_000);
