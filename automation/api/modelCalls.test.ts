import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { modelByKey } from "@devfactory/runtime/models/byKey.ts";
import { costOf, type ModelProvider, priceOf } from "@devfactory/runtime/models/prices.ts";
import { runTask } from "@devfactory/runtime/runTask.ts";
import { type AgentEvent, AgentTask } from "@devfactory/runtime/task.ts";
import { generateText } from "ai";
import { expect, it, vi } from "vitest";
import { startProviders, type Turn, USED } from "../models/testing/standIn.ts";
import { startServer } from "./server.ts";
import { testApi } from "./testApi.ts";

const KEY = "canary-key-0123456789abcdef";
const MODELS = [
  ["openai", "gpt-5-mini"],
  ["azure-openai", "gpt-5-nano"],
  ["anthropic", "claude-sonnet-4-5"],
  ["google", "gemini-2.5-flash"],
] as const;
const OPERATOR = "t1.ada.operator";
const RUN = { tenantId: "t1", jobId: "a-job", appId: "a", agent: "backend_agent" };

/** The API on a port, providers on another, a key of the tenant, and a run that may use the model. */
async function open(provider: ModelProvider, model: string, options: { cap?: number; turns?: readonly Turn[] } = {}) {
  const providers = await startProviders(options.turns);
  const told: object[] = [];
  const clock = { now: Date.parse("2026-11-15T12:00:00Z") };
  const api = testApi({ upstreams: providers.upstreams, told, now: () => clock.now });
  const terms = {
    ...(provider === "azure-openai" && { resource: "acme" }),
    ...(options.cap && { monthlyUsd: options.cap }),
  };
  const stored = await api.call("PUT", `/keys/${provider}`, { key: KEY, ...terms }, OPERATOR);
  expect(stored.status).toBe(200);
  const { server, port } = await startServer(api.app.fetch, { port: 0 });
  const token = await api.models.tokens.issue({ ...RUN, provider, model }, 600);
  const gateway = `http://127.0.0.1:${port}`;
  const spending = async () => (await api.call("GET", `/keys/${provider}`, undefined, OPERATOR)).json.spending;
  return {
    ...{ api, providers, told, clock, token, gateway, spending },
    door: { gateway, token },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await providers[Symbol.asyncDispose]();
    },
  };
}

const TURNS: readonly Turn[] = [
  { text: "I write.", calls: [{ tool: "write_file", input: { path: "backend/a.ts", text: "export const a = 1;\n" } }] },
  { calls: [{ tool: "read_file", input: { path: "backend/a.ts" } }] },
  { text: "It is there." },
];

it.each(MODELS)(
  "%s: an agent does a real run with tool calls through the gateway, and its cost is known",
  async (provider, name) => {
    await using house = await open(provider, name, { turns: TURNS });
    const folder = await mkdtemp(join(tmpdir(), "model-calls-"));
    const events: AgentEvent[] = [];
    const task = AgentTask.parse({ ...RUN, prompt: "a note", model: { provider, name }, ownKey: true });
    const result = await runTask(task, folder, { door: house.door, events: (event) => events.push(event) });
    const price = priceOf(provider, name) ?? { inputUsd: 0, outputUsd: 0 };
    const usd = 3 * costOf(price, USED);
    expect(result).toMatchObject({
      status: "succeeded",
      summary: "It is there.",
      files: [{ path: "backend/a.ts", bytes: 20 }],
      usage: { steps: 3, tokens: 3_300 },
    });
    expect(result.usage.usd).toBeCloseTo(usd, 9);
    expect(await readFile(join(folder, "backend/a.ts"), "utf8")).toBe("export const a = 1;\n");
    // The tool's answer went back to the model, in the provider's own form.
    expect(JSON.stringify(house.providers.heard[2]?.body)).toContain("export const a = 1;");
    const spent = await house.spending();
    expect(spent).toMatchObject({ month: "2026-11", reservedUsd: 0, calls: 3, inputTokens: 3_000, outputTokens: 300 });
    expect(Math.abs(spent.spentUsd - usd)).toBeLessThanOrEqual(3e-6); // each call is rounded up to a millionth
    // The key went to the provider alone, and the run's token to us alone.
    const seen = JSON.stringify([
      events,
      result,
      house.told,
      [...house.api.keyRows.rows],
      await house.api.call("GET", "/audit?from=2020-01-01T00:00:00Z", undefined, OPERATOR),
    ]);
    for (const secret of [KEY, house.token]) expect(seen).not.toContain(secret);
    expect(JSON.stringify(house.providers.heard)).not.toContain(house.token);
  },
);

