import { expect, it, vi } from "vitest";
import { appPk, type JobDocument, jobDocId } from "../jobs/documents.ts";
import { jobIn, testApi } from "./testApi.ts";

const NOT_FOUND_FIX = "List your jobs with GET /jobs.";

it("POST /jobs accepts a prompt and wakes a worker", async () => {
  const api = testApi();
  const { status, json, headers } = await api.call("POST", "/jobs", {
    prompt: "a clinic",
    options: { profile: "dev", region: "eastus" },
  });
  expect([status, headers.get("location"), api.published]).toEqual([202, `/jobs/${json.id}`, [json.id]]);
  expect(json).toEqual({
    id: json.jobId,
    jobId: expect.stringMatching(/^a[a-z2-9]{9}-[a-z2-9]{8}$/) as string,
    appId: json.jobId.split("-")[0],
    kind: "create",
    status: "queued",
    state: "queued",
    prompt: "a clinic",
    options: { profile: "dev", region: "eastus" },
    createdAt: expect.any(String) as string,
    attempts: 0,
    lastEvent: 1,
    steps: [],
    questions: [],
    notUnderstood: [],
    artifacts: [],
    services: [],
    costMetrics: { aiTokens: 0, computeSec: 0, storageMB: 0, usd: 0 },
    queue: { ahead: 0, reason: "waiting for a worker" },
  });
});

it.each([
  ["an empty prompt", { prompt: "" }, "prompt"],
  ["a prompt without letters", { prompt: "123 !!" }, "prompt"],
  ["a prompt that is too long", { prompt: "x".repeat(20_001) }, "prompt"],
  ["no prompt", {}, "prompt"],
  ["a profile that does not exist", { prompt: "a", options: { profile: "huge" } }, "options.profile"],
  ["a region with spaces", { prompt: "a", options: { region: "East US" } }, "options.region"],
])("POST /jobs refuses %s and names the field", async (_case, body, path) => {
  const { status, json } = await testApi().call("POST", "/jobs", body);
  expect([status, json.code, json.status, json.errors[0].path]).toEqual([422, "INVALID_REQUEST", 422, path]);
  expect(json.detail).toContain(path);
});

it("POST /jobs refuses unknown fields, broken JSON and huge bodies", async () => {
  const { call } = testApi();
  expect((await call("POST", "/jobs", { prompt: "a", tenantId: "t2" })).json.code).toBe("INVALID_REQUEST");
  expect((await call("POST", "/jobs", "{")).json).toMatchObject({ code: "MALFORMED_BODY", status: 400 });
  expect(
    (await call("POST", "/jobs", { prompt: "a", answers: Array.from({ length: 49 }, () => "x".repeat(19_000)) }))
      .status,
  ).toBe(413);
});

it.each(["text/plain", "application/xml"])("POST /jobs and feedback refuse a body of the type %s", async (type) => {
  const { call } = testApi();
  const job = (await call("POST", "/jobs", { prompt: "clinic" })).json;
  for (const path of ["/jobs", `/jobs/${job.id}/feedback`]) {
    const { status, json } = await call("POST", path, "{}", "t1.u1.write", { "content-type": type });
    expect([status, json.code, json.detail]).toEqual([
      415,
      "UNSUPPORTED_TYPE",
      `A body of the type ${type} is not taken here.`,
    ]);
  }
});

it("the same Idempotency-Key gives the same job, another body is refused", async () => {
  const { call } = testApi();
  const post = (prompt: string) => call("POST", "/jobs", { prompt }, "t1.u1.write", { "idempotency-key": "k" });
  const [first, second] = [await post("one"), await post("one")];
  expect([second.status, second.json.id]).toEqual([202, first.json.id]);
  expect((await post("two")).json).toMatchObject({ code: "IDEMPOTENCY_MISMATCH", status: 422 });
});

it("a request whose key is known and whose job is not written yet is told to come again; soon after it writes the job itself", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    const { call, store } = testApi();
    const post = (prompt: string) => call("POST", "/jobs", { prompt }, "t1.u1.write", { "idempotency-key": "k" });
    store.onBatch = (pk) => {
      if (pk.startsWith("app:")) throw Object.assign(new Error("gone"), { code: "ECONNRESET" });
    };
    expect((await post("one")).status).toBe(503);
    store.onBatch = () => {};
    vi.setSystemTime(Date.now() + 1_500);
    const early = await post("one");
    expect([early.status, early.headers.get("retry-after"), early.json]).toEqual([
      409,
      "1",
      {
        code: "STILL_ACCEPTING",
        title: "The first request with this key is still being accepted",
        status: 409,
        detail: "A request with this Idempotency-Key came 1500 ms ago and is not written yet.",
        fix: "Send the request again, with the same key, after the seconds in the header Retry-After.",
      },
    ]);
    expect((await post("two")).json).toMatchObject({ code: "IDEMPOTENCY_MISMATCH", status: 422 });
    vi.setSystemTime(Date.now() + 1_000);
    const [done, again] = [await post("one"), await post("one")];
    expect([done.status, again.json.id]).toEqual([202, done.json.id]);
    expect(await store.count({ type: "reservation" })).toBe(1);
  } finally {
    vi.useRealTimers();
  }
});

