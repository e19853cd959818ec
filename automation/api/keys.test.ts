import { expect, it } from "vitest";
import { testApi } from "./testApi.ts";

const KEY = "sk-canary-0123456789abcdef";
const OPERATOR = "t1.ada.operator";

it("an operator stores a key, members see its end, nobody sees the key; the audit trail names who did it", async () => {
  const api = testApi();
  const stored = await api.call("PUT", "/keys/openai", { key: KEY }, OPERATOR);
  const info = {
    provider: "openai",
    last4: "cdef",
    version: 1,
    updatedBy: "ada",
    updatedAt: expect.any(String) as string,
  };
  expect([stored.status, stored.json]).toEqual([200, info]);
  const seen = await api.call("GET", "/keys/openai", undefined, "t1.bob.read");
  const { spending, ...shown } = seen.json;
  expect([seen.status, shown]).toEqual([200, info]);
  expect(spending).toMatchObject({ spentUsd: 0, reservedUsd: 0, calls: 0 });
  expect((await api.call("GET", "/keys/openai", undefined, "t2.ada.operator")).status).toBe(404);
  expect((await api.call("DELETE", "/keys/openai", undefined, OPERATOR)).status).toBe(204);
  expect((await api.call("GET", "/keys/openai", undefined, OPERATOR)).json.code).toBe("KEY_NOT_FOUND");
  const trail = await api.call("GET", "/audit?from=2020-01-01T00:00:00Z", undefined, OPERATOR);
  expect(
    trail.json.entries.map(({ event, userId, message }: Record<string, string>) => [event, userId, message]),
  ).toEqual([
    ["key_stored", "ada", "Key of openai, version 1"],
    ["key_removed", "ada", "Key of openai"],
  ]);
  expect(stored.text + seen.text + trail.text).not.toContain(KEY);
});

it("a key has a cap and its resource; a key that is stored again has the terms that come with it", async () => {
  const api = testApi({ now: () => Date.parse("2026-12-31T23:59:59Z") });
  const terms = { monthlyUsd: 12.5, resource: "acme-ai" };
  const put = await api.call("PUT", "/keys/azure-openai", { key: KEY, ...terms }, OPERATOR);
  expect(put.json).toMatchObject({ version: 1, ...terms });
  const seen = await api.call("GET", "/keys/azure-openai", undefined, "t1.bob.read");
  const none = { spentUsd: 0, reservedUsd: 0, calls: 0, inputTokens: 0, outputTokens: 0 };
  expect(seen.json).toMatchObject({
    ...terms,
    spending: { month: "2026-12", ...none, resetsAt: "2027-01-01T00:00:00.000Z" },
  });
  await api.call("PUT", "/keys/azure-openai", { key: KEY, resource: "other" }, OPERATOR);
  const { monthlyUsd, resource } = (await api.call("GET", "/keys/azure-openai", undefined, OPERATOR)).json;
  expect([monthlyUsd, resource]).toEqual([undefined, "other"]);
  const trail = await api.call("GET", "/audit?from=2020-01-01T00:00:00Z", undefined, OPERATOR);
  expect(trail.json.entries.map(({ message }: Record<string, string>) => message)).toEqual([
    "Key of azure-openai, version 1, at most 12.5 USD a month",
    "Key of azure-openai, version 2",
  ]);
});

it.each([
  ["azure-openai", {}, "resource: name the resource that the key belongs to"],
  ["openai", { resource: "acme" }, "resource: only keys of azure-openai have one"],
])("PUT /keys/%s with %j says what is wrong", async (provider, terms, detail) => {
  const { status, json } = await testApi().call("PUT", `/keys/${provider}`, { key: KEY, ...terms }, OPERATOR);
  expect([status, json.code, json.detail]).toEqual([422, "INVALID_REQUEST", detail]);
});

it("while the vault does not answer, a key is refused with 503 and the time to come back", async () => {
  const api = testApi();
  api.wrapper.fail = true;
  const { status, json, headers } = await api.call("PUT", "/keys/openai", { key: KEY }, OPERATOR);
  expect([status, json.code, headers.get("retry-after")]).toEqual([503, "KEYS_UNAVAILABLE", "10"]);
});

it.each([
  ["/keys/openai", { key: "short" }, "key"],
  ["/keys/openai", { key: "with a blank 0123456789" }, "key"],
  ["/keys/openai", { key: KEY, more: true }, ""],
  ["/keys/openai", { key: KEY, monthlyUsd: 0 }, "monthlyUsd"],
  ["/keys/azure-openai", { key: KEY, resource: "evil.example/x" }, "resource"],
  ["/keys/myspace", { key: KEY }, "provider"],
])("PUT %s with %j is refused with the field, without the key", async (path, body, field) => {
  const { status, json, text } = await testApi().call("PUT", path, body, OPERATOR);
  expect([status, json.code, json.errors[0].path]).toEqual([422, "INVALID_REQUEST", field]);
  expect(text).not.toContain(body.key);
});
