import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { ModelDoor } from "./door.ts";
import type { ModelProvider } from "./prices.ts";

/** Each client behind the gateway's address of its provider; the run's token stands where the key would. */
const CLIENTS: Readonly<Record<ModelProvider, (baseURL: string, apiKey: string, model: string) => LanguageModelV4>> = {
  openai: (baseURL, apiKey, model) => createOpenAI({ baseURL, apiKey }).chat(model),
  // Azure's v1 API has OpenAI's wire format; what differs, host and header, is the gateway's.
  "azure-openai": (baseURL, apiKey, model) => createOpenAI({ baseURL, apiKey }).chat(model),
  anthropic: (baseURL, apiKey, model) => createAnthropic({ baseURL, apiKey }).languageModel(model),
  google: (baseURL, apiKey, model) => createGoogleGenerativeAI({ baseURL, apiKey }).languageModel(model),
};

/** The model of a provider, through the gateway. */
export function modelByKey(provider: ModelProvider, model: string, { gateway, token }: ModelDoor): LanguageModelV4 {
  return CLIENTS[provider](`${gateway.replace(/\/+$/, "")}/models/${provider}`, token, model);
}
