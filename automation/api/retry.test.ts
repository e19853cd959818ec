import { expect, it } from "vitest";
import { writeZip } from "../archive/zip.ts";
import { appPk, type JobDocument, jobDocId, type StepDocument, stepDocId } from "../jobs/documents.ts";
import { testApi } from "./testApi.ts";

const DONE = ["validate", "container", "sync"] as const;

/** A deployment that failed in its build, with the records of what it has done. */
async function failedInBuild(change: Partial<JobDocument> = {}) {
  const api = testApi();
  const { appId } = (await api.call("POST", "/apps", {})).json;
  const zip = writeZip(new Map([["index.html", { content: Buffer.from("<p>"), executable: false }]]));
  await api.call("POST", `/apps/${appId}/source`, zip, undefined, { "content-type": "application/zip" });
  const options = { profile: "production", region: "westeurope" };
  const { deploymentId: id } = (await api.call("POST", "/deploy", { appId, options })).json;
  const pk = appPk(appId);
  const found = await api.store.read<JobDocument>(pk, jobDocId(id));
  if (!found) throw new Error("no job");
  await api.store.batch(pk, [
    { kind: "replace", doc: { ...found.doc, state: "failed", ...change }, etag: found.etag },
    ...DONE.map((step) => ({ kind: "create", doc: recordOf(found.doc, step) }) as const),
  ]);
  const retry = (body?: object, key?: string) =>
    api.call("POST", `/deploy/${id}/retry`, body, undefined, key === undefined ? {} : { "idempotency-key": key });
  const job = async (jobId: string) => (await api.store.read<JobDocument>(pk, jobDocId(jobId)))?.doc;
  return { api, id: String(id), retry, job };
}

function recordOf({ pk, jobId }: JobDocument, step: string): StepDocument {
  const at = "2026-01-01T00:00:00Z";
  const id = stepDocId(jobId, step, 1);
  return {
    id,
    pk,
    schema: 1,
    type: "step",
    jobId,
    step,
    attempt: 1,
    inputHash: "x",
    status: "succeeded",
    startedAt: at,
    evidence: {},
  };
}

it("without a body what was done is offered to the new deployment, with the same files and options", async () => {
  const { retry, id, job } = await failedInBuild();
  const { status, json } = await retry();
  expect([status, json.retryOf, json.fromStep]).toEqual([202, id, undefined]);
  const [first, next] = [await job(id), await job(json.deploymentId)];
  expect([next?.reuses, next?.source, next?.options]).toEqual([{ jobId: id }, first?.source, first?.options]);
  expect(next?.options).toEqual({ profile: "production", region: "westeurope" });
});

it.each([
  ["an empty body that says it is JSON", "", 202],
  ["no JSON", "{", 400],
  ["more than it can need", JSON.stringify({ fromStep: "x".repeat(5_000) }), 413],
])("%s", async (_name, body, status) => {
  const { api, id } = await failedInBuild();
  for (const path of [`/jobs/${id}/retry`, `/deploy/${id}/retry`]) {
    const answer = await api.call("POST", path, Buffer.from(body), undefined, { "content-type": "application/json" });
    expect(answer.status).toBe(status);
  }
});

it("from a step that was reached; who asked for it and from where is in the audit trail", async () => {
  const { api, retry, id, job } = await failedInBuild();
  const { status, json } = await retry({ fromStep: "sync" });
  expect([status, json.fromStep, (await job(json.deploymentId))?.reuses]).toEqual([
    202,
    "sync",
    { jobId: id, fromStep: "sync" },
  ]);
  await api.outbox.idle();
  const rows = await api.store.list("auditLogs", json.deploymentId, {
    ...{ tenantId: "t1", orderBy: "timestamp", direction: "ascending", limit: 10 },
  });
  expect(rows.map(({ event, userId, message }) => [event, userId, message])).toEqual([
    ["job_created", "u1", `Accepted: a deployment of the app's source, as a retry of ${id} from sync`],
  ]);
});

it.each([
  ["deploy", 409, "RETRY_STEP_TOO_LATE"],
  ["cleanup", 422, "RETRY_STEP_UNKNOWN"],
  ["plan", 422, "RETRY_STEP_UNKNOWN"],
  ["Build", 422, "RETRY_STEP_UNKNOWN"],
  ["", 422, "INVALID_REQUEST"],
  ["x".repeat(41), 422, "INVALID_REQUEST"],
  [7, 422, "INVALID_REQUEST"],
])("from %j it is refused by %i %s, with the way out", async (fromStep, status, code) => {
  const { api, retry } = await failedInBuild();
  const answer = await retry({ fromStep });
  expect([answer.status, answer.json.code, answer.json.fix.length > 20]).toEqual([status, code, true]);
  expect(answer.text).not.toMatch(/\{\w+\}/); // no word of a template
  expect(api.published).toHaveLength(1);
});

it.each(["queued", "running", "cancelling", "recovering", "succeeded", "finalized"] as const)(
  "a deployment that is %s is not retried, from no step",
  async (state) => {
    const { retry } = await failedInBuild({ state });
    for (const body of [undefined, { fromStep: "sync" }, { fromStep: "nonsense" }])
      expect([(await retry(body)).status, (await retry(body)).json.code]).toEqual([409, "WRONG_STATE"]);
  },
);

it.each(["failed", "dead", "cancelled", "superseded"] as const)("one that is %s is", async (state) => {
  const { retry } = await failedInBuild({ state });
  expect((await retry({ fromStep: "build" })).status).toBe(202);
});

it("sent twice with one key it is one retry; another step under the key is another request", async () => {
  const { retry } = await failedInBuild();
  const [one, two] = [await retry({ fromStep: "sync" }, "k"), await retry({ fromStep: "sync" }, "k")];
  expect([one.status, two.json.deploymentId]).toEqual([202, one.json.deploymentId]);
  expect((await retry({ fromStep: "build" }, "k")).json.code).toBe("IDEMPOTENCY_MISMATCH");
});
