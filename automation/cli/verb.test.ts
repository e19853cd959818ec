import { expect, it } from "vitest";
import { CliError } from "./cliError.ts";
import { parseModel } from "./verb.ts";

const ADVICE = "Write it as openai/gpt-5-mini; the providers are openai, azure-openai, anthropic, google.";

it.each([
  ["openai/gpt-5-mini", { provider: "openai", name: "gpt-5-mini" }],
  ["google/models/x", { provider: "google", name: "models/x" }],
])("%s is a model", (text, model) => {
  expect(parseModel(text)).toEqual(model);
});

it.each(["gpt-5-mini", "acme/x", "openai/", "/x", ""])("%j names no model, and the message says how", (text) => {
  expect(() => parseModel(text)).toThrow(new CliError(`${text} names no model.`, ADVICE));
});
