import { expect, it } from "vitest";
import { docsScript, requestOf } from "./docsScript.ts";
import { rateFields } from "./rateHeaders.ts";
import { testApi } from "./testApi.ts";

const get = (api: ReturnType<typeof testApi>, path: string, etag?: string, token?: string) =>
  api.call("GET", path, undefined, token, etag === undefined ? {} : { "if-none-match": etag });

it("a GET of one thing has an ETag, and answers 304 without a body to who has it, until it changes", async () => {
  const api = testApi();
  const { id, appId } = (await api.call("POST", "/jobs", { prompt: "a clinic" })).json;
  await api.outbox.idle();
  for (const path of [
    `/jobs/${id}`,
    `/apps/${appId}`,
    `/deploy/${id}/status`,
    "/usage?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z",
  ]) {
    const first = await get(api, path);
    const etag = first.headers.get("etag") ?? "";
    expect([first.status, first.headers.get("cache-control")]).toEqual([200, "private, no-cache"]);
    expect(etag).toMatch(/^"[\w.-]+"$/);
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const { status, text, headers } = await get(api, path, header);
      expect([header, status, text, headers.get("etag"), headers.get("content-type")]).toEqual([
        header,
        304,
        "",
        etag,
        null,
      ]);
    }
    expect((await get(api, path, '"other"')).status).toBe(200);
  }
  const before = (await get(api, `/jobs/${id}`)).headers.get("etag") ?? "";
  await api.call("POST", `/jobs/${id}/cancel`);
  expect((await get(api, `/jobs/${id}`, before)).status).toBe(200);
});

it("an ETag opens no door: without a token 401, to another tenant 404", async () => {
  const api = testApi();
  const { id } = (await api.call("POST", "/jobs", { prompt: "a clinic" })).json;
  const etag = (await get(api, `/jobs/${id}`)).headers.get("etag") ?? "";
  expect((await get(api, `/jobs/${id}`, etag, "")).status).toBe(401);
  expect((await get(api, `/jobs/${id}`, "*", "t2.u1.read")).status).toBe(404);
});

it("If-Match changes only what is as it was seen", async () => {
  const api = testApi();
  const { id, appId } = (await api.call("POST", "/jobs", { prompt: "a clinic" })).json;
  const tag = async (path: string) => (await get(api, path)).headers.get("etag") ?? "";
  const change = (method: string, path: string, etag: string) =>
    api.call(method, path, undefined, undefined, { "if-match": etag });
  const [job, app] = [await tag(`/jobs/${id}`), await tag(`/apps/${appId}`)];
  expect((await change("POST", `/jobs/${id}/cancel`, '"9.x"')).json).toMatchObject({
    code: "VERSION_CHANGED",
    status: 412,
    detail: "It is at version 1 now, not at the one of If-Match.",
  });
  expect((await change("POST", `/jobs/${id}/cancel`, "yesterday")).json).toMatchObject({ code: "INVALID_REQUEST" });
  expect((await change("POST", `/jobs/${id}/cancel`, job)).status).toBe(202);
  expect((await change("DELETE", `/apps/${appId}`, app)).status).toBe(412); // the cancel changed it
  expect((await change("DELETE", `/apps/${appId}`, await tag(`/apps/${appId}`))).status).toBe(202);
  expect((await change("POST", `/jobs/${id}/finalize`, "*")).status).toBe(409);
});

it.each([
  ["https://dashboard.example", true],
  ["http://dashboard.example", false],
  ["https://dashboard.example:8443", false],
  ["https://dashboard.example.evil.example", false],
  ["https://evil-dashboard.example", false],
  ["https://sub.dashboard.example", false],
  ["HTTPS://DASHBOARD.EXAMPLE", false],
  ["null", false],
  ["*", false],
])("the origin %s may read answers: %s", async (origin, allowed) => {
  const { app } = testApi();
  const headers = { origin, "access-control-request-method": "POST", "access-control-request-headers": "if-match" };
  const preflight = await app.request("/jobs", { method: "OPTIONS", headers });
  const answer = await app.request("/health/live", { headers: { origin } });
  const expected = allowed ? origin : null;
  expect([preflight, answer].map((each) => each.headers.get("access-control-allow-origin"))).toEqual([
    expected,
    expected,
  ]);
  expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
  expect(answer.headers.get("vary")).toContain("Origin"); // no cache gives one origin's answer to another
  expect(preflight.headers.get("access-control-allow-headers")?.split(",")).toContain("if-match");
});

it("answers to what takes from a limit say what is left of it", async () => {
  const api = testApi({ jobsPerMinute: 2, unfinished: 5 });
  const post = () => api.call("POST", "/jobs", { prompt: "a clinic" });
  const said = async () => {
    const { status, headers } = await post();
    return [status, headers.get("ratelimit"), headers.get("ratelimit-policy")];
  };
  const policy = '"jobs";q=2;w=60, "unfinished";q=5';
  expect(await said()).toEqual([202, '"jobs";r=1;t=30, "unfinished";r=4', policy]);
  expect(await said()).toEqual([202, '"jobs";r=0;t=60, "unfinished";r=3', policy]);
  const refused = await post();
  expect([refused.status, refused.headers.get("retry-after"), refused.headers.get("ratelimit")]).toEqual([
    429,
    "30",
    '"jobs";r=0;t=60, "unfinished";r=3',
  ]);
  expect((await get(api, "/jobs")).headers.get("ratelimit")).toBeNull();
});

it("limits that were never touched are whole", () => {
  const now = Date.now();
  expect(rateFields(undefined, { jobsPerMinute: 120, unfinished: 100 }, now).left).toBe(
    '"jobs";r=120;t=0, "unfinished";r=100',
  );
  const quota = { active: 100, rates: { jobs: { tokens: 0.25, atMs: now } } };
  expect(rateFields(quota, { jobsPerMinute: 120, unfinished: 100 }, now).left).toBe(
    '"jobs";r=0;t=60, "unfinished";r=0',
  );
});

it("the page of the API has a form for every operation, and may load nothing from elsewhere", async () => {
  const api = testApi();
  const { paths } = (await api.call("GET", "/openapi.json", undefined, "")).json as { paths: Record<string, object> };
  const page = await api.call("GET", "/docs", undefined, "");
  const forms = [...page.text.matchAll(/<form data-method="(\w+)" data-path="([^"]+)">/g)].map(
    ([, method, path]) => `${method} ${path}`,
  );
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(forms.sort()).toEqual(operations.sort());
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  const script = await api.call("GET", "/docs/try.js", undefined, "");
  expect([script.headers.get("content-type"), script.text]).toEqual(["text/javascript; charset=utf-8", docsScript()]);
  expect(() => new Function(script.text)).not.toThrow(SyntaxError);
});

it("a form becomes a request: path and query are encoded, what is empty is left out", () => {
  const fields = [
    { name: "id", in: "path", value: "a/../b" },
    { name: "limit", in: "query", value: "2" },
    { name: "cursor", in: "query", value: "" },
    { name: "idempotency-key", in: "header", value: "k" },
  ];
  const form = { method: "post", path: "/jobs/{id}/retry", fields, body: "{}", token: "t" };
  expect(requestOf("/api", form)).toEqual({
    url: "/api/jobs/a%2F..%2Fb/retry?limit=2",
    init: {
      method: "POST",
      headers: { "idempotency-key": "k", authorization: "Bearer t", "content-type": "application/json" },
      body: "{}",
    },
  });
  expect(requestOf("", { method: "get", path: "/jobs", fields: [], body: "", token: "" })).toEqual({
    url: "/jobs",
    init: { method: "GET", headers: {} },
  });
});
