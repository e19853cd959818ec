import { isModelProvider, MODEL_PROVIDERS, type ModelProvider } from "@devfactory/runtime/models/prices.ts";
import { PROFILES, type Profile } from "@devfactory/stacks/spec/index.ts";
import { type Command, Option } from "commander";
import { CliError } from "./cliError.ts";
import type { Target } from "./connect.ts";
import type { OutputFormat } from "./output.ts";

/** Options of all verbs that ask a platform. */
export interface Common {
  readonly output: OutputFormat;
  readonly target: Target;
  readonly user?: string;
}

/** A command with the options that all verbs share. */
export function verb(program: Command, usage: string, description: string): Command {
  return program
    .command(usage)
    .description(description)
    .addOption(
      new Option("-o, --output <format>", "how the result is printed").choices(["text", "json"]).default("text"),
    )
    .addOption(new Option("--target <target>", "which platform is asked").choices(["local", "azure"]).default("local"))
    .option("--user <name>", "who asks, on the local target", "member@contoso.example");
}

/** @throws {CliError} with the profiles that there are */
export function parseProfile(name: string): Profile {
  const found = PROFILES.find((each) => each === name);
  if (found) return found;
  throw new CliError(`There is no profile ${name}.`, `Use one of: ${PROFILES.join(", ")}.`);
}

/** A provider and one of its models; the API says which models there are. @throws {CliError} with the providers that there are */
export function parseModel(text: string): { readonly provider: ModelProvider; readonly name: string } {
  const [, provider = "", name = ""] = /^([^/]+)\/(.+)$/.exec(text) ?? [];
  if (isModelProvider(provider)) return { provider, name };
  const known = MODEL_PROVIDERS.join(", ");
  throw new CliError(`${text} names no model.`, `Write it as openai/gpt-5-mini; the providers are ${known}.`);
}
