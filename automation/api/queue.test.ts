import { expect, it } from "vitest";
import { appPk, type JobDocument, jobDocId } from "../jobs/documents.ts";
import type { JobState } from "../jobs/states.ts";
import { testApi } from "./testApi.ts";

type TestApi = ReturnType<typeof testApi>;

/** As a worker would leave it: the ledger's own transitions are proved elsewhere. */
async function put(api: TestApi, id: string, state: JobState) {
  const pk = appPk(id.split("-")[0] ?? "");
  const [job, app] = [await api.store.read<JobDocument>(pk, jobDocId(id)), await api.store.read<never>(pk, "app")];
  if (!job || !app) throw new Error("no job");
  const active = { ...(app.doc as object), active: [] } as never;
  await api.store.batch(pk, [
    { kind: "replace", doc: { ...job.doc, state, attempts: 3 }, etag: job.etag },
    { kind: "replace", doc: active, etag: app.etag },
  ]);
}

const make = async (api: TestApi, prompt = "a clinic", token?: string) =>
  (await api.call("POST", "/jobs", { prompt }, token)).json;
const queueOf = async (api: TestApi, id: string, token?: string) =>
  (await api.call("GET", `/jobs/${id}`, undefined, token)).json.queue;

it("says why a job waits: for a worker, for the tenant's limit, for all workers, behind others of its app", async () => {
  const api = testApi({ concurrent: 2, slots: 3 });
  const jobs = [await make(api), await make(api), await make(api)];
  await api.outbox.idle();
  const other = [await make(api, "other", "t2.u.write"), await make(api, "other", "t2.u.write")];
  await api.outbox.idle();
  const later = (await api.call("POST", "/jobs", { prompt: "more", appId: jobs[0].appId })).json;
  const last = (await api.call("POST", "/jobs", { prompt: "even more", appId: jobs[0].appId })).json;
  expect(await queueOf(api, jobs[0].id)).toEqual({ ahead: 0, reason: "waiting for a worker" });
  expect(await queueOf(api, jobs[2].id)).toEqual({ ahead: 0, reason: "your limit of 2 is in use" });
  expect(await queueOf(api, other[1].id, "t2.u.write")).toEqual({ ahead: 0, reason: "all workers are busy" });
  expect(await queueOf(api, later.id)).toEqual({ ahead: 1, reason: "1 job before yours in this app" });
  expect(await queueOf(api, last.id)).toEqual({ ahead: 2, reason: "2 jobs before yours in this app" });
  await put(api, jobs[0].id, "waiting");
  expect(api.published).toEqual([jobs[0].id, jobs[1].id, other[0].id]);
});

it("a newer job takes the place of queued ones when both say so, and never of one that does not", async () => {
  const api = testApi();
  const first = await make(api);
  const post = async (latestWins: boolean, prompt: string) =>
    (await api.call("POST", "/jobs", { prompt, appId: first.appId, latestWins })).json;
  const [kept, old] = [await post(false, "kept"), await post(true, "old")];
  const newest = await post(true, "newest");
  await api.outbox.idle();
  const seen = async (id: string) => (await api.call("GET", `/jobs/${id}`)).json;
  expect([(await seen(kept.id)).state, (await seen(first.id)).state]).toEqual(["queued", "queued"]);
  expect(await seen(old.id)).toMatchObject({ status: "cancelled", state: "superseded", supersededBy: newest.id });
  expect((await seen(newest.id)).queue.ahead).toBe(2);
  expect((await api.call("GET", "/status/queue")).json.unfinished).toBe(3);
  const audit = (await api.call("GET", `/jobs/${old.id}/audit`)).json.entries;
  expect(audit.map((entry: { event: string }) => entry.event)).toEqual(["job_created", "superseded"]);
});

it("the rate of a tenant is its own, and the answer says when to come back", async () => {
  const api = testApi({ jobsPerMinute: 2 });
  const posts = [];
  for (const prompt of ["one", "two", "three"]) posts.push(await api.call("POST", "/jobs", { prompt }));
  expect(posts.map((each) => each.status)).toEqual([202, 202, 429]);
  const [, , refused] = posts;
  expect([refused?.json.code, refused?.json.detail]).toEqual(["RATE_LIMITED", "Your tenant may send 2 jobs a minute."]);
  expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(25);
  expect(Number(refused?.headers.get("retry-after"))).toBeLessThanOrEqual(30);
  expect((await api.call("POST", "/jobs", { prompt: "other" }, "t2.u.write")).status).toBe(202);
});

