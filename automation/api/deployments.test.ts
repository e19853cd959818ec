import { expect, it } from "vitest";
import { type AppDocument, appPk } from "../jobs/documents.ts";
import { toAppRow } from "../jobs/view.ts";
import { testApi } from "./testApi.ts";
import { finish, releaseOf } from "./testing/deployed.ts";

type TestApi = ReturnType<typeof testApi>;

/** An app with so many deployments, the last of which runs. */
async function appWith(api: TestApi, count: number): Promise<{ appId: string; ids: readonly string[] }> {
  const ids: string[] = [];
  let appId: string | undefined;
  for (let number = 1; number <= count; number++) {
    const job = (await api.call("POST", "/jobs", { prompt: `version ${number}`, ...(appId && { appId }) })).json;
    appId = String(job.appId);
    ids.push(String(job.id));
    const costMetrics = { aiTokens: 10 * number, computeSec: 1.5, storageMB: 0.002, usd: 0.01 };
    await finish(api, job.id, { release: releaseOf(number), monthlyUsd: number, costMetrics });
    await new Promise((resolve) => setTimeout(resolve, 2)); // times differ
  }
  return { appId: appId ?? "", ids };
}

it("the deployments of an app: newest first, with images, version, who, outcome and cost; which one is live", async () => {
  const api = testApi();
  const { appId, ids } = await appWith(api, 2);
  const { status, json } = await api.call("GET", `/apps/${appId}/deployments`, undefined, "t1.u2.read");
  expect([status, json.next]).toEqual([200, undefined]);
  const shown = json.deployments.map((each: Record<string, unknown>) => {
    const { deploymentId, status: outcome, live, version, images, by, estimate, replaced } = each;
    return { deploymentId, outcome, live, version, images, by, estimate, replaced };
  });
  const of = (version: number, live: boolean, replaced?: string) => ({
    deploymentId: ids[version - 1],
    outcome: "succeeded",
    live,
    version,
    images: { web: `r.example/web@sha256:${String(version).repeat(64)}` },
    by: "u1",
    estimate: { monthlyUsd: version },
    replaced,
  });
  expect(shown).toEqual([of(2, true, ids[0]), of(1, false)]);
});

it("pages follow each other by cursor, and a cursor is of one list of one tenant", async () => {
  const api = testApi();
  const { appId, ids } = await appWith(api, 5);
  const seen: string[] = [];
  let query = "?limit=2";
  for (let turn = 0; turn < 3; turn++) {
    const { json } = await api.call("GET", `/apps/${appId}/deployments${query}`);
    seen.push(...json.deployments.map((each: { deploymentId: string }) => each.deploymentId));
    if (turn < 2) query = `?limit=2&cursor=${json.next}`;
    else expect(json.next).toBeUndefined();
  }
  expect(seen).toEqual(ids.toReversed());
  const other = await appWith(api, 1);
  const refused = await api.call("GET", `/apps/${other.appId}/deployments${query}`);
  expect([refused.status, refused.json.detail]).toEqual([422, "cursor: must be `next` of the page before"]);
  expect((await api.call("GET", `/jobs?offset=3`)).json).toMatchObject({ code: "INVALID_REQUEST", status: 422 });
});

it("what comes while somebody turns the pages neither shifts nor repeats the rest", async () => {
  const api = testApi();
  const { ids } = await appWith(api, 3);
  const first = (await api.call("GET", "/jobs?limit=2")).json;
  await appWith(api, 1);
  const second = (await api.call("GET", `/jobs?limit=2&cursor=${first.next}`)).json;
  const shown = [...first.jobs, ...second.jobs].map((job: { id: string }) => job.id);
  expect(shown).toEqual(ids.toReversed());
});

