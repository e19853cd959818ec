import type { ModelProvider, TokenCount } from "@devfactory/runtime/models/prices.ts";
import { anthropicProblem, googleProblem, openaiProblem } from "./wireProblems.ts";

export type Json = Readonly<Record<string, unknown>>;

/** How one provider is spoken to. Only the one call that agents make is known: an answer in one piece, from text and calls of own tools. */
export interface Wire {
  /** Path of the call behind the provider's base address; other paths are not served. */
  readonly path: (model: string) => string;
  /** Header that carries the run's token to us, and the key to the provider. @param inbound the SDK's own way to say it */
  readonly credential: { readonly inbound: string; readonly outbound: string; readonly prefix: string };
  /** Headers that are sent besides. */
  readonly headers: Readonly<Record<string, string>>;
  /** What is wrong with a request; nothing when it may go on. */
  readonly problem: (body: Json, model: string) => string | undefined;
  /** The request with a bound on its answer, and the bound, in tokens. */
  readonly bounded: (body: Json, most: number) => { readonly body: Json; readonly outputTokens: number };
  /** What the answer says was used; nothing when it does not say. */
  readonly usage: (answer: Json) => TokenCount | undefined;
}

const OPENAI = {
  path: () => "/chat/completions",
  headers: {},
  problem: openaiProblem,
  bounded: ({ max_tokens, max_completion_tokens, ...body }, most) => {
    const outputTokens = atMost(max_completion_tokens ?? max_tokens, most);
    return { body: { ...body, max_completion_tokens: outputTokens }, outputTokens };
  },
  // OpenAI API reference, "Chat completion object": completion_tokens has the reasoning in it, prompt_tokens what was cached.
  usage: (answer) => {
    const usage = objectIn(answer, "usage");
    return counted(
      usage?.prompt_tokens,
      objectIn(usage ?? {}, "prompt_tokens_details")?.cached_tokens,
      usage?.completion_tokens,
    );
  },
} as const satisfies Omit<Wire, "credential">;

const BEARER = { inbound: "authorization", outbound: "authorization", prefix: "Bearer " } as const;

export const WIRES: Readonly<Record<ModelProvider, Wire>> = {
  openai: { ...OPENAI, credential: BEARER },
  // Microsoft Learn, "Azure OpenAI v1 API": OpenAI's wire format, the key in `api-key`.
  "azure-openai": { ...OPENAI, credential: { ...BEARER, outbound: "api-key" } },
  anthropic: {
    path: () => "/messages",
    credential: { inbound: "x-api-key", outbound: "x-api-key", prefix: "" },
    headers: { "anthropic-version": "2023-06-01" },
    problem: anthropicProblem,
    bounded: (body, most) => {
      const outputTokens = atMost(body.max_tokens, most);
      return { body: { ...body, max_tokens: outputTokens }, outputTokens };
    },
    // Anthropic API reference, "Messages": input_tokens has no cached ones in it.
    usage: (answer) => {
      const usage = objectIn(answer, "usage");
      const { cache_read_input_tokens: cached = 0, cache_creation_input_tokens: created = 0 } = usage ?? {};
      const input = sum(usage?.input_tokens, cached, created);
      return counted(input, cached, usage?.output_tokens);
    },
  },
  google: {
    path: (model) => `/models/${model}:generateContent`,
    credential: { inbound: "x-goog-api-key", outbound: "x-goog-api-key", prefix: "" },
    headers: {},
    problem: googleProblem,
    bounded: (body, most) => {
      const config = objectIn(body, "generationConfig") ?? {};
      const outputTokens = atMost(config.maxOutputTokens, most);
      return { body: { ...body, generationConfig: { ...config, maxOutputTokens: outputTokens } }, outputTokens };
    },
    // Gemini API reference, "UsageMetadata": candidatesTokenCount has no thoughts in it, promptTokenCount what was cached.
    usage: (answer) => {
      const usage = objectIn(answer, "usageMetadata");
      const { candidatesTokenCount: said = 0, thoughtsTokenCount: thought = 0 } = usage ?? {};
      const input = sum(usage?.promptTokenCount, usage?.toolUsePromptTokenCount ?? 0);
      return counted(input, usage?.cachedContentTokenCount, sum(said, thought));
    },
  },
};

/** A field that holds an object. */
export function objectIn(of: Json, name: string): Json | undefined {
  const value = of[name];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

function atMost(asked: unknown, most: number): number {
  return typeof asked === "number" && Number.isInteger(asked) && asked > 0 ? Math.min(asked, most) : most;
}

function counted(input: unknown, cached: unknown, output: unknown): TokenCount | undefined {
  if (!isCount(input) || !isCount(output)) return undefined;
  return { inputTokens: input, cachedTokens: isCount(cached) ? cached : 0, outputTokens: output };
}

function sum(...counts: readonly unknown[]): number | undefined {
  return counts.every(isCount) ? counts.reduce((all, each) => all + each, 0) : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}
