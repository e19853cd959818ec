import { expect, it } from "vitest";
import { jobIn, testApi } from "./testApi.ts";

type Role = "read" | "write" | "operator";
const ROLES: readonly Role[] = ["read", "write", "operator"];

interface Row {
  /** What is sent. */
  readonly body?: object | ((ids: { readonly app: string }) => object);
  /** Query that the route needs. */
  readonly query?: string;
  /** Answers to a reader, a member and an operator of the tenant, about its own succeeded job. */
  readonly own: readonly [number, number, number];
  /** What a list shows to a tenant that owns nothing. */
  readonly empty?: object;
}

const PLAN = { region: "eastus", resources: [] };

/** What every operation of the API answers to whom. An operation without a row fails the first test. */
const ROWS: Readonly<Record<string, Row>> = {
  createJob: { body: { prompt: "a clinic" }, own: [403, 202, 202] },
  listJobs: { own: [200, 200, 200], empty: { jobs: [] } },
  getJobStatus: { own: [200, 200, 200] },
  getJobEvents: { own: [200, 200, 200] },
  getJobAudit: { own: [200, 200, 200] },
  getArtifact: { own: [404, 404, 404] }, // the job has none
  getArtifactLink: { own: [404, 404, 404] },
  submitFeedback: { body: { content: "more red" }, own: [403, 201, 201] },
  listFeedback: { own: [200, 200, 200] },
  resolveFeedback: { body: { resolution: "rejected" }, own: [403, 404, 404] }, // the job has none
  getFeedbackFile: { own: [404, 404, 404] },
  cancelJob: { own: [403, 409, 409] },
  finalizeJob: { own: [403, 200, 200] },
  retryJob: { own: [403, 409, 409] },
  listApps: { own: [200, 200, 200], empty: { apps: [] } },
  getApp: { own: [200, 200, 200] },
  destroyApp: { own: [403, 202, 202] },
  listExpiring: { own: [200, 200, 200], empty: { apps: [] } },
  setExpiry: { body: { hours: 1 }, own: [403, 200, 200] },
  listAbandoned: { own: [403, 403, 200], empty: { findings: [] } },
  checkDrift: { own: [403, 409, 409] }, // nothing of it is deployed
  repairApp: { own: [403, 409, 409] },
  removeExpiry: { own: [403, 200, 200] },
  createApp: { body: {}, own: [403, 201, 201] },
  putSource: { body: { files: [{ path: "a", sha256: "0".repeat(64) }] }, own: [403, 200, 200] }, // its content is missing
  createDeployment: { body: ({ app }) => ({ appId: app }), own: [403, 409, 409] }, // the app has no source
  getDeploymentStatus: { own: [200, 200, 200] },
  getDeploymentLogs: { own: [200, 200, 200] },
  cancelDeployment: { own: [403, 409, 409] },
  retryDeployment: { own: [403, 409, 409] },
  listDeployments: { own: [200, 200, 200] },
  getAppDeployments: { own: [200, 200, 200] },
  rollbackDeployment: { own: [403, 409, 409] }, // nothing ran before it
  listDomains: { own: [200, 200, 200] },
  getDomain: { own: [404, 404, 404] }, // the app has none
  putDomain: { body: {}, own: [403, 200, 200] }, // nothing runs yet: no job
  deleteDomain: { own: [403, 404, 404] },
  setRepo: { body: { provider: "github", url: "https://github.com/acme/notes" }, own: [403, 200, 200] },
  removeRepo: { own: [403, 200, 200] },
  getUsage: { own: [200, 200, 200], empty: { jobs: 0, monthlyUsd: 0, apps: [] } },
  healthDetailed: { own: [403, 403, 200] },
  getAudit: { query: "?from=2020-01-01T00:00:00Z", own: [403, 403, 200], empty: { entries: [] } },
  putKey: { body: { key: "sk-0123456789abcdef" }, own: [403, 403, 200] },
  getKey: { own: [404, 404, 404] }, // the tenant has none
  deleteKey: { own: [403, 403, 404] },
  putEndpoint: { body: { url: "http://127.0.0.1:9/" }, own: [403, 403, 201] },
  listEndpoints: { own: [403, 403, 200], empty: { endpoints: [] } },
  getEndpoint: { own: [403, 403, 404] }, // the tenant has none
  deleteEndpoint: { own: [403, 403, 404] },
  rotateEndpoint: { own: [403, 403, 404] },
  pingEndpoint: { own: [403, 403, 404] },
  listNotifications: { own: [403, 403, 404] },
  getStatus: { own: [200, 200, 200], empty: { total: 0, successRate: null } },
  getQueueStatus: {
    own: [200, 200, 200],
    empty: { active: 0, waiting: 0, unfinished: 0, dead: 0, oldestSeconds: null },
  },
  redrive: { body: { all: true, reason: "the disk is larger" }, own: [403, 403, 202] },
  estimateCosts: { body: PLAN, own: [200, 200, 200] },
  judgePlan: { body: { profile: "dev", resources: [] }, own: [200, 200, 200] },
};
/** `deployV2` answers in the older service's shape: v2Deploy.test.ts. Webhooks are signed: webhooks.test.ts. */
const OPEN = [
  "health",
  "healthLive",
  "healthReady",
  "deployV2",
  "receiveGitHub",
  "receiveAzureDevOps",
  "receiveStripe",
];
const NOBODY = "azzzzzzzzz";
const NO_JOB = `${NOBODY}-zzzzzzzz`;

interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
}

const { json: document } = await testApi().call("GET", "/openapi.json", undefined, "");
const OPERATIONS: readonly Operation[] = Object.entries<Record<string, { operationId: string }>>(
  document.paths,
).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { operationId }]) => ({ id: operationId, method: method.toUpperCase(), path })),
);
const PROTECTED = OPERATIONS.filter(({ id }) => !OPEN.includes(id)).map((each) => [each.id, each] as const);

it("every operation has a row, and every row an operation", () => {
  expect(OPERATIONS.map(({ id }) => id).sort()).toEqual([...Object.keys(ROWS), ...OPEN].sort());
});

/** Calls an operation about a job and its app. */
function call(
  api: ReturnType<typeof testApi>,
  { id, method, path }: Operation,
  job: string,
  app: string,
  token: string,
) {
  const { body, query = "" } = ROWS[id] ?? { own: [0, 0, 0] };
  const address = path
    .replace("/jobs/{id}", `/jobs/${job}`)
    .replace("/deploy/project/{id}", `/deploy/project/${app}`)
    .replace("/deploy/{id}", `/deploy/${job}`)
    .replace("/deployments/{id}", `/deployments/${job}`)
    .replace("/apps/{id}", `/apps/${app}`)
    .replace("{feedbackId}", "3f1d2c4b-0000-4000-8000-000000000000")
    .replace("{host}", "www.example.org")
    .replace("{name}", "source.zip")
    .replace("{endpoint}", "hook")
    .replace("{provider}", "openai");
  return api.call(method, `${address}${query}`, typeof body === "function" ? body({ app }) : body, token);
}

it.each(PROTECTED)("%s: without a token 401, with a bad one 401, without a right 403", async (_, operation) => {
  const { api, id, appId } = await jobIn("succeeded");
  const as = async (token: string) => {
    const { status, json } = await call(api, operation, id, appId, token);
    return [status, json.code];
  };
  expect(await as("")).toEqual([401, "UNAUTHORIZED"]);
  expect(await as("bad.u.write")).toEqual([401, "UNAUTHORIZED"]);
  expect(await as("t1.u1.none")).toEqual([403, "FORBIDDEN"]);
});

it.each(PROTECTED)("%s: a reader, a member and an operator get what the row says", async (name, operation) => {
  const answers = [];
  for (const role of ROLES) {
    const { api, id, appId } = await jobIn("succeeded");
    const token = `t1.u2.${role}`;
    answers.push((await call(api, operation, id, appId, token)).status);
    expect(api.verified.filter((each) => each === token)).toHaveLength(1);
  }
  expect(answers).toEqual(ROWS[name]?.own);
});

it.each(PROTECTED)("%s: to another tenant what exists is as unknown as what does not", async (name, operation) => {
  const row = ROWS[name];
  for (const [index, role] of ROLES.entries()) {
    const { api, id, appId } = await jobIn("succeeded");
    const token = `t2.u1.${role}`;
    const foreign = await call(api, operation, id, appId, token);
    if (row?.own[index] === 403) expect(foreign.status).toBe(403);
    else if (operation.path.includes("{id}")) {
      const unknown = await call(api, operation, NO_JOB, NOBODY, token);
      const hidden = (text: string) => text.replaceAll(id, NO_JOB).replaceAll(appId, NOBODY);
      expect([foreign.status, hidden(foreign.text)]).toEqual([404, unknown.text]);
      expect(unknown.status).toBe(404);
    } else if (row?.empty) expect(foreign.json).toMatchObject(row.empty);
  }
});
