import { z } from "zod";
import content from "./prices.json" with { type: "json" };

/** Providers that agents can use with a key. */
export const MODEL_PROVIDERS = ["openai", "azure-openai", "anthropic", "google"] as const;
export type ModelProvider = (typeof MODEL_PROVIDERS)[number];

/** US dollars per million tokens. */
export interface ModelPrice {
  readonly inputUsd: number;
  readonly outputUsd: number;
  /** Of input that the provider has kept from an earlier call. @default `inputUsd` */
  readonly cachedUsd?: number | undefined;
}

/** What one call, or several, used. `cachedTokens` are a part of `inputTokens`; output includes what a model thinks. */
export interface TokenCount {
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
}

const Price = z.strictObject({
  inputUsd: z.number().positive(),
  cachedUsd: z.number().positive(),
  outputUsd: z.number().positive(),
});

/**
 * Prices of the models that can be used by key: only those with one price, whatever the length of the input. A model that is not here is
 * refused, as what it costs could be neither told nor limited.
 */
const PRICES = z
  .strictObject({
    source: z.string(),
    readAt: z.iso.date(),
    unit: z.string(),
    models: z.record(z.enum(MODEL_PROVIDERS), z.record(z.string(), Price)),
  })
  .parse(content);

const MILLION = 1_000_000;
/** Of one answer: so much is kept of a spending cap for each call, and what is longer is written in parts. */
export const MAX_OUTPUT_TOKENS = 16_000;

export function isModelProvider(name: string): name is ModelProvider {
  return MODEL_PROVIDERS.some((each) => each === name);
}

/** @returns nothing for a model without a price */
export function priceOf(provider: ModelProvider, model: string): ModelPrice | undefined {
  const models = PRICES.models[provider];
  return Object.hasOwn(models, model) ? models[model] : undefined;
}

/** Names of a provider's models that have a price. */
export function modelsOf(provider: ModelProvider): readonly string[] {
  return Object.keys(PRICES.models[provider]);
}

/** Price of tokens in dollars. */
export function costOf(
  { inputUsd, cachedUsd = inputUsd, outputUsd }: ModelPrice,
  { inputTokens, cachedTokens, outputTokens }: TokenCount,
): number {
  const cached = Math.min(cachedTokens, inputTokens);
  return (inputUsd * (inputTokens - cached) + cachedUsd * cached + outputUsd * outputTokens) / MILLION;
}
