import { expect, it } from "vitest";
import { testApi } from "./testApi.ts";

const OPERATOR = "t1.ada.operator";
const MODEL = { provider: "openai", name: "gpt-5-mini" };
const key = (terms: object = {}) => ({ key: "canary-key-0123456789abcdef", ...terms });
const NOW = Date.parse("2026-11-15T12:00:00Z");

it("a job with a model of a provider whose key is there is accepted; its app keeps the model for later wishes", async () => {
  const api = testApi();
  await api.call("PUT", "/keys/openai", key(), OPERATOR);
  const made = await api.call("POST", "/jobs", { prompt: "a clinic", model: MODEL, options: { region: "westeurope" } });
  expect([made.status, made.json.options]).toEqual([202, { region: "westeurope", model: MODEL }]);
  const next = await api.call("POST", "/jobs", { prompt: "more", appId: made.json.appId });
  expect([next.status, next.json.options]).toEqual([202, { region: "westeurope", model: MODEL }]);
  const model = { provider: "template", name: "template-1" };
  const back = await api.call("POST", "/jobs", { prompt: "more", appId: made.json.appId, model });
  expect([back.status, back.json.options.model]).toEqual([202, model]);
  const plain = await api.call("POST", "/jobs", { prompt: "a shop" });
  expect(plain.json.options).toEqual({});
});

it.each([
  [{ provider: "openai", name: "gpt-1" }, 422, "MODEL_UNKNOWN", "Use one of: gpt-5, gpt-5-mini, gpt-5-nano."],
  [
    { provider: "anthropic", name: "claude-sonnet-4-5" },
    422,
    "MODEL_KEY_MISSING",
    expect.stringContaining("PUT /keys/anthropic"),
  ],
  [{ provider: "acme", name: "x" }, 422, "INVALID_REQUEST", expect.any(String)],
  [{ provider: "template", name: "template-9" }, 422, "MODEL_UNKNOWN", "Use one of: template-1."],
  [{ ...MODEL, key: "x" }, 422, "INVALID_REQUEST", expect.any(String)],
])("the model %j is refused, and nothing is made", async (model, status, code, fix) => {
  const api = testApi();
  await api.call("PUT", "/keys/openai", key(), OPERATOR);
  const refused = await api.call("POST", "/jobs", { prompt: "a clinic", model });
  expect([refused.status, refused.json.code, refused.json.fix]).toEqual([status, code, fix]);
  expect((await api.call("GET", "/jobs")).json.jobs).toEqual([]);
});

it("another tenant's key is none of yours", async () => {
  const api = testApi();
  await api.call("PUT", "/keys/openai", key(), "t2.eve.operator");
  const { status, json } = await api.call("POST", "/jobs", { prompt: "a clinic", model: MODEL });
  expect([status, json.code]).toEqual([422, "MODEL_KEY_MISSING"]);
});

it("at the cap a job with that model is refused with 402 that names it, before anything is made; next month it is not", async () => {
  const clock = { now: NOW };
  const api = testApi({ now: () => clock.now });
  await api.call("PUT", "/keys/openai", key({ monthlyUsd: 5 }), OPERATOR);
  const { spending } = api.models;
  const purse = { tenantId: "t1", provider: "openai", monthlyUsd: 5 };
  const call = await spending.reserve(purse, 5_000_000);
  await spending.settle(call, { microUsd: 5_000_000, inputTokens: 1, outputTokens: 1 });
  const refused = await api.call("POST", "/jobs", { prompt: "a clinic", model: MODEL });
  expect([refused.status, refused.json]).toEqual([
    402,
    {
      code: "MODEL_CAP_REACHED",
      title: "The spending cap of your key is reached",
      status: 402,
      detail:
        "The cap of 5 USD a month for your key of openai has no room for this: 5 USD are spent, 0 USD are kept for calls that run.",
      fix: "Wait until it resets at 2026-12-01T00:00:00.000Z, or raise `monthlyUsd` with PUT /keys/openai; then retry the job.",
    },
  ]);
  expect((await api.call("GET", "/jobs")).json.jobs).toEqual([]);
  expect((await api.call("POST", "/jobs", { prompt: "a clinic" })).status).toBe(202);
  clock.now = Date.parse("2026-12-01T00:00:00Z");
  expect((await api.call("POST", "/jobs", { prompt: "a clinic", model: MODEL })).status).toBe(202);
});