it("at the tenant's limit a job is refused with 429 and the time to come back", async () => {
  const { call } = testApi({ unfinished: 2 });
  const posts = await Promise.all(Array.from({ length: 5 }, () => call("POST", "/jobs", { prompt: "x y" })));
  expect(posts.map((each) => each.status).sort()).toEqual([202, 202, 429, 429, 429]);
  const refused = posts.find((each) => each.status === 429);
  expect([refused?.json.detail, refused?.headers.get("retry-after")]).toEqual([
    "2 of 2 jobs of your tenant are not finished.",
    "5",
  ]);
});

it("lists a user's jobs newest first, and the tenant's apps", async () => {
  const api = testApi();
  const ids = [];
  for (const prompt of ["one", "two"]) ids.push((await api.call("POST", "/jobs", { prompt })).json.id);
  await api.call("POST", "/jobs", { prompt: "other user" }, "t1.u2.write");
  await api.outbox.idle();
  const jobs = (await api.call("GET", "/jobs")).json.jobs;
  expect(new Set(jobs.map((job: { id: string }) => job.id))).toEqual(new Set(ids));
  expect((await api.call("GET", "/apps")).json.apps).toHaveLength(3);
  expect((await api.call("GET", "/jobs?limit=1")).json.jobs).toHaveLength(1);
  expect((await api.call("GET", "/jobs?limit=0")).json).toMatchObject({
    code: "INVALID_REQUEST",
    errors: [{ path: "limit" }],
  });
});

it("cancel of a queued job ends it at once; on a finished one it answers 409", async () => {
  const { api, id } = await jobIn("queued");
  const { status, json } = await api.call("POST", `/jobs/${id}/cancel`);
  expect([status, json.status, json.cancel.outcome, json.cancel.by]).toEqual([202, "cancelled", "confirmed", "u1"]);
  expect((await api.call("POST", `/jobs/${id}/cancel`)).json).toMatchObject({ code: "WRONG_STATE", status: 409 });
});

it.each([
  ["finalize", "succeeded", 200],
  ["finalize", "failed", 409],
  ["finalize", "running", 409],
  ["retry", "failed", 202],
  ["retry", "dead", 202],
  ["retry", "cancelled", 202],
  ["retry", "succeeded", 409],
  ["cancel", "running", 202],
  ["cancel", "failed", 409],
] as const)("%s of a job that is %s answers %i", async (action, state, status) => {
  const { api, id } = await jobIn(state);
  expect((await api.call("POST", `/jobs/${id}/${action}`)).status).toBe(status);
});

it("retry makes a new job of the same app that names its parent", async () => {
  const { api, id, appId } = await jobIn("failed");
  const { json } = await api.call("POST", `/jobs/${id}/retry`);
  expect([json.appId, json.parentJobId, json.status, json.id === id]).toEqual([appId, id, "queued", false]);
});

it("feedback on a finished job starts an iteration and keeps the attachments", async () => {
  const { api, id, appId } = await jobIn("succeeded");
  const form = new FormData();
  form.set("content", "make the button green");
  form.set("files", new File(["png"], "../../screen shot.png", { type: "text/html" }));
  const { status, json } = await api.call("POST", `/jobs/${id}/feedback`, form);
  expect([status, json.resolution, json.parentJobId, json.appId, json.fileRefs]).toEqual([
    201,
    "pending",
    id,
    appId,
    [`feedback/${json.id}/_.._screen_shot.png`],
  ]);
  expect([...api.uploads.keys()]).toEqual([`${json.id}/_.._screen_shot.png`]);
  const edit = (await api.call("GET", `/jobs/${json.jobId}`)).json;
  expect([edit.kind, edit.prompt, edit.parentJobId, edit.feedbackId]).toEqual([
    "edit",
    "make the button green",
    id,
    json.id,
  ]);
  await api.outbox.idle();
  const query = { tenantId: "t1", orderBy: "timestamp", direction: "ascending", limit: 10 } as const;
  expect(await api.store.list("feedback", id, query)).toMatchObject([
    { id: json.id, jobId: id, content: "make the button green", resolution: "pending" },
  ]);
});

