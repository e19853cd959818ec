import { isModelProvider } from "@devfactory/runtime/models/prices.ts";
import { Argument, type Command } from "commander";
import type { ApiClient, KeyView, NewKey } from "../client/apiClient.ts";
import { PROVIDERS, type Provider } from "../keys/keyStore.ts";
import { CliError } from "./cliError.ts";
import { type OutputFormat, print, printJson, say } from "./output.ts";
import { readSecret } from "./readSecret.ts";

interface KeyOptions {
  readonly output: OutputFormat;
}

interface SetOptions extends KeyOptions {
  readonly monthlyUsd?: string;
  readonly resource?: string;
}

/** `keys`, `keys set` and `keys remove`. @param verb makes a command with the options that all verbs share */
export function addKeyCommands<T extends KeyOptions>(
  program: Command,
  verb: (parent: Command, usage: string, description: string) => Command,
  connect: (options: T) => ApiClient,
): void {
  const keys = verb(program, "keys", "the keys that your tenant brought, and what was spent with them").action(
    async (options: T) => {
      const service = connect(options);
      const found = (await Promise.all(PROVIDERS.map((each) => service.key(each)))).filter((key) => key !== undefined);
      if (options.output === "json") return printJson({ keys: found });
      for (const key of found) print(keyLine(key));
      if (found.length === 0) print("No keys. An operator stores one with `npx devfactory keys set <provider>`.");
    },
  );
  const provider = () => new Argument("<provider>", "whose key").choices(PROVIDERS);
  verb(keys, "set", "store or replace a key, read from the standard input (operators)")
    .addArgument(provider())
    .option("--monthly-usd <amount>", "of a model provider: the most that may be spent in a calendar month")
    .option("--resource <name>", "of azure-openai: the name in <name>.openai.azure.com")
    .action(async (of: Provider, _own: object, command: Command) => {
      // `keys` has the shared options too and takes what is said after `set`.
      const options = command.optsWithGlobals<T & SetOptions>();
      const terms = termsOf(options);
      const stored = await connect(options).putKey(of, { key: await readSecret(`Key of ${of}:`), ...terms });
      if (options.output === "json") return printJson(stored);
      print(keyLine(stored));
      if (isModelProvider(of) && stored.monthlyUsd === undefined)
        say("Nothing limits what is spent with it: see --monthly-usd.");
    });
  verb(keys, "remove", "forget a key (operators)")
    .addArgument(provider())
    .action(async (of: Provider, _own: object, command: Command) => {
      const options = command.optsWithGlobals<T>();
      await connect(options).deleteKey(of);
      if (options.output === "json") printJson({ removed: of });
      else print(`The key of ${of} is gone.`);
    });
}

function termsOf({ monthlyUsd, resource }: SetOptions): Omit<NewKey, "key"> {
  if (monthlyUsd !== undefined && !(Number(monthlyUsd) > 0))
    throw new CliError(`${monthlyUsd} is no amount.`, "Use for example --monthly-usd 50.", { wrongUse: true });
  return {
    ...(monthlyUsd !== undefined && { monthlyUsd: Number(monthlyUsd) }),
    ...(resource !== undefined && { resource }),
  };
}

/** What a person reads of a key. */
export function keyLine({ provider, last4, updatedAt, monthlyUsd, resource, spending }: KeyView): string {
  const where = resource === undefined ? "" : ` of ${resource}`;
  const spent = spending === undefined ? "" : `, ${usd(spending.spentUsd)} spent in ${spending.month}`;
  const cap = monthlyUsd === undefined ? "" : `, at most ${usd(monthlyUsd)} a month`;
  return `${provider.padEnd(12)}  …${last4}${where}, stored ${updatedAt.slice(0, 10)}${spent}${cap}`;
}

function usd(amount: number): string {
  return `${amount.toFixed(2)} USD`;
}
