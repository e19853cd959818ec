import { expect, it } from "vitest";
import { writeZip } from "../archive/zip.ts";
import { apiSettings, v2Options } from "../settings.ts";
import { testApi } from "./testApi.ts";

const SITE = writeZip(new Map([["index.html", { content: Buffer.from("<p>"), executable: false }]]));
const IDS = { orgId: "org", userId: "somebody" };

async function project(api = testApi()) {
  const { appId } = (await api.call("POST", "/apps", {})).json;
  await api.call("POST", `/apps/${appId}/source`, SITE, undefined, { "content-type": "application/zip" });
  const deploy = (body: unknown, token?: string) => api.call("POST", "/api/deploy", body, token);
  return { api, appId: String(appId), deploy };
}

it("deploys in the shape of the older service; the ids of the body give no rights", async () => {
  const { api, appId, deploy } = await project();
  const { status, json } = await deploy({ projectId: appId, ...IDS });
  expect([status, json]).toEqual([
    200,
    { success: true, deploymentId: json.deploymentId, message: "The deployment is queued." },
  ]);
  expect((await api.call("GET", `/deploy/${json.deploymentId}/status`)).json).toMatchObject({
    status: "queued",
    appId,
  });
  const foreign = await deploy({ projectId: appId, orgId: "t1", userId: "u1" }, "t2.u2.write");
  expect([foreign.status, foreign.json]).toEqual([
    404,
    { success: false, error: "PROJECT_NOT_FOUND", message: `There is no app ${appId}.` },
  ]);
});

it("answers 409 while one runs, and takes the next after its end", async () => {
  const { api, appId, deploy } = await project();
  const { deploymentId } = (await deploy({ projectId: appId, ...IDS })).json;
  const second = await deploy({ projectId: appId, ...IDS });
  expect([second.status, second.json.error]).toEqual([409, "DEPLOYMENT_IN_PROGRESS"]);
  await api.call("POST", `/deploy/${deploymentId}/cancel`);
  expect((await deploy({ projectId: appId, ...IDS })).status).toBe(200);
});

it.each([
  ["no token", { ...IDS, projectId: "a" }, "", 401, "UNAUTHORIZED"],
  ["a bad token", { ...IDS, projectId: "a" }, "bad.u.write", 401, "UNAUTHORIZED"],
  ["a token without the right", { ...IDS, projectId: "a" }, "t1.u1.read", 403, "FORBIDDEN"],
  ["an unknown project", { ...IDS, projectId: "azzzzzzzzz" }, "t1.u1.write", 404, "PROJECT_NOT_FOUND"],
  ["no project", IDS, "t1.u1.write", 400, "INVALID_REQUEST"],
  ["an unknown field", { ...IDS, projectId: "a", tenantId: "t2" }, "t1.u1.write", 400, "INVALID_REQUEST"],
  ["a wrong type", { ...IDS, projectId: 7 }, "t1.u1.write", 400, "INVALID_REQUEST"],
  ["broken JSON", "{", "t1.u1.write", 400, "INVALID_REQUEST"],
  ["a large body", `"${"x".repeat(70_000)}"`, "t1.u1.write", 400, "INVALID_REQUEST"],
])("%s: the older code", async (_what, body, token, status, error) => {
  const { deploy } = await project();
  const answer = await deploy(body, token);
  expect([answer.status, answer.json.success, answer.json.error]).toEqual([status, false, error]);
  expect(Object.keys(answer.json)).toEqual(["success", "error", "message"]);
});

it("the quota has its older name", async () => {
  const { api, appId } = await project(testApi({ unfinished: 1 }));
  await api.call("POST", "/jobs", { prompt: "fills it" });
  const { status, json, headers } = await api.call("POST", "/api/deploy", { projectId: appId, ...IDS });
  expect([status, json.error, headers.get("retry-after")]).toEqual([429, "DEPLOYMENT_QUOTA_EXCEEDED", "5"]);
});

it("a share of the projects goes to this service, always the same; the others are answered by the older one", async () => {
  const asked: string[] = [];
  const older = (async (url: URL, request: RequestInit) => {
    asked.push(`${url} ${String(request.body)}`);
    return new Response('{"success":true,"deploymentId":"v2","message":"ok"}', { status: 200 });
  }) as unknown as typeof fetch;
  const counts = async (share: number) => {
    const { deploy } = await project(testApi({ v2: { share, url: "https://v2.example", fetch: older } }));
    const ids = Array.from({ length: 200 }, (_, index) => `project-${index}`);
    const answers = await Promise.all(ids.map((projectId) => deploy({ projectId, ...IDS })));
    return ids.filter((_, index) => answers[index]?.json.deploymentId !== "v2");
  };
  const few = await counts(10);
  const more = await counts(60);
  expect([
    (await counts(0)).length,
    few.every((id) => more.includes(id)),
    few.length > 5 && few.length < 45,
    more.length > 90,
  ]).toEqual([0, true, true, true]);
  expect(asked[0]).toBe(`https://v2.example/api/deploy {"projectId":"project-0","orgId":"org","userId":"somebody"}`);
});

it("the flag is v2, v3 or a percentage, and the older service needs an address", () => {
  const base = {
    AZURE_COSMOS_ENDPOINT: "https://c",
    AZURE_SERVICE_BUS_HOST: "b",
    AZURE_STORAGE_BLOB_ENDPOINT: "https://s",
    DEVFACTORY_AUTHORITY: "https://a",
    DEVFACTORY_API_CLIENT_ID: "id",
    AZURE_KEY_VAULT_ENDPOINT: "https://v",
  };
  const read = (version?: string, url?: string) =>
    v2Options(apiSettings({ ...base, DEPLOYMENT_SERVICE_VERSION: version, DEPLOYMENT_V2_URL: url }));
  expect([read(), read("v3"), read("100%"), read("v2", "https://v2"), read("25%", "https://v2")]).toEqual([
    { share: 100 },
    { share: 100 },
    { share: 100 },
    { share: 0, url: "https://v2" },
    { share: 25, url: "https://v2" },
  ]);
  expect(() => read("v2")).toThrow("DEPLOYMENT_V2_URL: needed while the version is v2");
  expect(() => read("101%")).toThrow("must be v2, v3 or a percentage");
});
