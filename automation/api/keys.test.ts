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
  expect([seen.status, seen.json]).toEqual([200, info]);
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
  ["/keys/myspace", { key: KEY }, "provider"],
])("PUT %s with %j is refused with the field, without the key", async (path, body, field) => {
  const { status, json, text } = await testApi().call("PUT", path, body, OPERATOR);
  expect([status, json.code, json.errors[0].path]).toEqual([422, "INVALID_REQUEST", field]);
  expect(text).not.toContain(body.key);
});
