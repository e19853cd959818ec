import { RuntimeError } from "../errors.ts";
import type { PricedModel } from "../loop/runAgent.ts";
import { templateModel } from "./template/model.ts";

/** Providers by key: the settings that each needs before it can be used. */
const PROVIDERS: Readonly<Record<string, readonly string[]>> = {
  openai: ["OPENAI_API_KEY"],
  "azure-openai": ["AZURE_OPENAI_ENDPOINT"],
  anthropic: ["ANTHROPIC_API_KEY"],
  google: ["GOOGLE_GENERATIVE_AI_API_KEY"],
};

/**
 * The model that a task names, with its price.
 *
 * @throws {RuntimeError} `UNKNOWN_PROVIDER`, or `PROVIDER_NOT_CONFIGURED` with the settings that are missing
 */
export function resolveModel(
  { provider, name }: { readonly provider: string; readonly name: string },
  env: Readonly<Record<string, string | undefined>>,
): PricedModel {
  if (provider === "template") return { model: templateModel(name), price: { inputUsd: 0, outputUsd: 0 } };
  const settings = PROVIDERS[provider];
  const known = ["template", ...Object.keys(PROVIDERS)].join(", ");
  if (!settings) throw new RuntimeError("UNKNOWN_PROVIDER", { provider, known });
  const missing = settings.filter((setting) => !env[setting]);
  const needs =
    missing.length > 0
      ? `the setting ${missing.join(", ")}`
      : `the package @ai-sdk/${provider}, which is not installed`;
  throw new RuntimeError("PROVIDER_NOT_CONFIGURED", { provider, settings: needs });
}
