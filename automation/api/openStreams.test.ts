import { OpenAPIHono } from "@hono/zod-openapi";
import { expect, it } from "vitest";
import type { ApiVariables } from "./context.ts";
import { OpenStreams } from "./openStreams.ts";
import { toResponse } from "./problem.ts";
import { mountEvents } from "./routes/events.ts";
import { jobIn } from "./testApi.ts";

it("a tenant opens so many event streams; each that is closed makes room, and another tenant has its own", async () => {
  const { api, id } = await jobIn("running");
  const jobWatch = { follow: async () => ({ after: () => new Promise<never>(() => {}), stop: () => {} }) };
  const app = new OpenAPIHono<{ Variables: ApiVariables }>();
  app.use(async (c, next) => {
    c.set("principal", { tenantId: "t1", userId: "u1", granted: new Set(), roles: new Set() });
    await next();
  });
  mountEvents(app, { ledger: api.ledger, jobWatch: jobWatch as never }, new OpenStreams(2));
  app.onError((error, c) => toResponse(c, error));
  const open = async () => {
    const stop = new AbortController();
    const response = await app.request(`/jobs/${id}/events`, { signal: stop.signal });
    return { status: response.status, close: () => response.body?.cancel() };
  };
  const streams = [await open(), await open(), await open()];
  expect(streams.map(({ status }) => status)).toEqual([200, 200, 429]);
  await streams[0]?.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([(await open()).status, (await open()).status]).toEqual([200, 429]);
});

it("leaving twice leaves once, and nothing is kept of who left", () => {
  const streams = new OpenStreams(1);
  const leave = streams.enter("t1");
  expect(() => streams.enter("t1")).toThrow("1 event streams of your tenant are open here");
  streams.enter("t2")();
  leave();
  leave();
  const again = streams.enter("t1");
  expect(() => streams.enter("t1")).toThrow("are open here");
  again();
});
