import { MODEL_PROVIDERS, type ModelProvider } from "@devfactory/runtime/models/prices.ts";
import { expect, it } from "vitest";
import { ModelUpstreams, upstreamOf } from "./upstreams.ts";
import { type Json, WIRES } from "./wire.ts";

const M = "m";
const CHAT = { model: M, messages: [{ role: "user", content: "x" }] };
const say = (part: object) => ({ ...CHAT, messages: [{ role: "user", content: [part] }] });
const GOOGLE = { contents: [{ role: "user", parts: [{ text: "x" }] }] };
const FUNCTIONS = "tools must be functions";
const TEXTS = "messages must hold text and function calls only";

it.each([
  ["openai", CHAT, undefined],
  ["openai", { ...CHAT, tools: [{ type: "function", function: { name: "f" } }] }, undefined],
  ["openai", say({ type: "text", text: "x" }), undefined],
  ["openai", say({ type: "file", file: {} }), TEXTS],
  ["openai", { ...CHAT, model: "other" }, "the model must be m"],
  ["openai", { ...CHAT, store: true }, "the field store is not taken"],
  ["azure-openai", { ...CHAT, data_sources: [] }, "the field data_sources is not taken"],
  ["anthropic", { ...CHAT, system: [{ type: "text", text: "x" }] }, undefined],
  ["anthropic", { ...CHAT, tools: [{ name: "f", input_schema: {} }] }, undefined],
  ["anthropic", { ...CHAT, tools: [{ type: "web_search_20250305", name: "web_search" }] }, FUNCTIONS],
  ["anthropic", { ...CHAT, tools: [{ name: "f", cache_control: {} }] }, "cache_control is not taken"],
  ["anthropic", { ...CHAT, mcp_servers: [] }, "the field mcp_servers is not taken"],
  ["anthropic", { ...CHAT, service_tier: "priority" }, "the field service_tier is not taken"],
  ["anthropic", say({ type: "document", source: { type: "url" } }), TEXTS],
  ["anthropic", say({ type: "tool_result", content: [{ type: "image", source: {} }] }), TEXTS],
  ["anthropic", say({ type: "text", text: "x", cache_control: { type: "ephemeral" } }), "cache_control is not taken"],
  ["google", { ...GOOGLE, tools: [{ functionDeclarations: [] }] }, undefined],
  ["google", { ...GOOGLE, tools: [{ googleSearch: {} }] }, FUNCTIONS],
  ["google", { ...GOOGLE, tools: [{ functionDeclarations: [], codeExecution: {} }] }, FUNCTIONS],
  ["google", { ...GOOGLE, generationConfig: { candidateCount: 8 } }, "the field candidateCount is not taken"],
  ["google", { ...GOOGLE, cachedContent: "x" }, "the field cachedContent is not taken"],
  [
    "google",
    { contents: [{ parts: [{ fileData: { fileUri: "gs://x" } }] }] },
    "contents must hold text and function calls only",
  ],
  [
    "google",
    { contents: [{ parts: [{ functionResponse: { name: "f", response: {}, parts: [{ fileData: {} }] } }] }] },
    "contents must hold text and function calls only",
  ],
  // What is no object hides nothing that stands beside it.
  ["openai", { ...CHAT, messages: [{ role: "user", content: ["x", { type: "file", file: {} }] }] }, TEXTS],
  ["openai", { ...CHAT, messages: ["x", ...say({ type: "file", file: {} }).messages] }, TEXTS],
  ["openai", { ...CHAT, tools: {} }, FUNCTIONS],
  ["openai", { ...CHAT, messages: say({ type: "file" }).messages[0] }, "messages must be a list"],
  ["anthropic", { ...CHAT, tools: ["x", { type: "web_search_20250305" }] }, FUNCTIONS],
  ["google", { contents: GOOGLE.contents[0] }, "contents must be a list"],
] as const)("%s: %j", (provider, body: Json, problem) => {
  expect(WIRES[provider].problem(body, M)).toBe(problem);
});

it.each([
  ["openai", { usage: { prompt_tokens: 5, completion_tokens: 2 } }, [5, 0, 2]],
  [
    "anthropic",
    { usage: { input_tokens: 5, cache_read_input_tokens: 3, cache_creation_input_tokens: 1, output_tokens: 2 } },
    [9, 3, 2],
  ],
  ["google", { usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 2, thoughtsTokenCount: 4 } }, [5, 0, 6]],
  ["google", { usageMetadata: { promptTokenCount: 5 } }, [5, 0, 0]],
] as const)("%s counts %j as %j", (provider, answer: Json, [inputTokens, cachedTokens, outputTokens]) => {
  expect(WIRES[provider].usage(answer)).toEqual({ inputTokens, cachedTokens, outputTokens });
});

it.each(MODEL_PROVIDERS)("%s: an answer that does not say what it used has no count", (provider) => {
  for (const usage of [undefined, {}, "x", { prompt_tokens: "5", input_tokens: -1, promptTokenCount: 1.5 }])
    expect(WIRES[provider].usage({ usage, usageMetadata: usage })).toBeUndefined();
});

it.each([
  ["openai", undefined, "https://api.openai.com/v1"],
  ["anthropic", undefined, "https://api.anthropic.com/v1"],
  ["google", undefined, "https://generativelanguage.googleapis.com/v1beta"],
  ["azure-openai", "acme", "https://acme.openai.azure.com/openai/v1"],
  ["azure-openai", undefined, undefined],
  ["azure-openai", "evil.example/", undefined],
] satisfies readonly (readonly [ModelProvider, string | undefined, string | undefined])[])(
  "%s with the resource %s is at %s",
  (provider, resource, address) => {
    expect(upstreamOf(ModelUpstreams.parse({}), provider, resource)).toBe(address);
  },
);
