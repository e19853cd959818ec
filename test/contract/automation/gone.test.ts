import { setTimeout as sleep } from "node:timers/promises";
import type { JobDocument } from "@devfactory/automation/jobs/documents.ts";
import { KeyVaultHelper } from "@devfactory/automation/orchestrator/keyVaultHelper.ts";
import { Redactor } from "@devfactory/automation/redact.ts";
import type { JobSession } from "@devfactory/automation/workflow/jobSession.ts";
import { startVault } from "@devfactory/emulator/services/keyVault/harness.ts";
import { describe, expect, it, vi } from "vitest";
import { long } from "../../long.ts";
import { apiOver } from "./apiOver.ts";
import { openHouse, TENANT } from "./house.ts";
import { type LineState, startTcpProxy } from "./tcpProxy.ts";

type House = Awaited<ReturnType<typeof openHouse>>;
type App = ReturnType<typeof apiOver>;

/** What docs/jobs.md promises, and as much again for a machine that does other things too. */
const BOUND_MS = 2 * 7_000;
const BODIES: Readonly<Record<string, object>> = {
  createJob: { prompt: "a clinic" },
  submitFeedback: { content: "more red" },
  createApp: {},
  putSource: { files: [{ path: "a", sha256: "0".repeat(64) }] },
  putKey: { key: "sk-0123456789abcdef" },
  resolveFeedback: { resolution: "rejected" },
  setExpiry: { hours: 1 },
  putDomain: {},
  setRepo: { provider: "github", url: "https://github.com/acme/app" },
  putEndpoint: { url: "http://127.0.0.1:9/" },
  redrive: { all: true, reason: "the disk is larger" },
};
/** They ask neither ledger nor vault, have a shape of their own, or are signed; the two of health have a test of their own. */
const OTHERS = /^(health|estimateCosts|judgePlan|deployV2|receive)/;

const ask = (app: App, method: string, path: string, body?: object) =>
  app.request(path, {
    method,
    headers: { authorization: "Bearer header.payload.signature", ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });

async function operations(app: App, jobId: string, appId: string) {
  const { paths } = (await (await app.request("/openapi.json")).json()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
  };
  return Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId: id }]) => ({ path, method, id })),
    )
    .filter(({ id }) => !OTHERS.test(id))
    .map(({ path, method, id }) => {
      const ofApp = path.startsWith("/apps") || path.startsWith("/deploy/project");
      const address = path
        .replace("{id}", ofApp ? appId : jobId)
        .replace("{name}", "x")
        .replace("{provider}", "openai")
        .replace("{endpoint}", "hook")
        .replace("{host}", "shop.example.com");
      const query = id === "getAudit" ? "?from=2020-01-01T00:00:00Z" : "";
      const body = id === "createDeployment" ? { appId } : BODIES[id];
      return { id, send: () => ask(app, method.toUpperCase(), `${address}${query}`, body) };
    });
}

async function timed(send: () => Response | Promise<Response>) {
  const begin = performance.now();
  const response = await send();
  const inTime = performance.now() - begin < BOUND_MS;
  return [response.status, response.headers.get("content-type"), response.headers.get("retry-after"), inTime] as const;
}

async function health(app: App) {
  return [(await app.request("/health/live")).status, (await app.request("/health/ready")).status];
}

const REFUSED: readonly unknown[] = [503, "application/problem+json", "5", true];
/** What keys need is left alone for ten seconds when it did not answer. */
const NO_KEYS = REFUSED.with(2, "10");
const noVault = { secret: async () => undefined, wrapper: () => ({}) as never };

describe.each<LineState>(["down", "hang"])("Cosmos DB is gone: %s", (state) => {
  it("every route answers 503 with Retry-After in time, health tells, and all is well when it is back", async () => {
    await using house = await openHouse({ lines: true });
    const app = apiOver(house, noVault);
    const { jobId, appId } = await house.ledger.create(TENANT, { prompt: "before" });
    expect(await health(app)).toEqual([200, 200]);
    await house.lines.cosmos?.set(state);
    const all = await operations(app, jobId, appId);
    expect(all.length).toBeGreaterThan(25);
    const answers = await Promise.all(all.map(async ({ id, send }) => [id, await timed(send)]));
    const refused = all.map(({ id }) => [id, id === "putKey" ? NO_KEYS : REFUSED]);
    expect(Object.fromEntries(answers)).toEqual(Object.fromEntries(refused));
    expect(await health(app)).toEqual([200, 503]);
    await house.lines.cosmos?.set("pass");
    expect((await ask(app, "GET", `/jobs/${jobId}`)).status).toBe(200);
    expect(await health(app)).toEqual([200, 200]);
  }, 90_000);
});

