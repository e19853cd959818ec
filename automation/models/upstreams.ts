import type { ModelProvider } from "@devfactory/runtime/models/prices.ts";
import { z } from "zod";

const base = z.url({ protocol: /^https?$/ }).regex(/[^/]$/, "must not end in a slash");

/** Base address of each provider. `{resource}` is the name of the tenant's own resource, which stands with its key. */
export const ModelUpstreams = z.strictObject({
  openai: base.default("https://api.openai.com/v1"),
  // Microsoft Learn, "Azure OpenAI v1 API", read 2026-11-30
  "azure-openai": z
    .string()
    .regex(/^https?:\/\/[^\s?#]*\{resource\}[^\s?#]*$/, "must be an address with {resource} in it")
    .default("https://{resource}.openai.azure.com/openai/v1"),
  anthropic: base.default("https://api.anthropic.com/v1"),
  google: base.default("https://generativelanguage.googleapis.com/v1beta"),
});
export type ModelUpstreams = z.infer<typeof ModelUpstreams>;

/** Names of Azure AI resources (Microsoft Learn, "Naming rules", Microsoft.CognitiveServices/accounts), as part of a host: no dots. */
export const RESOURCE = /^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$/;

/** Where a provider is reached. @returns nothing when the resource has to be known and is not */
export function upstreamOf(
  upstreams: ModelUpstreams,
  provider: ModelProvider,
  resource: string | undefined,
): string | undefined {
  const address = upstreams[provider];
  if (!address.includes("{resource}")) return address;
  return resource !== undefined && RESOURCE.test(resource) ? address.replaceAll("{resource}", resource) : undefined;
}
