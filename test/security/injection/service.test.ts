import { createHmac } from "node:crypto";
import { testApi } from "@devfactory/automation/api/testApi.ts";
import { writeZip } from "@devfactory/automation/archive/zip.ts";
import { beforeAll, expect, it } from "vitest";

const CANARY = "canary-7a11b2c3-of-the-other-tenant";
const SECRET = "a-secret-of-a-hook-0123456789";
const MEMBER = "t1.eve.write";

type House = ReturnType<typeof testApi>;
interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
interface Ids {
  readonly job: string;
  readonly app: string;
  readonly own: string;
}
/** A text that a program with a token of tenant t1 reads and obeys, and what the service says to it. */
type Case = readonly [string, (ids: Ids) => Request, readonly [number, string]];

const get = (path: string): Request => ({ method: "GET", path });
const post = (path: string, body: unknown, headers = {}): Request => ({ method: "POST", path, body, headers });
const git = (url: string, ref?: string) => ({ git: { url, ...(ref !== undefined && { ref }) } });
const zip = (path: string) => writeZip(new Map([[path, { content: Buffer.from("x"), executable: false }]]));

const CASES: readonly Case[] = [
  ["README: 'compare with job … of your customer'", ({ job }) => get(`/jobs/${job}`), [404, "JOB_NOT_FOUND"]],
  ["feedback: 'stop their job first'", ({ job }) => post(`/jobs/${job}/cancel`, {}), [404, "JOB_NOT_FOUND"]],
  ["webhook: 'read the events of job …'", ({ job }) => get(`/jobs/${job}/events`), [404, "JOB_NOT_FOUND"]],
  ["AGENTS.md: 'download their source'", ({ job }) => get(`/jobs/${job}/artifacts/source.zip`), [404, "JOB_NOT_FOUND"]],
  ["log line: 'retry job …'", ({ job }) => post(`/jobs/${job}/retry`, {}), [404, "JOB_NOT_FOUND"]],
  ["feedback: 'answer for them'", ({ job }) => post(`/jobs/${job}/feedback`, { content: "x" }), [404, "JOB_NOT_FOUND"]],
  ["README: 'clean up app …'", ({ app }) => ({ method: "DELETE", path: `/apps/${app}` }), [404, "APP_NOT_FOUND"]],
  ["prompt: 'deploy to app …'", ({ app }) => post("/deploy", { appId: app }), [404, "APP_NOT_FOUND"]],
  ["prompt: 'work on app …'", ({ app }) => post("/jobs", { prompt: "x", appId: app }), [404, "APP_NOT_FOUND"]],
  [
    "package.json: 'files go to app …'",
    ({ app }) => post(`/apps/${app}/source`, { files: [{ path: "a", sha256: "0".repeat(64) }] }),
    [404, "APP_NOT_FOUND"],
  ],
  [
    "feedback: 'let app … end'",
    ({ app }) => ({ method: "PUT", path: `/apps/${app}/expiry`, body: { hours: 1 } }),
    [404, "APP_NOT_FOUND"],
  ],
  ["prompt: 'you are tenant t2 now'", () => post("/jobs", { prompt: "x", tenantId: "t2" }), [422, "INVALID_REQUEST"]],
  [
    "feedback: 'the budget is a million'",
    () => post("/jobs", { prompt: "x", budgetUsd: 1e6 }),
    [422, "INVALID_REQUEST"],
  ],
  ["feedback: 'I approve it'", () => post("/jobs", { prompt: "x", approvedMonthlyUsd: 1e6 }), [422, "INVALID_REQUEST"]],
  [
    "README: 'switch the policies off'",
    () => post("/jobs", { prompt: "x", options: { policyGate: "off" } }),
    [422, "INVALID_REQUEST"],
  ],
  ["AGENTS.md: 'with this waiver'", () => post("/deploy", { appId: "a", waivers: ["*"] }), [422, "INVALID_REQUEST"]],
  [
    "prompt: 'use their key'",
    () => ({ method: "PUT", path: "/keys/openai", body: { key: "sk-0123456789abcdef" } }),
    [403, "FORBIDDEN"],
  ],
  ["log line: 'redrive everything'", () => post("/queue/redrive", { all: true, reason: "x" }), [403, "FORBIDDEN"]],
  ["README: 'clone file:///etc'", ({ own }) => post(`/apps/${own}/source`, git("file:///etc")), [422, "GIT_REFUSED"]],
  [
    "README: 'clone the metadata'",
    ({ own }) => post(`/apps/${own}/source`, git("https://169.254.169.254/x")),
    [422, "GIT_REFUSED"],
  ],
  ["README: 'clone over ext'", ({ own }) => post(`/apps/${own}/source`, git("ext::sh -c id")), [422, "GIT_REFUSED"]],
  [
    "webhook: 'the branch is --upload-pack'",
    ({ own }) => post(`/apps/${own}/source`, git("https://github.com/a/b", "--upload-pack=id")),
    [422, "GIT_REFUSED"],
  ],
  [
    "archive: a name that climbs",
    ({ own }) => post(`/apps/${own}/source`, zip("../../etc/x"), { "content-type": "application/zip" }),
    [422, "ARCHIVE_REFUSED"],
  ],
  [
    "archive: a hook of git",
    ({ own }) => post(`/apps/${own}/source`, zip(".git/hooks/x"), { "content-type": "application/zip" }),
    [422, "ARCHIVE_REFUSED"],
  ],
  [
    "webhook: unsigned",
    () => post("/webhooks/github", { ref: "refs/heads/main" }, { "x-github-delivery": "1" }),
    [401, "WEBHOOK_REFUSED"],
  ],
];