it.each([
  ["openai", "gpt-5-mini", "/openai/chat/completions", { authorization: `Bearer ${KEY}` }],
  ["azure-openai", "gpt-5-nano", "/azure-openai/acme/chat/completions", { "api-key": KEY }],
  ["anthropic", "claude-sonnet-4-5", "/anthropic/messages", { "x-api-key": KEY, "anthropic-version": "2023-06-01" }],
  ["google", "gemini-2.5-flash", "/google/models/gemini-2.5-flash:generateContent", { "x-goog-api-key": KEY }],
] as const)(
  "%s: the provider gets one call with the key in its header, and nothing else of the agent's headers",
  async (provider, name, url, own) => {
    await using house = await open(provider, name);
    await generateText({ model: modelByKey(provider, name, house.door), prompt: "hello", headers: { "x-agent": "1" } });
    const [first, ...more] = house.providers.heard;
    expect([first?.method, first?.url, more]).toEqual(["POST", url, []]);
    const { host: _, "content-length": __, ...headers } = first?.headers ?? {};
    const common = {
      "accept-encoding": "identity",
      connection: "close",
      "content-type": "application/json",
      "user-agent": "DevFactory",
    };
    expect(headers).toEqual({ ...common, ...own });
  },
);

it.each(MODELS)(
  "%s: a refused key, too many calls and a broken provider are told as such, without the key",
  async (provider, name) => {
    await using house = await open(provider, name);
    const model = modelByKey(provider, name, house.door);
    const task = AgentTask.parse({ ...RUN, prompt: "x", model: { provider, name }, ownKey: true });
    const folder = await mkdtemp(join(tmpdir(), "model-calls-"));
    const refusal = (status: number, message: string) => () => ({
      status,
      body: JSON.stringify({ error: { message } }),
    });
    house.providers.behaviour.answer = refusal(401, `Incorrect API key provided: ${KEY}.`);
    const refused = await runTask(task, folder, { door: house.door });
    expect(refused.error).toEqual({
      code: "MODEL_KEY_REFUSED",
      message: `${provider} answered 401: Incorrect API key provided: [secret:value].`,
      details: { provider, status: 401, reason: "Incorrect API key provided: [secret:value]." },
    });
    const answer = async (status: number, message = "slow down", headers = {}) => {
      house.providers.behaviour.answer = () => ({ status, headers, body: JSON.stringify({ error: { message } }) });
      const error = await generateText({ model, prompt: "x", maxRetries: 0 }).then(
        () => undefined,
        (thrown: {
          statusCode: number;
          isRetryable: boolean;
          responseBody: string;
          responseHeaders: Record<string, string>;
        }) => thrown,
      );
      const { code } = JSON.parse(error?.responseBody ?? "{}");
      return [error?.statusCode, code, error?.isRetryable, error?.responseHeaders["retry-after"]];
    };
    expect(await answer(429, "slow down", { "retry-after": "7" })).toEqual([429, "MODEL_BUSY", true, "7"]);
    expect(await answer(500)).toEqual([502, "MODEL_FAILED", true, undefined]);
    expect(await answer(400)).toEqual([422, "MODEL_CALL_REFUSED", false, undefined]);
    expect(await answer(302, "", { location: `${house.providers.base}/elsewhere` })).toEqual([
      502,
      "MODEL_FAILED",
      true,
      undefined,
    ]);
    expect(house.providers.heard.some(({ url }) => url === "/elsewhere")).toBe(false);
    expect(await house.spending()).toMatchObject({ spentUsd: 0, reservedUsd: 0 }); // what was refused costs nothing
  },
);