it("feedback answers a waiting job; on a running one it is refused; empty it is refused", async () => {
  const waiting = await jobIn("waiting");
  const { status, json } = await waiting.api.call("POST", `/jobs/${waiting.id}/feedback`, { answers: ["EUR"] });
  expect([status, json.jobId, json.resolution]).toEqual([201, waiting.id, "in_progress"]);
  expect((await waiting.api.call("GET", `/jobs/${waiting.id}`)).json.status).toBe("queued");
  const running = await jobIn("running");
  expect((await running.api.call("POST", `/jobs/${running.id}/feedback`, { content: "x" })).json.code).toBe(
    "WRONG_STATE",
  );
  expect((await running.api.call("POST", `/jobs/${running.id}/feedback`, {})).json).toMatchObject({
    code: "INVALID_REQUEST",
    errors: [{ path: "content" }],
  });
});

it("DELETE /apps/{id} makes a job that destroys the app", async () => {
  const { api, id, appId } = await jobIn("succeeded");
  const { status, json } = await api.call("DELETE", `/apps/${appId}`);
  expect([status, json.kind, json.appId]).toEqual([202, "destroy", appId]);
  expect((await api.call("GET", `/apps/${appId}`)).json.activeJobs).toEqual([id, json.id]);
});

it("the event stream replays from Last-Event-ID and ends with the job", async () => {
  const { api, id } = await jobIn("queued");
  await api.call("POST", `/jobs/${id}/cancel`);
  const all = await api.call("GET", `/jobs/${id}/events`);
  expect(all.headers.get("content-type")).toContain("text/event-stream");
  expect(all.text.match(/^id: .*$/gm)).toEqual(["id: 1", "id: 2", "id: 3"]);
  expect(all.text.startsWith("retry: 2000\n\n")).toBe(true);
  expect(all.text.endsWith("event: end\ndata: {}\n\n")).toBe(true);
  const later = await api.call("GET", `/jobs/${id}/events`, undefined, "t1.u1.read", { "last-event-id": "2" });
  expect(later.text.match(/^event: .*$/gm)).toEqual(["event: cancelled", "event: end"]);
  const json = await api.call("GET", `/jobs/${id}/events?after=1`, undefined, "t1.u1.read", {
    accept: "application/json",
  });
  expect(json.json.events.map((event: { type: string }) => event.type)).toEqual(["cancel_requested", "cancelled"]);
});

it("an artifact that the job does not list is not found", async () => {
  const { api, id } = await jobIn("succeeded");
  const { json } = await api.call("GET", `/jobs/${id}/artifacts/..%2F..%2Fother`);
  expect([json.code, json.status]).toEqual(["ARTIFACT_NOT_FOUND", 404]);
});

it("all is also under /api; health needs no token and tells the truth", async () => {
  const api = testApi();
  const job = await api.call("POST", "/api/jobs", { prompt: "under api" });
  expect(job.status).toBe(202);
  expect((await api.call("GET", "/api/health/live", undefined, "")).json).toEqual({ status: "ok" });
  expect((await api.call("GET", "/health/ready", undefined, "")).status).toBe(200);
  api.health.ready = false;
  expect([
    (await api.call("GET", "/health/ready", undefined, "")).status,
    (await api.call("GET", "/health/live", undefined, "")).status,
  ]).toEqual([503, 200]);
});

it("only the dashboard's origin may read answers", async () => {
  const { app } = testApi();
  const preflight = (origin: string) =>
    app.request("/jobs", { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } });
  expect((await preflight("https://dashboard.example")).headers.get("access-control-allow-origin")).toBe(
    "https://dashboard.example",
  );
  expect((await preflight("https://evil.example")).headers.get("access-control-allow-origin")).toBeNull();
});

it("an id that does not exist answers a problem with the way out", async () => {
  const { status, json, headers } = await testApi().call("GET", "/jobs/nope");
  expect([status, headers.get("content-type"), json]).toEqual([
    404,
    "application/problem+json",
    { code: "JOB_NOT_FOUND", title: "No such job", status: 404, detail: "There is no job nope.", fix: NOT_FOUND_FIX },
  ]);
});

it("the page for people and the document name every operation", async () => {
  const { call } = testApi();
  const { json } = await call("GET", "/openapi.json", undefined, "");
  const ids = Object.values<Record<string, { operationId: string }>>(json.paths).flatMap((path) =>
    Object.values(path).map((each) => each.operationId),
  );
  expect(ids).toEqual(expect.arrayContaining(["createJob", "getJobStatus", "submitFeedback", "finalizeJob"]));
  const page = (await call("GET", "/docs", undefined, "")).text;
  for (const id of ids) expect(page).toContain(`id="${id}"`);
});

it("credentials that somebody pastes into a prompt, an answer or feedback are taken out before they are kept", async () => {
  const { call, store } = testApi();
  const prompt = "a shop, my key is sk-canary0123456789abcdef and DB_PASSWORD=canary22";
  const { json } = await call("POST", "/jobs", { prompt, answers: ["postgres://me:canary22@host/db"] });
  expect(json.prompt).toBe("a shop, my key is [secret:model-key] and DB_PASSWORD=[secret:password]");
  expect(JSON.stringify(store.all())).not.toContain("canary");
});