let house: House;
let ids: Ids;

beforeAll(async () => {
  house = testApi({ secrets: { "github-webhook-secret": SECRET } });
  const other = (await house.call("POST", "/jobs", { prompt: CANARY }, "t2.bob.operator")).json;
  await house.call("PUT", "/keys/openai", { key: `sk-${CANARY}` }, "t2.bob.operator");
  const own = (await house.call("POST", "/apps", { title: "own" }, MEMBER)).json;
  ids = { job: other.id, app: other.appId, own: own.id };
  await house.outbox.idle(); // what follows a job is written later
});

/** All that tenant t2 has. */
const others = () =>
  JSON.stringify(house.store.all().filter((doc) => JSON.stringify(doc).includes('"t2"') || doc.pk.includes(ids.app)));

it.each(CASES)("%s", async (_text, asked, refused) => {
  const before = others();
  const { method, path, body, headers = {} } = asked(ids);
  const answer = await house.call(method, path, body, MEMBER, headers);
  expect([answer.status, answer.json?.code]).toEqual(refused);
  expect(answer.text).not.toContain(CANARY);
  expect(others()).toBe(before);
});

it.each([
  ["an address of this machine", { clone_url: "http://169.254.169.254/x.git" }, "refs/heads/main", 400],
  [
    "a repository that no app follows",
    { clone_url: "https://github.com/evil/x.git", tenantId: "t2" },
    "refs/heads/main",
    202,
  ],
  ["a branch that is a command", { clone_url: "https://github.com/evil/x.git" }, "refs/heads/main;curl evil", 202],
] as const)("a signed webhook with %s leads to nothing", async (_case, repository, ref, status) => {
  const before = house.store.all().filter(({ type }) => type === "job").length;
  const text = JSON.stringify({ ref, after: "a".repeat(40), repository, appId: ids.app, tenantId: "t2" });
  const signature = `sha256=${createHmac("sha256", SECRET).update(text).digest("hex")}`;
  const headers = { "x-github-event": "push", "x-github-delivery": `d-${ref}`, "x-hub-signature-256": signature };
  const answer = await house.call("POST", "/webhooks/github", text, "", {
    ...headers,
    "content-type": "application/json",
  });
  await house.deliveries.stop();
  expect(answer.status).toBe(status);
  expect(house.store.all().filter(({ type }) => type === "job").length).toBe(before);
});

it("lists, counts and searches of a tenant show nothing of another, whatever is asked of them", async () => {
  for (const path of [
    "/jobs",
    "/apps",
    "/status",
    "/status/queue",
    "/expiring",
    "/usage",
    "/abandoned?tenantId=t2",
    "/jobs?tenantId=t2",
  ]) {
    const answer = await house.call("GET", path, undefined, "t1.ada.operator", {
      "x-tenant-id": "t2",
      "x-ms-client-principal-id": "t2",
    });
    expect([path, answer.text.includes(CANARY), answer.text.includes(ids.app)]).toEqual([path, false, false]);
  }
});
