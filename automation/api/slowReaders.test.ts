import type { Server } from "node:http";
import { connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { OpenAPIHono } from "@hono/zod-openapi";
import { afterEach, expect, it } from "vitest";
import { appPk, eventDocId, type JobDocument, jobDocId } from "../jobs/documents.ts";
import type { ApiServices, ApiVariables } from "./context.ts";
import { mountArtifacts } from "./routes/artifacts.ts";
import { startServer } from "./server.ts";
import { testApi } from "./testApi.ts";

/** A second stands for the two minutes of the default. */
const RULES = { windowMs: 1_000, bytesPerSecond: 1_024 };
const MIB = 1024 * 1024;
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(fetch: (request: Request) => Response | Promise<Response>) {
  const { server, port } = await startServer(fetch, { port: 0, slowReaders: RULES });
  servers.push(server);
  const sockets: Socket[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  return { port, sockets };
}

/** Asks, and then takes so many bytes ten times a second. @returns when the server ended the connection, in ms, and what was taken */
async function readSlowly(
  { port, sockets }: Awaited<ReturnType<typeof serve>>,
  path: string,
  bytes: number,
  patienceMs: number,
) {
  const known = sockets.length;
  const socket = connect({ port, host: "127.0.0.1" });
  socket.on("error", () => undefined);
  const begin = performance.now();
  let endedMs: number | undefined;
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t1.u1.write\r\nAccept: text/event-stream\r\n\r\n`,
  );
  socket.pause();
  let taken = 0;
  while (endedMs === undefined && performance.now() - begin < patienceMs) {
    taken += ((socket.read(bytes) ?? socket.read()) as Buffer | null)?.length ?? 0;
    await sleep(100);
    if (sockets[known]?.destroyed) endedMs = performance.now() - begin;
  }
  socket.destroy();
  return { endedMs, taken };
}

/** A download of 300 MiB that counts what was asked of the store. */
function download() {
  const made = { bytes: 0, ended: false };
  async function* content() {
    try {
      for (let chunk = 0; chunk < 4_800; chunk++) {
        made.bytes += 65_536;
        yield Buffer.alloc(65_536);
      }
    } finally {
      made.ended = true;
    }
  }
  const api = new OpenAPIHono<{ Variables: ApiVariables }>();
  const artifact = { name: "big", blob: "j/big", contentType: "application/zip", bytes: 300 * MIB, sha256: "x" };
  const services = {
    ledger: { job: async () => ({ artifacts: [artifact] }) },
    artifacts: {
      getBlobClient: () => ({
        download: async () => ({ etag: "1", contentLength: 300 * MIB, readableStreamBody: Readable.from(content()) }),
      }),
    },
    links: { make: async () => ({ url: "", expiresAt: "" }) },
  } as unknown as ApiServices;
  api.use(async (c, next) => {
    c.set("principal", { tenantId: "t1", userId: "u1", granted: new Set(), roles: new Set() });
    await next();
  });
  mountArtifacts(api, services);
  return { api, made };
}

it("a download of which a client takes a byte at a time is ended, and the store is not read ahead", async () => {
  const { api, made } = download();
  const served = await serve(api.fetch);
  const heap = process.memoryUsage();
  const { endedMs } = await readSlowly(served, "/jobs/abbbbbbbb2-abcdefgh/artifacts/big", 1, 8_000);
  expect(endedMs).toBeLessThan(6_000);
  expect(made.bytes).toBeLessThan(16 * MIB); // what the buffers of two machines hold
  expect(served.sockets[0]?.writableLength).toBeLessThan(MIB);
  const grown = process.memoryUsage();
  expect(grown.heapUsed + grown.external - heap.heapUsed - heap.external).toBeLessThan(32 * MIB);
  await sleep(200);
  expect(made.ended).toBe(true); // nothing reads on for nobody
}, 20_000);

it("a client that takes its time gets what it asks for", async () => {
  const { api } = download();
  const served = await serve(api.fetch);
  const { endedMs, taken } = await readSlowly(served, "/jobs/abbbbbbbb2-abcdefgh/artifacts/big", 500_000, 4_000);
  expect(endedMs).toBeUndefined();
  expect(taken).toBeGreaterThan(2 * MIB);
}, 20_000);

/** A job with many events that are read by nobody. */
async function jobWithEvents(count: number) {
  const api = testApi();
  const { id, appId } = (await api.call("POST", "/jobs", { prompt: "a clinic" })).json;
  const pk = appPk(appId);
  const found = await api.store.read<JobDocument>(pk, jobDocId(id));
  const message = "x".repeat(8_000);
  const doc = { ...(found?.doc as JobDocument), lastSeq: count };
  await api.store.batch(pk, [{ kind: "replace", doc, etag: found?.etag ?? "" }]);
  for (let seq = 2; seq <= count; seq++) {
    const event = { seq, at: new Date().toISOString(), type: "log", level: "info", message } as const;
    await api.store.batch(pk, [
      { kind: "create", doc: { id: eventDocId(id, seq), pk, schema: 1, type: "event", jobId: id, event } },
    ]);
  }
  return { api, id };
}

it("a stream of events of which a client takes a byte at a time is ended; one in which nothing happens stays", async () => {
  const { api, id } = await jobWithEvents(3_000);
  const served = await serve(api.app.fetch);
  const { endedMs } = await readSlowly(served, `/jobs/${id}/events`, 1, 10_000);
  expect(endedMs).toBeLessThan(8_000);
  expect(served.sockets[0]?.writableLength).toBeLessThan(8 * MIB);
  const quiet = await readSlowly(served, `/jobs/${id}/events?after=3000`, 4_096, 3_000);
  expect(quiet.endedMs).toBeUndefined();
}, 30_000);