it("what became of a feedback follows the job that works on it, until a person says so; who rejects an open one stops its job", async () => {
  const { api, id } = await jobIn("succeeded");
  const form = new FormData();
  form.set("content", "make the button green");
  for (const text of ["one", "two"]) form.append("files", new File([text], "screenshot.png"));
  const made = (await api.call("POST", `/jobs/${id}/feedback`, form)).json;
  expect(made.fileRefs).toEqual([`feedback/${made.id}/screenshot.png`, `feedback/${made.id}/1-screenshot.png`]);
  await api.outbox.idle();
  const list = async () => (await api.call("GET", `/jobs/${id}/feedback`)).json.feedback;
  expect((await list()).map((each: { resolution: string }) => each.resolution)).toEqual(["pending"]);
  const path = `/jobs/${id}/feedback/${made.id}`;
  expect((await api.call("PATCH", path, { resolution: "resolved" })).json).toMatchObject({
    code: "WRONG_STATE",
    status: 409,
  });
  const rejected = await api.call("PATCH", path, { resolution: "rejected", reason: "not our colours" }, "t1.u9.write");
  expect([rejected.status, rejected.json.resolution, rejected.json.decision]).toEqual([
    200,
    "rejected",
    { by: "u9", at: expect.any(String) as string, reason: "not our colours" },
  ]);
  expect((await api.call("GET", `/jobs/${made.jobId}`)).json.status).toBe("cancelled");
  await api.outbox.idle();
  const { entries } = (await api.call("GET", `/jobs/${made.jobId}/audit`)).json;
  expect(entries.at(-1)).toMatchObject({
    event: "feedback_resolved",
    userId: "u9",
    message: "Feedback rejected: not our colours",
  });
  const again = (await api.call("PATCH", path, { resolution: "resolved" })).json;
  expect([again.resolution, (await list())[0]]).toEqual(["resolved", again]);
  for (const [body, field] of [
    [{ resolution: "pending" }, "resolution"],
    [{ resolution: "resolved", by: "me" }, ""],
  ] as const)
    expect((await api.call("PATCH", path, body)).json.errors[0].path).toBe(field);
  const file = await api.call("GET", `${path}/files/1-screenshot.png`);
  expect([file.status, file.json.url, file.headers.get("cache-control")]).toEqual([
    200,
    `https://blobs.example/feedback/${made.id}/1-screenshot.png?signed`,
    "no-store",
  ]);
  expect((await api.call("GET", `${path}/files/..%2Fother`)).json.code).toBe("ARTIFACT_NOT_FOUND");
});

it("answers to a job's questions are listed with it, and eleven files are refused", async () => {
  const { api, id } = await jobIn("waiting");
  const made = (await api.call("POST", `/jobs/${id}/feedback`, { content: "by colour" })).json;
  expect((await api.call("GET", `/jobs/${id}/feedback`)).json.feedback).toMatchObject([
    { id: made.id, jobId: id, parentJobId: id, content: "by colour", resolution: "pending" },
  ]);
  const form = new FormData();
  form.set("content", "look");
  for (let index = 0; index < 11; index++) form.append("files", new File(["x"], `${index}.png`));
  const done = await jobIn("succeeded");
  const refused = await done.api.call("POST", `/jobs/${done.id}/feedback`, form);
  expect([refused.status, refused.json.detail, done.api.uploads.size]).toEqual([422, "files: at most 10", 0]);
});

it("a link to an artifact is of what the job's record lists alone", async () => {
  const { api, id } = await jobIn("succeeded");
  const found = await api.store.read<JobDocument>(appPk(id.split("-")[0] ?? ""), jobDocId(id));
  if (!found) throw new Error("no job");
  const artifact = {
    name: "frontend.zip",
    blob: `${id}/frontend.zip`,
    contentType: "application/zip",
    bytes: 5,
    sha256: "ab",
  };
  await api.store.batch(found.doc.pk, [
    { kind: "replace", doc: { ...found.doc, artifacts: [artifact] }, etag: found.etag },
  ]);
  const { status, json, headers } = await api.call("GET", `/jobs/${id}/artifacts/frontend.zip/link`);
  expect([status, json, headers.get("cache-control")]).toEqual([
    200,
    {
      url: `https://blobs.example/jobs/${id}/frontend.zip?signed`,
      expiresAt: "2026-01-01T00:15:00.000Z",
      bytes: 5,
      sha256: "ab",
    },
    "no-store",
  ]);
  expect((await api.call("GET", `/jobs/${id}/artifacts/other.zip/link`)).json.code).toBe("ARTIFACT_NOT_FOUND");
});