it("the vault is gone: keys and deliveries answer 503, everything else works", async () => {
  await using house = await openHouse();
  await house.cosmos.container("keys", { partitionKey: { paths: ["/tenantId"], kind: "Hash" } });
  await using vault = await startVault();
  await vault.putVault();
  vault.allow("api");
  await using line = await startTcpProxy(Number(new URL(vault.uri).port));
  const helper = new KeyVaultHelper(`https://localhost:${line.port}/`, vault.context.credential("api"), new Redactor());
  const app = apiOver(house, helper);
  for (const state of ["down", "hang"] as const) {
    await line.set(state);
    const put = await timed(() => ask(app, "PUT", "/keys/openai", { key: "sk-0123456789abcdef" }));
    const push = await timed(() =>
      app.request("/webhooks/github", {
        method: "POST",
        headers: { "content-type": "application/json", "x-github-event": "push", "x-github-delivery": "1" },
        body: "{}",
      }),
    );
    expect([put, push]).toEqual([NO_KEYS, REFUSED]);
    expect((await ask(app, "GET", "/jobs")).status).toBe(200);
    expect(await health(app)).toEqual([200, 200]);
  }
}, 90_000);

/** Work that lasts until a test says so, or for a moment. */
async function work(house: House, jobs: number, during: () => Promise<void>) {
  const runs: string[] = [];
  const worker = house.startWorker(async (session: JobSession) => {
    const run = async () => {
      runs.push(session.jobId);
      await sleep(400);
      session.report({ type: "log", message: "on my way" });
      await sleep(400);
      return {};
    };
    await session.step({ name: "deploy", timeoutMs: 60_000, run }, {});
    return { kind: "done" };
  });
  const made: JobDocument[] = [];
  for (let index = 0; index < jobs; index++) made.push(await house.ledger.create(TENANT, { prompt: `app ${index}` }));
  await vi.waitFor(() => expect(runs.length).toBeGreaterThan(0), { timeout: 20_000 });
  await during();
  const states = await vi.waitFor(
    async () => {
      const all = await Promise.all(made.map(({ jobId }) => house.ledger.job(TENANT, jobId)));
      expect(all.map(({ state }) => state)).toEqual(all.map(() => "succeeded"));
      return all.map(({ state, attempts }) => `${state} ${attempts}`);
    },
    { timeout: 60_000, interval: 100 },
  );
  expect(runs.sort()).toEqual(made.map(({ jobId }) => jobId).sort());
  return { worker, states };
}

describe.each<LineState>(["down", "hang"])("workers go on by themselves after 3 s: %s", (state) => {
  (state === "hang" ? long : it).each(["cosmos", "bus"] as const)(
    "without %s: no job is lost, no lease, no attempt",
    async (service) => {
      await using house = await openHouse({ lines: true, leaseMs: 60_000 });
      const { worker, states } = await work(house, 8, async () => {
        await house.lines[service]?.set(state);
        await sleep(3_000);
        await house.lines[service]?.set("pass");
      });
      expect(states).toEqual(Array.from({ length: 8 }, () => "succeeded 1"));
      expect(worker.isConnected()).toBe(true);
      expect(worker.isAlive()).toBe(true);
    },
    120_000,
  );
});

it("half-open connections to Cosmos DB, whose other end vanished without a word: a lease is kept, a job ends at its first attempt", async () => {
  await using house = await openHouse({ lines: true, leaseMs: 60_000 });
  const { states } = await work(house, 4, async () => house.lines.cosmos?.freeze());
  expect(states).toEqual(Array.from({ length: 4 }, () => "succeeded 1"));
}, 90_000);

it("while Service Bus is gone jobs are accepted, a worker says that it is not ready, and later all run", async () => {
  await using house = await openHouse({ lines: true });
  const app = apiOver(house, noVault);
  const worker = house.startWorker(async () => ({ kind: "done" }));
  await vi.waitFor(() => expect(worker.isConnected()).toBe(true));
  await house.lines.bus?.set("down");
  const post = await ask(app, "POST", "/jobs", { prompt: "while it is gone" });
  expect(post.status).toBe(202);
  const { id } = (await post.json()) as { readonly id: string };
  await vi.waitFor(() => expect([worker.isConnected(), worker.isAlive()]).toEqual([false, true]), { timeout: 30_000 });
  expect(await health(app)).toEqual([200, 200]);
  await house.lines.bus?.set("pass");
  await vi.waitFor(async () => expect((await house.ledger.job(TENANT, id)).state).toBe("succeeded"), {
    timeout: 40_000,
  });
  expect(worker.isConnected()).toBe(true);
}, 90_000);

/** The broker's connections are found dead by their heartbeat, after a minute: `npm run test:long` waits for that. */
it.runIf(process.env.JOBS_HALF_OPEN)(
  "half-open connections to Service Bus: later jobs run",
  async () => {
    await using house = await openHouse({ lines: true });
    const worker = house.startWorker(async () => ({ kind: "done" }));
    const first = await house.ledger.create(TENANT, { prompt: "before" });
    await vi.waitFor(async () => expect((await house.ledger.job(TENANT, first.jobId)).state).toBe("succeeded"));
    house.lines.bus?.freeze();
    const { jobId } = await house.ledger.create(TENANT, { prompt: "after" });
    await vi.waitFor(async () => expect((await house.ledger.job(TENANT, jobId)).state).toBe("succeeded"), {
      timeout: 240_000,
      interval: 500,
    });
    expect(worker.isConnected()).toBe(true);
  },
  300_000,
);
