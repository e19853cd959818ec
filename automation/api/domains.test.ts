import { expect, it } from "vitest";
import { writeZip } from "../archive/zip.ts";
import { testApi } from "./testApi.ts";
import { finish, releaseOf } from "./testing/deployed.ts";

async function liveApp(api = testApi()) {
  const job = (await api.call("POST", "/jobs", { prompt: "notes" })).json;
  await finish(api, job.id, { release: releaseOf(1) });
  return { api, appId: String(job.appId) };
}

it("PUT tells what is known and queues the job that brings it further; a repeated one goes on; GET and the list show it", async () => {
  const { api, appId } = await liveApp();
  const path = `/apps/${appId}/domains/WWW.Example.org.`;
  const { status, json, headers } = await api.call("PUT", path, {});
  expect([status, headers.get("location")]).toEqual([202, `/jobs/${json.jobId}`]);
  const { jobId, ...shown } = json;
  expect(shown).toEqual({
    host: "www.example.org",
    service: "web",
    apex: false,
    state: "requested",
    records: [],
    by: "u1",
    addedAt: expect.any(String) as string,
    updatedAt: shown.addedAt,
  });
  const job = (await api.call("GET", `/jobs/${jobId}`)).json;
  expect([job.kind, job.from]).toEqual(["deploy", { kind: "domain", host: "www.example.org" }]);
  const again = await api.call("PUT", path);
  expect([again.status, again.json.jobId === jobId]).toEqual([202, false]);
  expect((await api.call("GET", path)).json).toEqual(shown);
  expect((await api.call("GET", `/apps/${appId}/domains`)).json).toEqual({ domains: [shown] });
});

it("before the first deployment there is no job: that one tells the records", async () => {
  const api = testApi();
  const { appId } = (await api.call("POST", "/apps", {})).json;
  const { status, json } = await api.call("PUT", `/apps/${appId}/domains/example.org`, { service: "web" });
  expect([status, json.jobId, json.apex, json.service]).toEqual([200, undefined, true, "web"]);
  const gone = await api.call("DELETE", `/apps/${appId}/domains/example.org`);
  expect([gone.status, gone.json, (await api.call("GET", `/apps/${appId}/domains`)).json]).toEqual([
    202,
    { host: "example.org" },
    { domains: [] },
  ]);
});

it("a service has one domain, and only one that the internet reaches can have it", async () => {
  const { api, appId } = await liveApp();
  const put = (host: string, body: object = {}) => api.call("PUT", `/apps/${appId}/domains/${host}`, body);
  await put("one.example.org");
  expect((await put("two.example.org")).json).toMatchObject({
    code: "DOMAIN_TAKEN",
    status: 409,
    detail: "web has one.example.org; a service has one.",
  });
  expect((await put("two.example.org", { service: "worker" })).json).toMatchObject({
    code: "DOMAIN_SERVICE",
    status: 409,
    detail: `worker of ${appId} cannot be reached from the internet; services that can: web.`,
  });
  expect((await api.call("DELETE", `/apps/${appId}/domains/two.example.org`)).json).toMatchObject({
    code: "DOMAIN_NOT_FOUND",
    status: 404,
  });
  const gone = await api.call("DELETE", `/apps/${appId}/domains/one.example.org`);
  expect([gone.status, typeof gone.json.jobId]).toEqual([202, "string"]);
  expect((await put("two.example.org")).status).toBe(202);
});

it.each([
  "localhost",
  "app.localhost",
  "10.0.0.1",
  "2130706433",
  "0x7f.1",
  "[::1]",
  "example",
  "-a.example.org",
  "a_b.example.org",
  "*.example.org",
  "a%20b.example.org",
  "x.azurecontainerapps.io",
  "shop.azurestaticapps.net",
  "metadata.internal",
  "user%40example.org",
  "example.org%3A443",
  `${"a".repeat(64)}.example.org`,
  `${"a.".repeat(130)}org`,
])("%s is no domain of an app", async (host) => {
  const { api, appId } = await liveApp();
  const { status, json } = await api.call("PUT", `/apps/${appId}/domains/${host}`, {});
  expect([status, json.code === "DOMAIN_INVALID" || json.code === "INVALID_REQUEST"]).toEqual([422, true]);
  expect((await api.call("GET", `/apps/${appId}/domains`)).json.domains).toEqual([]);
});

it("a name in other letters is kept as DNS knows it", async () => {
  const { api, appId } = await liveApp();
  const { json } = await api.call("PUT", `/apps/${appId}/domains/${encodeURIComponent("bücher.example.org")}`, {});
  expect(json.host).toBe("xn--bcher-kva.example.org");
});

it("If-Match holds for domains", async () => {
  const { api, appId } = await liveApp();
  const path = `/apps/${appId}/domains/www.example.org`;
  await api.call("PUT", path, {});
  const etag = (await api.call("GET", path)).headers.get("etag") ?? "";
  const remove = (tag: string) => api.call("DELETE", path, undefined, undefined, { "if-match": tag });
  expect((await remove('"1.x"')).json.code).toBe("VERSION_CHANGED");
  expect((await remove(etag)).status).toBe(202);
});

it("POST /deploy and the older service's call take a domain along", async () => {
  const api = testApi();
  const { appId } = (await api.call("POST", "/apps", {})).json;
  const deploy = (customDomain: string) => api.call("POST", "/deploy", { appId, customDomain });
  expect((await deploy("www.example.org")).json.code).toBe("SOURCE_MISSING");
  expect((await api.call("GET", `/apps/${appId}/domains`)).json.domains).toEqual([]);
  const text = Buffer.from("<p>");
  const zip = writeZip(new Map([["index.html", { content: text, executable: false }]]));
  await api.call("POST", `/apps/${appId}/source`, zip, undefined, { "content-type": "application/zip" });
  expect((await deploy("localhost")).json.code).toBe("DOMAIN_INVALID");
  expect((await deploy("www.example.org")).status).toBe(202);
  const { domains } = (await api.call("GET", `/apps/${appId}/domains`)).json;
  expect(domains.map((each: { host: string; state: string }) => [each.host, each.state])).toEqual([
    ["www.example.org", "requested"],
  ]);
  const other = testApi();
  const made = (await other.call("POST", "/apps", {})).json.appId;
  await other.call("POST", `/apps/${made}/source`, zip, undefined, { "content-type": "application/zip" });
  const v2 = { projectId: made, orgId: "o", userId: "u", customDomain: "shop.example.org" };
  expect((await other.call("POST", "/api/deploy", { ...v2, customDomain: "127.0.0.1" })).json).toMatchObject({
    success: false,
    error: "INVALID_REQUEST",
  });
  expect((await other.call("POST", "/api/deploy", v2)).json).toMatchObject({ success: true });
  expect((await other.call("GET", `/apps/${made}/domains/shop.example.org`)).json.state).toBe("requested");
});
