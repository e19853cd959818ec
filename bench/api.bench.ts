import { join } from "node:path";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { CHECKOUT, Platform } from "../test/e2e/platform.ts";
import { type Bench, median, percentile } from "./bench.ts";
import { startBeside } from "./beside.ts";

const REQUESTS = 400;
const ROUNDS = 5;
const JOBS = 20;
/** One route, `/api/items/:id`, that answers with the id. */
const BARE = join(CHECKOUT, "test", "fixtures", "projects", "hono-npm");

/** Requests per second, one after the other over one connection. */
async function rate(url: string, headers: Record<string, string>): Promise<number> {
  const begin = performance.now();
  for (let index = 0; index < REQUESTS; index += 1) {
    const response = await fetch(url, { headers });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
  }
  return (REQUESTS * 1000) / (performance.now() - begin);
}

async function compare() {
  await using platform = new Platform();
  await platform.start(/Ready/);
  const { api } = platform.readJson<{ api: string }>("endpoints.json");
  const token = (await platform.devfactory("token")).stdout.trim();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const waits: number[] = [];
  let id = "";
  for (let index = 0; index < JOBS; index += 1) {
    // A prompt that needs an answer: the job starts, asks and waits, so that the next one meets a free worker.
    const response = await fetch(`${api}/jobs`, { method: "POST", headers, body: JSON.stringify({ prompt: "Hello" }) });
    id = ((await response.json()) as { jobId: string }).jobId;
    waits.push(await untilStarted(`${api}/jobs/${id}`, headers));
  }
  const bare = serve({ fetch: new Hono().get("/jobs/:id", (c) => c.json({ id: c.req.param("id") })).fetch, port: 0 });
  const address = bare.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const beside = await deployed(platform);
  const rates = { ours: [] as number[], beside: [] as number[], here: [] as number[] };
  for (let index = 0; index < ROUNDS; index += 1) {
    rates.ours.push(await rate(`${api}/jobs/${id}`, headers));
    rates.beside.push(await rate(`${beside}/api/items/${id}`, {}));
    rates.here.push(await rate(`http://127.0.0.1:${port}/jobs/${id}`, {}));
  }
  bare.close();
  return { ours: median(rates.ours), beside: median(rates.beside), here: median(rates.here), waits };
}

/** The bare route as an app of the same platform. */
async function deployed(platform: Platform): Promise<string> {
  const { stdout, stderr } = await platform.devfactory("deploy", BARE, "--output", "json");
  const { services } = JSON.parse(stdout || "{}") as { services?: readonly { readonly url: string }[] };
  if (!services?.[0]) throw new Error(stderr);
  return services[0].url;
}

/** Milliseconds from creation to the worker's start, by the job's own record. */
async function untilStarted(url: string, headers: Record<string, string>): Promise<number> {
  for (;;) {
    const job = (await (await fetch(url, { headers })).json()) as {
      createdAt: string;
      startedAt?: string;
      status: string;
    };
    if (job.startedAt && job.status === "waiting") return Date.parse(job.startedAt) - Date.parse(job.createdAt);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Both sides in one process, asked in turn; the ledger is in another. */
async function compareWork() {
  await using beside = await startBeside<{ port: number; barePort: number; token: string; id: string }>(
    "apiProcess.ts",
  );
  const { port, barePort, token, id } = beside.told;
  const headers = { authorization: `Bearer ${token}` };
  const rates = { ours: [] as number[], bare: [] as number[] };
  for (let index = 0; index < ROUNDS; index += 1) {
    rates.ours.push(await rate(`http://127.0.0.1:${port}/jobs/${id}`, headers));
    rates.bare.push(await rate(`http://127.0.0.1:${barePort}/jobs/${id}`, headers));
  }
  return { ours: median(rates.ours), bare: median(rates.bare) };
}

let compared: ReturnType<typeof compare> | undefined;

export const benches: readonly Bench[] = [
  {
    name: "API `GET /jobs/{id}` with auth vs a bare Hono route",
    hold: "≥ 0.5×",
    async run() {
      compared ??= compare();
      const { ours, beside, here } = await compared;
      const ratio = ours / beside;
      const detail = `medians of ${ROUNDS} rounds of ${REQUESTS} sequential requests; ours, with token check and a durable read of Cosmos DB: ${Math.round(ours)}/s; a bare route as an app of the same platform, both behind the ingress: ${Math.round(beside)}/s; one in the asking process, without a hop: ${Math.round(here)}/s (${(ours / here).toFixed(2)}×)`;
      return { value: `${ratio.toFixed(2)}×`, held: ratio >= 0.5, detail };
    },
  },
  {
    name: "API `GET /jobs/{id}` vs a bare Hono route that checks the same token and reads the same row",
    hold: "≥ 0.5×",
    async run() {
      const { ours, bare } = await compareWork();
      const detail = `medians of ${ROUNDS} rounds of ${REQUESTS} sequential requests, both in one process, Cosmos DB in another; ours: ${Math.round(ours)}/s, the bare route, with jose and the client of Cosmos DB: ${Math.round(bare)}/s`;
      return { value: `${(ours / bare).toFixed(2)}×`, held: ours >= 0.5 * bare, detail };
    },
  },
  {
    name: "job accepted → worker starts it, one after the other through the front door, p50 / p99",
    hold: "≤ 50 ms / 500 ms",
    async run() {
      compared ??= compare();
      const { waits } = await compared;
      const [p50, p99] = [percentile(waits, 0.5), percentile(waits, 0.99)];
      const detail = `${JOBS} jobs, by the record's own times`;
      return { value: `${p50} / ${p99} ms`, held: p50 <= 50 && p99 <= 500, detail };
    },
  },
];