it("a rollback of what runs goes to the deployment before it; of an earlier one to that one; audited with who asked", async () => {
  const api = testApi();
  const { appId, ids } = await appWith(api, 3);
  const undo = await api.call("POST", `/deployments/${ids[2]}/rollback`, undefined, "t1.u7.write");
  expect([undo.status, undo.headers.get("location"), undo.json.from, undo.json.by]).toEqual([
    202,
    `/deploy/${undo.json.deploymentId}/status`,
    { kind: "rollback", deploymentId: ids[1] },
    "u7",
  ]);
  const first = await api.call("POST", `/deployments/${ids[0]}/rollback`);
  expect(first.json.from).toEqual({ kind: "rollback", deploymentId: ids[0] });
  await api.outbox.idle();
  // Of the queued deployments of an app only the last matters.
  expect((await api.call("GET", `/jobs/${undo.json.deploymentId}`)).json).toMatchObject({
    state: "superseded",
    supersededBy: first.json.deploymentId,
  });
  const { entries } = (await api.call("GET", `/jobs/${undo.json.deploymentId}/audit`)).json;
  expect(entries[0]).toMatchObject({ event: "job_created", userId: "u7", message: expect.stringContaining("earlier") });
  expect((await api.call("GET", `/apps/${appId}`)).json.activeJobs).toEqual([first.json.deploymentId]);
});

it("there is nothing to go back to before the first deployment, from one that failed, and for an unknown one", async () => {
  const api = testApi();
  const { ids } = await appWith(api, 1);
  expect((await api.call("POST", `/deployments/${ids[0]}/rollback`)).json).toMatchObject({
    code: "NO_EARLIER_DEPLOYMENT",
    status: 409,
  });
  const failed = (await api.call("POST", "/jobs", { prompt: "broken" })).json.id;
  const error = { code: "BUILD_FAILED", class: "user", title: "t", detail: "d", fix: "f", step: "build" } as const;
  await finish(api, failed, { error });
  expect((await api.call("POST", `/deployments/${failed}/rollback`)).json).toMatchObject({
    code: "WRONG_STATE",
    detail: "The job is failed; rolling back needs a deployment that succeeded.",
  });
  const unknown = await api.call("POST", "/deployments/azzzzzzzzz-zzzzzzzz/rollback");
  expect([unknown.status, unknown.json.code]).toEqual([404, "DEPLOYMENT_NOT_FOUND"]);
});

it("the same Idempotency-Key gives the same rollback", async () => {
  const api = testApi();
  const { ids } = await appWith(api, 2);
  const post = () =>
    api.call("POST", `/deployments/${ids[1]}/rollback`, undefined, undefined, { "idempotency-key": "k" });
  expect((await post()).json.deploymentId).toBe((await post()).json.deploymentId);
});

it("finalize freezes what the job deployed, not what was deployed after it", async () => {
  const api = testApi();
  const { ids } = await appWith(api, 2);
  const frozen = (await api.call("POST", `/jobs/${ids[0]}/finalize`)).json.finalizedVersion;
  expect(frozen).toEqual({
    iteration: 1,
    images: { web: `r.example/web@sha256:${"1".repeat(64)}` },
    specHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    workspace: "a/w1",
  });
  await appWith(api, 1);
  const again = await api.call("POST", `/jobs/${ids[0]}/finalize`);
  expect([again.status, again.json.finalizedVersion]).toEqual([200, frozen]);
});

it("finalize promotes: the same digests for another profile, in an app of its own that later versions go to as well", async () => {
  const api = testApi();
  const { appId, ids } = await appWith(api, 2);
  const promote = (id: string | undefined, profile = "production") =>
    api.call("POST", `/jobs/${id}/finalize`, { promote: { profile, region: "westeurope" } });
  const { status, json } = await promote(ids[0]);
  expect(status).toBe(200);
  const target = (await api.call("GET", `/apps/${json.promotion.appId}`)).json;
  expect([target.promotedFrom, target.title, target.status, target.appId === appId]).toEqual([
    appId,
    "Notes",
    "new",
    false,
  ]);
  const job = (await api.call("GET", `/jobs/${json.promotion.jobId}`)).json;
  expect([job.kind, job.options, job.from]).toEqual([
    "deploy",
    { profile: "production", region: "westeurope" },
    { kind: "promotion", deploymentId: ids[0] },
  ]);
  expect((await promote(ids[0])).json.promotion).toEqual(json.promotion); // repeated, nothing new
  const second = (await promote(ids[1])).json.promotion;
  expect([second.appId, second.jobId === json.promotion.jobId]).toEqual([json.promotion.appId, false]);
  expect((await api.call("GET", `/apps/${appId}`)).json.promotions).toEqual({ production: json.promotion.appId });
  expect((await promote(ids[1], "dev")).json).toMatchObject({ code: "PROMOTION_SAME_PROFILE", status: 409 });
  expect((await promote(ids[1], "huge")).json.errors[0].path).toBe("promote.profile");
});

