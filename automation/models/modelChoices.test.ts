import { expect, it } from "vitest";
import type { KeyInfo } from "../keys/keyStore.ts";
import { ModelChoices } from "./modelChoices.ts";
import { ModelUpstreams } from "./upstreams.ts";

/** What a tenant hears that stored a key of Azure OpenAI with this. */
async function heard(stored: Partial<KeyInfo>): Promise<unknown> {
  const choices = new ModelChoices({
    keys: { info: async () => ({ provider: "azure-openai", ...stored }) as KeyInfo },
    spending: { check: async () => {} },
    upstreams: ModelUpstreams.parse({}),
  });
  return choices.check("t1", { provider: "azure-openai", name: "gpt-5-mini" }).then(
    () => "can be used",
    (error: { code: unknown }) => error.code,
  );
}

it.each([
  ["its resource", { resource: "contoso-models" }, "can be used"],
  ["no resource, as keys of earlier versions", {}, "MODEL_KEY_MISSING"],
  ["a resource that would be another host", { resource: "evil.example/" }, "MODEL_KEY_MISSING"],
])("a key of Azure OpenAI that was stored with %s", async (_, stored, answer) => {
  expect(await heard(stored)).toBe(answer);
});
