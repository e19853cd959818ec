import { expect, it } from "vitest";
import type { FileSet } from "../archive/fileSet.ts";
import { writeZip } from "../archive/zip.ts";
import { appPk, type JobDocument, jobDocId } from "../jobs/documents.ts";
import { testApi } from "./testApi.ts";

const files = (entries: Record<string, string>): FileSet =>
  new Map(Object.entries(entries).map(([path, text]) => [path, { content: Buffer.from(text), executable: false }]));

async function appWithSource(api = testApi()) {
  const { appId } = (await api.call("POST", "/apps", {})).json;
  const send = (text: string) =>
    api.call("POST", `/apps/${appId}/source`, writeZip(files({ "index.html": text })), undefined, {
      "content-type": "application/zip",
    });
  const { source } = (await send("<p>")).json;
  return { api, appId: String(appId), source, send };
}

async function patch(api: ReturnType<typeof testApi>, id: string, change: Partial<JobDocument>) {
  const pk = appPk(id.split("-")[0] ?? "");
  const found = await api.store.read<JobDocument>(pk, jobDocId(id));
  if (!found) throw new Error("no job");
  await api.store.batch(pk, [{ kind: "replace", doc: { ...found.doc, ...change }, etag: found.etag }]);
}

it("POST /deploy queues the six steps for the files that the app has, and wakes a worker", async () => {
  const { api, appId, source } = await appWithSource();
  const { status, headers, json } = await api.call("POST", "/deploy", { appId, options: { profile: "dev" } });
  expect([status, headers.get("location"), api.published]).toEqual([
    202,
    `/deploy/${json.deploymentId}/status`,
    [json.deploymentId],
  ]);
  expect(json).toEqual({
    deploymentId: expect.stringMatching(new RegExp(`^${appId}-`)) as string,
    projectId: appId,
    appId,
    kind: "deploy",
    status: "queued",
    progress: 0,
    steps: ["validate", "container", "sync", "build", "deploy", "cleanup"].map((name) => ({ name, status: "ahead" })),
    attempts: 0,
    createdAt: expect.any(String) as string,
    by: "u1",
    costMetrics: { aiTokens: 0, computeSec: 0, storageMB: 0, usd: 0 },
    services: [],
    source,
  });
  expect((await api.call("GET", `/deploy/${json.deploymentId}/status`)).json).toEqual(json);
  const job = (await api.call("GET", `/jobs/${json.deploymentId}`)).json;
  expect([job.kind, job.prompt, job.options]).toEqual([
    "deploy",
    `Deploy 1 files (upload ${source.hash.slice(0, 12)})`,
    { profile: "dev" },
  ]);
});

it("an app without files, a destroyed one and an unknown field are refused", async () => {
  const api = testApi();
  const { appId } = (await api.call("POST", "/apps", {})).json;
  expect((await api.call("POST", "/deploy", { appId })).json).toMatchObject({ code: "SOURCE_MISSING", status: 409 });
  expect((await api.call("POST", "/deploy", { appId, tenantId: "t2" })).json).toMatchObject({
    code: "INVALID_REQUEST",
  });
  expect((await api.call("POST", "/deploy", { appId: "azzzzzzzzz" })).json).toMatchObject({
    code: "APP_NOT_FOUND",
    status: 404,
  });
});

it("the same Idempotency-Key gives the same deployment; another body under it is refused", async () => {
  const { api, appId } = await appWithSource();
  const post = (options?: object) =>
    api.call("POST", "/deploy", { appId, ...(options && { options }) }, undefined, { "idempotency-key": "k" });
  const [first, second] = [await post(), await post()];
  expect([second.status, second.json.deploymentId]).toEqual([202, first.json.deploymentId]);
  expect((await post({ region: "westeurope" })).json).toMatchObject({ code: "IDEMPOTENCY_MISMATCH", status: 422 });
});

it.each([
  ["queued", "queued"],
  ["leased", "running"],
  ["running", "running"],
  ["waiting", "running"],
  ["lost", "running"],
  ["recovering", "running"],
  ["cancelling", "cancelling"],
  ["succeeded", "succeeded"],
  ["finalized", "succeeded"],
  ["failed", "failed"],
  ["dead", "failed"],
  ["cancelled", "cancelled"],
  ["superseded", "cancelled"],
] as const)("a job that is %s is a deployment that is %s", async (state, status) => {
  const { api, appId } = await appWithSource();
  const { deploymentId } = (await api.call("POST", "/deploy", { appId })).json;
  await patch(api, deploymentId, { state });
  expect((await api.call("GET", `/deploy/${deploymentId}/status`)).json.status).toBe(status);
});