it("usage: what a tenant's jobs of a period used, by app; durations and failures by step", async () => {
  const api = testApi();
  const { appId } = await appWith(api, 2);
  const failed = (await api.call("POST", "/jobs", { prompt: "broken" })).json;
  const error = { code: "BUILD_FAILED", class: "user", title: "t", detail: "d", fix: "f", step: "build" } as const;
  const steps = [
    { name: "sync", status: "succeeded", startedAt: "2026-01-01T00:00:00Z", durationMs: 1500 },
    { name: "build", status: "failed", startedAt: "2026-01-01T00:00:00Z", durationMs: 9000 },
  ] as const;
  await finish(api, failed.id, { error, steps });
  const { status, json } = await api.call("GET", "/usage");
  const own = { jobs: 2, deployments: 2, failed: 0, aiTokens: 30, computeSeconds: 3, storageBytes: 4000, usd: 0.02 };
  const none = { aiTokens: 0, computeSeconds: 0, storageBytes: 0, usd: 0 };
  expect(status).toBe(200);
  expect(json).toEqual({
    from: expect.any(String) as string,
    to: expect.any(String) as string,
    ...own,
    jobs: 3,
    failed: 1,
    monthlyUsd: 0,
    apps: [
      { appId, ...own },
      { appId: failed.appId, jobs: 1, deployments: 0, failed: 1, ...none },
    ],
    steps: {
      validate: null,
      container: null,
      sync: { p50: 1.5, p95: 1.5, max: 1.5 },
      build: null,
      deploy: null,
      cleanup: null,
    },
    failures: { build: 1 },
  });
  expect((await api.call("GET", "/usage", undefined, "t2.u1.read")).json).toMatchObject({ jobs: 0, apps: [] });
  const early = (await api.call("GET", "/usage?from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z")).json;
  expect([early.jobs, early.from, early.to]).toEqual([0, "2020-01-01T00:00:00.000Z", "2020-02-01T00:00:00.000Z"]);
  for (const query of [
    "?from=yesterday",
    "?from=2020-01-01T00:00:00Z",
    "?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z",
  ])
    expect((await api.call("GET", `/usage${query}`)).json.code).toBe("INVALID_REQUEST");
});

it("health: live whatever happens, ready by the ledger, detailed by each dependency without what errors say", async () => {
  const api = testApi();
  const states = async () => {
    const [health, live, ready] = await Promise.all(
      ["/health", "/health/live", "/health/ready"].map((path) => api.call("GET", path, undefined, "")),
    );
    const { status, json } = await api.call("GET", "/health/detailed", undefined, "t1.u1.operator");
    return [health?.status, live?.status, ready?.status, status, json.status, json.dependencies];
  };
  const latencyMs = expect.any(Number) as number;
  const ok = { status: "ok", latencyMs };
  const away = (reason: string) => ({ status: "unavailable", latencyMs, reason });
  expect(await states()).toEqual([200, 200, 200, 200, "ok", { ledger: ok, queue: ok }]);
  api.health.queue = false;
  expect(await states()).toEqual([200, 200, 200, 200, "degraded", { ledger: ok, queue: away("INTERNAL") }]);
  api.health.ready = false;
  const dependencies = { ledger: away("INTERNAL"), queue: away("INTERNAL") };
  expect(await states()).toEqual([503, 200, 503, 200, "unavailable", dependencies]);
  expect((await api.call("GET", "/health/detailed", undefined, "t1.u1.write")).status).toBe(403);
});

it("an app that runs counts with what it costs in a month", async () => {
  const api = testApi();
  const { appId } = await appWith(api, 1);
  const found = await api.store.read<AppDocument>(appPk(appId), "app");
  if (!found) throw new Error("no app");
  const doc = { ...found.doc, monthlyUsd: 12.346, title: "Notes", version: 99 };
  await api.store.project("apps", "t1", toAppRow(doc));
  const { json } = await api.call("GET", "/usage");
  expect([json.monthlyUsd, json.apps[0].title, json.apps[0].monthlyUsd]).toEqual([12.35, "Notes", 12.346]);
});
