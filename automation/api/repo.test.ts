import { expect, it } from "vitest";
import { writeZip } from "../archive/zip.ts";
import { testApi } from "./testApi.ts";

const REPO = { provider: "github", url: "https://github.com/acme/notes" } as const;
const KEPT = { ...REPO, branch: "main" };

it("an app's repository comes with a job or by itself, stays for later jobs, is changed, and taken away; the trail says by whom", async () => {
  const api = testApi();
  const made = (await api.call("POST", "/jobs", { prompt: "notes", repo: REPO })).json;
  const shown = async () => (await api.call("GET", `/apps/${made.appId}`)).json.repo;
  expect(await shown()).toEqual(KEPT);
  await api.call("POST", "/jobs", { prompt: "with dates", appId: made.appId });
  expect(await shown()).toEqual(KEPT);
  const other = { ...REPO, branch: "apps/notes" };
  await api.call("POST", "/jobs", { prompt: "with colours", appId: made.appId, repo: other });
  expect(await shown()).toEqual(other);
  const set = await api.call("PUT", `/apps/${made.appId}/repo`, REPO, "t1.bob.write");
  expect([set.status, set.json.repo]).toEqual([200, KEPT]);
  for (const _ of [1, 2]) {
    const gone = await api.call("DELETE", `/apps/${made.appId}/repo`);
    expect([gone.status, "repo" in gone.json]).toEqual([200, false]);
  }
  expect(await shown()).toBe(undefined);
  const trail = (await api.call("GET", "/audit?from=2020-01-01T00:00:00Z", undefined, "t1.ada.operator")).json.entries;
  expect(
    trail
      .filter(({ event }: { event: string }) => event.startsWith("repo_"))
      .map(({ event, userId, message }: Record<string, string>) => [event, userId, message]),
  ).toEqual([
    ["repo_set", "bob", `Versions of ${made.appId} go to main of ${REPO.url}`],
    ["repo_removed", "u1", `Versions of ${made.appId} are pushed nowhere`],
    ["repo_removed", "u1", `Versions of ${made.appId} are pushed nowhere`],
  ]);
});

it("POST /deploy takes a repository along, and changes nothing when there is no source", async () => {
  const api = testApi();
  const { appId } = (await api.call("POST", "/apps", {})).json;
  const refused = await api.call("POST", "/deploy", { appId, repo: REPO });
  expect([refused.json.code, (await api.call("GET", `/apps/${appId}`)).json.repo]).toEqual([
    "SOURCE_MISSING",
    undefined,
  ]);
  const zip = writeZip(new Map([["index.html", { content: Buffer.from("<p>"), executable: false }]]));
  const sent = await api.call("POST", `/apps/${appId}/source`, zip, "t1.u1.write", {
    "content-type": "application/zip",
  });
  expect(sent.status).toBe(201);
  expect((await api.call("POST", "/deploy", { appId, repo: REPO })).status).toBe(202);
  expect((await api.call("GET", `/apps/${appId}`)).json.repo).toEqual(KEPT);
});

it.each([
  ["another host", { ...REPO, url: "https://10.0.0.1/acme/notes" }, "REPO_INVALID"],
  ["another provider's host", { ...REPO, provider: "azure-repos" }, "REPO_INVALID"],
  ["a sign-in in the address", { ...REPO, url: "https://u:hunter2hunter2@github.com/a/b" }, "REPO_INVALID"],
  ["plain http", { ...REPO, url: "http://github.com/a/b" }, "REPO_INVALID"],
  ["an unknown provider", { ...REPO, provider: "gitlab" }, "INVALID_REQUEST"],
  ["a token beside it", { ...REPO, token: "hunter2hunter2" }, "INVALID_REQUEST"],
])("%s is refused by all three, as a problem with its way out, before anything is kept", async (_, repo, code) => {
  const api = testApi();
  const { appId } = (await api.call("POST", "/apps", {})).json;
  for (const [method, path, body] of [
    ["PUT", `/apps/${appId}/repo`, repo],
    ["POST", "/jobs", { prompt: "notes", repo }],
    ["POST", "/deploy", { appId, repo }],
  ] as const) {
    const { status, json, text, headers } = await api.call(method, path, body);
    expect([status, json.code, headers.get("content-type")]).toEqual([422, code, "application/problem+json"]);
    expect([typeof json.detail, typeof json.fix, text.includes("hunter2")]).toEqual(["string", "string", false]);
  }
  expect([
    (await api.call("GET", "/jobs")).json.jobs,
    "repo" in (await api.call("GET", `/apps/${appId}`)).json,
  ]).toEqual([[], false]);
});

it("to another tenant the app is as unknown as one that does not exist; a token is stored by operators alone and never shown", async () => {
  const api = testApi();
  const { appId } = (await api.call("POST", "/apps", {})).json;
  expect((await api.call("PUT", `/apps/${appId}/repo`, REPO, "t2.u.operator")).json.code).toBe("APP_NOT_FOUND");
  expect((await api.call("DELETE", `/apps/${appId}/repo`, undefined, "t2.u.operator")).json.code).toBe("APP_NOT_FOUND");
  const job = { prompt: "notes", appId, repo: REPO };
  expect((await api.call("POST", "/jobs", job, "t2.u.operator")).json.code).toBe("APP_NOT_FOUND");
  const key = "github-canary-0123456789";
  expect((await api.call("PUT", "/keys/github", { key })).status).toBe(403);
  for (const provider of ["github", "azure-repos"]) {
    const stored = await api.call("PUT", `/keys/${provider}`, { key }, "t1.ada.operator");
    expect([stored.status, stored.json.provider, stored.json.last4, stored.text.includes(key)]).toEqual([
      200,
      provider,
      "6789",
      false,
    ]);
  }
});
