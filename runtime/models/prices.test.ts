import { expect, it } from "vitest";
import { costOf, isModelProvider, MODEL_PROVIDERS, modelsOf, priceOf } from "./prices.ts";

it.each([
  [{ inputTokens: 1_000_000, cachedTokens: 0, outputTokens: 0 }, 3],
  [{ inputTokens: 1_000_000, cachedTokens: 400_000, outputTokens: 0 }, 1.92],
  [{ inputTokens: 1_000_000, cachedTokens: 2_000_000, outputTokens: 1_000_000 }, 15.3],
  [{ inputTokens: 0, cachedTokens: 0, outputTokens: 0 }, 0],
])("%j of claude-sonnet-4-5 cost %d USD", (tokens, usd) => {
  const price = priceOf("anthropic", "claude-sonnet-4-5");
  expect(price && costOf(price, tokens)).toBeCloseTo(usd, 9);
});

it("without a price of its own what was cached costs as input does", () => {
  const tokens = { inputTokens: 1_000_000, cachedTokens: 500_000, outputTokens: 0 };
  expect(costOf({ inputUsd: 2, outputUsd: 9 }, tokens)).toBe(2);
});

it.each(MODEL_PROVIDERS)("%s: what was cached is cheaper than input, and that than output", (provider) => {
  for (const name of modelsOf(provider)) {
    const { inputUsd = 0, cachedUsd = 0, outputUsd = 0 } = priceOf(provider, name) ?? {};
    expect([name, 0 < cachedUsd, cachedUsd < inputUsd, inputUsd < outputUsd]).toEqual([name, true, true, true]);
  }
});

it("a name that every object has is no model, and no provider", () => {
  expect(priceOf("openai", "constructor")).toBeUndefined();
  expect(isModelProvider("toString")).toBe(false);
});