it("an operator tries a dead job again with a reason; nobody else, and only a dead one", async () => {
  const api = testApi();
  const job = await make(api);
  await api.outbox.idle();
  const redrive = (body: object, token = "t1.boss.operator") => api.call("POST", "/queue/redrive", body, token);
  const reason = "the region is up again";
  expect((await redrive({ jobId: job.id, reason })).json).toMatchObject({ code: "WRONG_STATE", status: 409 });
  await put(api, job.id, "dead");
  expect((await redrive({ jobId: job.id, reason }, "t1.u1.write")).json).toMatchObject({ code: "FORBIDDEN" });
  expect((await redrive({ jobId: job.id, reason }, "t2.boss.operator")).status).toBe(404);
  const { status, json } = await redrive({ jobId: job.id, reason });
  expect([status, json]).toEqual([202, { redriven: [job.id], left: 0 }]);
  await api.outbox.idle();
  expect((await api.call("GET", `/jobs/${job.id}`)).json).toMatchObject({ state: "queued", attempts: 3 });
  const stored = await api.store.read<JobDocument>(appPk(job.appId), jobDocId(job.id));
  expect(stored?.doc).toMatchObject({ series: 2, earlierAttempts: 3 });
  const audit = (await api.call("GET", `/jobs/${job.id}/audit`)).json.entries;
  expect(audit.at(-1)).toMatchObject({ event: "redriven", message: "Tried again: the region is up again" });
});

it("bulk redrive takes the oldest first, as many as the rate allows, and says when to go on", async () => {
  const api = testApi({ redrivesPerMinute: 2 });
  const jobs = [await make(api, "one"), await make(api, "two"), await make(api, "three")];
  for (const { id } of jobs) await put(api, id, "dead");
  const body = { all: true, reason: "fixed by release 12" };
  const { json } = await api.call("POST", "/queue/redrive", body, "t1.boss.operator");
  expect(json).toEqual({
    redriven: [jobs[0].id, jobs[1].id],
    left: 1,
    retryAfterSeconds: expect.closeTo(30, -1) as number,
  });
});

it.each([
  ["no reason", { all: true }],
  ["an empty reason", { all: true, reason: "  " }],
  ["neither a job nor all", { reason: "because" }],
  ["both", { jobId: "x", all: true, reason: "because" }],
  ["a limit of 1000", { all: true, limit: 1_000, reason: "because" }],
  ["an unknown key", { all: true, reason: "because", tenantId: "t2" }],
])("redrive with %s is refused", async (_case, body) => {
  const { status, json } = await testApi().call("POST", "/queue/redrive", body, "t1.boss.operator");
  expect([status, json.code]).toEqual([422, "INVALID_REQUEST"]);
});

it("the status of the queue counts the tenant's own, and the slots of all", async () => {
  const api = testApi({ concurrent: 1, slots: 5 });
  const jobs = [await make(api), await make(api), await make(api)];
  await api.outbox.idle();
  await make(api, "other", "t2.u.write");
  await api.outbox.idle();
  await put(api, jobs[2].id, "dead");
  const { json } = await api.call("GET", "/status/queue");
  expect(json).toMatchObject({
    active: 1,
    waiting: 2,
    unfinished: 3,
    dead: 1,
    limits: { unfinished: 100, concurrent: 1, jobsPerMinute: 10_000 },
    slots: { inUse: 2, all: 5 },
  });
  expect(json.oldestSeconds).toBeLessThan(10);
  const past = (await api.call("GET", "/status?days=1")).json;
  expect([past.total, past.counts.queued, past.successRate]).toEqual([3, 3, null]);
});

it("events that were removed answer 410 with what is left; who has them all is not bothered", async () => {
  const api = testApi();
  const job = await make(api);
  const pk = appPk(job.appId);
  const found = await api.store.read<JobDocument>(pk, jobDocId(job.id));
  if (!found) throw new Error("no job");
  const doc: JobDocument = { ...found.doc, state: "succeeded", trimmed: true };
  await api.store.batch(pk, [{ kind: "replace", doc, etag: found.etag }]);
  const read = (after: number) =>
    api.call("GET", `/jobs/${job.id}/events?after=${after}`, undefined, undefined, { accept: "application/json" });
  expect((await read(0)).json).toMatchObject({ code: "EVENTS_GONE", status: 410 });
  expect((await read(1)).status).toBe(200);
});