/** A plain request to the gateway. */
async function send(
  house: { gateway: string; token: string },
  path: string,
  body: unknown,
  own: { method?: string; token?: string; raw?: string } = {},
) {
  const { method = "POST", token = house.token, raw } = own;
  const response = await fetch(`${house.gateway}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(method === "GET" ? {} : { body: raw ?? JSON.stringify(body) }),
  });
  const text = await response.text();
  return [response.status, (JSON.parse(text) as { code?: string }).code] as const;
}
const CHAT = "/models/openai/chat/completions";
const ASK = { model: "gpt-5-mini", messages: [{ role: "user", content: "x" }] };

it("a token that is wrong, over, taken away, or of another tenant or model opens nothing", async () => {
  await using house = await open("openai", "gpt-5-mini");
  const secret = house.token.split(".").at(-1) ?? "";
  const of = (tenant: string, job: string) => `dfrun_${Buffer.from(tenant).toString("base64url")}.${job}.${secret}`;
  expect(of("t1", RUN.jobId)).toBe(house.token);
  expect(await send(house, CHAT, ASK)).toEqual([200, undefined]);
  for (const token of [
    "",
    "x",
    of("t2", RUN.jobId),
    of("t1", "b-job"),
    `${house.token.slice(0, -2)}AA`,
    "t1.ada.operator",
  ])
    expect([token, ...(await send(house, CHAT, ASK, { token }))]).toEqual([token, 401, "MODEL_RUN_REFUSED"]);
  expect(await send(house, CHAT, { ...ASK, model: "gpt-5" })).toEqual([422, "MODEL_REQUEST_REFUSED"]);
  await house.api.call("PUT", "/keys/google", { key: KEY }, OPERATOR);
  const other = await house.api.models.tokens.issue({ ...RUN, provider: "google", model: "gemini-2.5-flash" }, 600);
  expect(await send(house, CHAT, ASK, { token: other })).toEqual([403, "MODEL_NOT_OF_RUN"]);
  house.clock.now += 601_000;
  expect(await send(house, CHAT, ASK)).toEqual([401, "MODEL_RUN_REFUSED"]);
  const ended = await house.api.models.tokens.issue({ ...RUN, provider: "openai", model: "gpt-5-mini" }, 600);
  expect(await send(house, CHAT, ASK, { token: ended })).toEqual([200, undefined]);
  await house.api.models.tokens.end(ended);
  expect(await send(house, CHAT, ASK, { token: ended })).toEqual([401, "MODEL_RUN_REFUSED"]);
  expect(house.providers.heard).toHaveLength(2);
});

it("a token does not open the API, and a person's token does not open a model", async () => {
  await using house = await open("openai", "gpt-5-mini");
  expect(await send(house, CHAT, undefined, { raw: "{", token: "x" })).toEqual([401, "MODEL_RUN_REFUSED"]);
  expect(await send(house, CHAT, undefined, { raw: "{" })).toEqual([400, "MALFORMED_BODY"]);
  const asked = await house.api.call("GET", "/jobs", undefined, `bad${house.token}`);
  expect(asked.status).toBe(403);
  expect(await send(house, CHAT, ASK, { token: OPERATOR })).toEqual([401, "MODEL_RUN_REFUSED"]);
});

it.each([
  ["POST", "/models/openai/embeddings"],
  ["POST", "/models/openai/responses"],
  ["POST", "/models/openai/chat/completions/x"],
  ["POST", "/models/openai/chat/completions?stream=true"],
  ["POST", "/models/openai//chat/completions"],
  ["POST", "/models/github/chat/completions"],
  ["POST", "/models/google/models/gemini-2.5-flash:streamGenerateContent"],
  ["POST", "/models/google/models/x%2F..%2Fy:generateContent"],
  ["POST", "/api/models/openai/chat/completions"],
  ["GET", CHAT],
  ["PUT", CHAT],
  ["DELETE", CHAT],
])("%s %s is not served", async (method, path) => {
  await using house = await open("openai", "gpt-5-mini");
  expect(await send(house, path, ASK, { method })).toEqual([404, "ROUTE_NOT_FOUND"]);
  expect(house.providers.heard).toEqual([]);
});

it.each([
  ["stream", { stream: true }],
  ["several answers", { n: 8 }],
  ["a dearer tier", { service_tier: "priority" }],
  ["the provider's web search", { web_search_options: {} }],
  ["a tool of the provider's", { tools: [{ type: "web_search" }] }],
  ["tools that are no list", { tools: "x" }],
  [
    "an image by address",
    { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "http://10.0.0.1" } }] }] },
  ],
])("%s is refused before anything is reserved", async (_, more) => {
  await using house = await open("openai", "gpt-5-mini");
  expect(await send(house, CHAT, { ...ASK, ...more })).toEqual([422, "MODEL_REQUEST_REFUSED"]);
  expect([house.providers.heard, (await house.spending()).calls]).toEqual([[], 0]);
});

it("a body of 2 MiB, a key twice and no JSON are refused", async () => {
  await using house = await open("openai", "gpt-5-mini");
  const big = { ...ASK, messages: [{ role: "user", content: "x".repeat(2 * 1024 * 1024) }] };
  const refused = await house.api.call("POST", CHAT, big, house.token);
  expect([refused.status, refused.json.code]).toEqual([413, "BODY_TOO_LARGE"]);
  const twice = '{"model":"gpt-5-mini","model":"gpt-5","messages":[]}';
  expect(await send(house, CHAT, undefined, { raw: twice })).toEqual([400, "MALFORMED_BODY"]);
  expect(await send(house, CHAT, undefined, { raw: "[1]" })).toEqual([422, "MODEL_REQUEST_REFUSED"]);
  expect(house.providers.heard).toEqual([]);
});

it("an answer has a bound, whatever was asked for", async () => {
  await using house = await open("openai", "gpt-5-mini");
  for (const asked of [{}, { max_tokens: 1_000_000 }, { max_completion_tokens: 50 }, { max_completion_tokens: -1 }])
    await send(house, CHAT, { ...ASK, ...asked });
  expect(house.providers.heard.map(({ body }) => [body.max_tokens, body.max_completion_tokens])).toEqual([
    [undefined, 16_000],
    [undefined, 16_000],
    [undefined, 50],
    [undefined, 16_000],
  ]);
});

it("at the cap a call is refused with 402 that names it, and the agent ends with that", async () => {
  // A call is bounded at some 32 thousandths of a dollar and costs 0.405 thousandths.
  await using house = await open("openai", "gpt-5-mini", {
    cap: 0.0333,
    turns: Array.from({ length: 9 }, (_, at) => ({
      calls: [{ tool: "write_file", input: { path: `backend/${at}.ts`, text: "x" } }],
    })),
  });
  const task = AgentTask.parse({
    ...RUN,
    prompt: "x",
    model: { provider: "openai", name: "gpt-5-mini" },
    ownKey: true,
  });
  const folder = await mkdtemp(join(tmpdir(), "model-calls-"));
  const result = await runTask(task, folder, { door: house.door });
  const made = house.providers.heard.length;
  expect(made).toBeGreaterThan(0);
  const spentUsd = Math.round(made * 405) / 1_000_000;
  const details = {
    provider: "openai",
    capUsd: 0.0333,
    spentUsd,
    reservedUsd: 0,
    resetsAt: "2026-12-01T00:00:00.000Z",
  };
  const message = `The cap of 0.0333 USD a month for your key of openai has no room for this: ${spentUsd} USD are spent, 0 USD are kept for calls that run.`;
  expect(result).toMatchObject({
    status: "failed",
    error: { code: "MODEL_CAP_REACHED", message, details },
    usage: { steps: made },
  });
  expect(await house.spending()).toMatchObject({ spentUsd, calls: made });
  const long = { ...ASK, messages: [{ role: "user", content: "x".repeat(4_000) }] };
  expect(await send(house, CHAT, long)).toEqual([402, "MODEL_CAP_REACHED"]);
  house.clock.now = Date.parse("2026-12-01T00:00:00Z");
  const fresh = await house.api.models.tokens.issue({ ...RUN, provider: "openai", model: "gpt-5-mini" }, 600);
  expect(await send(house, CHAT, ASK, { token: fresh })).toEqual([200, undefined]);
});

it("an agent that goes away in the middle of a call ends it, and pays its bound", async () => {
  await using house = await open("openai", "gpt-5-mini", { cap: 1 });
  house.providers.behaviour.answer = () => "hang";
  const going = new AbortController();
  const model = modelByKey("openai", "gpt-5-mini", house.door);
  const asked = generateText({ model, prompt: "x", maxRetries: 0, abortSignal: going.signal });
  asked.catch(() => undefined);
  await vi.waitFor(() => expect(house.providers.heard).toHaveLength(1));
  expect(await house.spending()).toMatchObject({ calls: 0, spentUsd: 0 });
  const { reservedUsd } = await house.spending();
  expect(reservedUsd).toBeGreaterThan(0.032);
  going.abort();
  await vi.waitFor(async () => expect((await house.spending()).calls).toBe(1));
  expect(await house.spending()).toMatchObject({ spentUsd: reservedUsd, reservedUsd: 0 });
});

it("what was never answered counts at its bound; where nobody was reached, nothing does", async () => {
  await using house = await open("openai", "gpt-5-mini");
  house.providers.behaviour.answer = () => ({ status: 200, body: "no json" });
  expect(await send(house, CHAT, ASK).catch(() => "no json")).toBe("no json");
  const { spentUsd, calls } = await house.spending();
  // 16,000 tokens out at 2 dollars a million, and at most 1,200 in at a quarter.
  expect([calls, spentUsd >= 0.032 && spentUsd < 0.0325]).toEqual([1, true]);
  house.providers.behaviour.answer = () => "break";
  expect(await send(house, CHAT, ASK)).toEqual([502, "MODEL_FAILED"]);
  expect(await house.spending()).toMatchObject({ calls: 2, spentUsd: 2 * spentUsd, reservedUsd: 0 });
  await house.providers[Symbol.asyncDispose]();
  expect(await send(house, CHAT, ASK)).toEqual([502, "MODEL_FAILED"]);
  expect(await house.spending()).toMatchObject({ calls: 3, spentUsd: 2 * spentUsd, reservedUsd: 0 });
});