it("a failed deployment shows its step, its progress, the log's end and the way out; a retry takes the same files", async () => {
  const { api, appId, source, send } = await appWithSource();
  const { deploymentId } = (await api.call("POST", "/deploy", { appId })).json;
  const error = {
    code: "BUILD_FAILED",
    class: "user",
    title: "t",
    detail: "d",
    fix: "f",
    step: "build",
    log: ["last line"],
  } as const;
  const steps = [
    { name: "validate", status: "succeeded", startedAt: "2026-01-01T00:00:00Z", durationMs: 1 },
    { name: "container", status: "succeeded", startedAt: "2026-01-01T00:00:01Z", durationMs: 1 },
    { name: "sync", status: "succeeded", startedAt: "2026-01-01T00:00:02Z", durationMs: 1 },
    { name: "build", status: "failed", startedAt: "2026-01-01T00:00:03Z", durationMs: 1 },
  ] as const;
  await patch(api, deploymentId, { state: "failed", error, steps });
  const { json } = await api.call("GET", `/deploy/${deploymentId}/status`);
  expect([json.status, json.progress, json.error, json.steps[3].status, json.steps[4]]).toEqual([
    "failed",
    50,
    error,
    "failed",
    { name: "deploy", status: "ahead" },
  ]);
  await send("<p>changed");
  const retried = await api.call("POST", `/deploy/${deploymentId}/retry`);
  expect([retried.status, retried.json.retryOf, retried.json.source, retried.json.kind]).toEqual([
    202,
    deploymentId,
    source,
    "deploy",
  ]);
  expect((await api.call("POST", `/deploy/${retried.json.deploymentId}/retry`)).json.code).toBe("WRONG_STATE");
});

it("cancel ends a queued deployment at once and gives its place back", async () => {
  const { api, appId } = await appWithSource(testApi({ unfinished: 1 }));
  const { deploymentId } = (await api.call("POST", "/deploy", { appId })).json;
  expect((await api.call("POST", "/deploy", { appId })).json.code).toBe("TENANT_QUOTA");
  const { status, json } = await api.call("POST", `/deploy/${deploymentId}/cancel`);
  expect([status, json.status, json.cancel.outcome]).toEqual([202, "cancelled", "confirmed"]);
  await api.outbox.idle();
  expect((await api.call("POST", "/deploy", { appId })).status).toBe(202);
});

it("logs are lines after a number; the deployments of an app come newest first", async () => {
  const { api, appId } = await appWithSource();
  const { deploymentId } = (await api.call("POST", "/deploy", { appId })).json;
  await api.call("POST", `/deploy/${deploymentId}/cancel`);
  const { json } = await api.call("GET", `/deploy/${deploymentId}/logs`);
  expect([json.lines.map((line: { message: string }) => line.message), json.last]).toEqual([
    ["Accepted: a deployment of the app's source", "Somebody asked to stop the job", "Stopped. Nothing was running."],
    3,
  ]);
  expect((await api.call("GET", `/deploy/${deploymentId}/logs?after=2`)).json.lines).toHaveLength(1);
  expect((await api.call("GET", `/deploy/${deploymentId}/logs?after=9`)).json).toEqual({ lines: [], last: 9 });
  await new Promise((resolve) => setTimeout(resolve, 5));
  const second = (await api.call("POST", "/deploy", { appId })).json.deploymentId;
  await api.outbox.idle();
  const { deployments } = (await api.call("GET", `/deploy/project/${appId}`)).json;
  expect(deployments.map((each: { deploymentId: string; status: string }) => [each.deploymentId, each.status])).toEqual(
    [
      [second, "queued"],
      [deploymentId, "cancelled"],
    ],
  );
});

it("an unknown deployment answers its own problem", async () => {
  const { status, json } = await testApi().call("GET", "/deploy/nope/status");
  expect([status, json.code, json.detail]).toEqual([404, "DEPLOYMENT_NOT_FOUND", "There is no deployment nope."]);
});
