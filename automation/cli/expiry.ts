import type { Command } from "commander";
import type { ApiClient, ExpiringView } from "../client/apiClient.ts";
import { CliError } from "./cliError.ts";
import { type OutputFormat, print, printJson } from "./output.ts";

interface Shared {
  readonly output: OutputFormat;
}

/** `expiring` and `extend`. @param verb makes a command with the options that all verbs share */
export function addExpiryCommands<T extends Shared>(
  program: Command,
  verb: (parent: Command, usage: string, description: string) => Command,
  connect: (options: T) => ApiClient,
): void {
  verb(program, "expiring", "apps that end soon, and when each is destroyed; nothing is done")
    .option("--hours <count>", "how far ahead", "168")
    .action(async (options: T & { readonly hours: string }) => {
      const apps = await connect(options).expiring(hoursOf(options.hours));
      if (options.output === "json") return printJson({ apps });
      for (const app of apps) print(expiringLine(app));
      if (apps.length === 0) print("No app ends in that time.");
    });
  verb(program, "extend <app>", "give an app an end, put it off, or let the app stay")
    .option("--hours <count>", "from now")
    .option("--never", "it stays", false)
    .action(async (id: string, options: T & { readonly hours?: string; readonly never: boolean }) => {
      if ((options.hours === undefined) !== options.never)
        throw new CliError("Say --hours or --never.", "For example `devfactory extend <app> --hours 72`.", {
          wrongUse: true,
        });
      const service = connect(options);
      const app =
        options.hours === undefined ? await service.keep(id) : await service.extend(id, hoursOf(options.hours));
      if (options.output === "json") return printJson(app);
      print(app.expiresAt === undefined ? `The app ${id} stays.` : `The app ${id} expires at ${app.expiresAt}.`);
    });
}

function hoursOf(text: string): number {
  const hours = Number(text);
  if (hours > 0) return hours;
  throw new CliError(`${text} is no number of hours.`, "Use for example --hours 72.", { wrongUse: true });
}

/** What a person reads of an app that ends. */
export function expiringLine({ appId, title = "", expiresAt, toldAt, destroyedFrom }: ExpiringView): string {
  const told = toldAt === undefined ? "its owner is not told yet" : `told at ${toldAt}`;
  return `${appId}  ${title}  expires ${expiresAt}, destroyed from ${destroyedFrom} on (${told})`;
}
