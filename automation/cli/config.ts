import type { Command } from "commander";
import { settingRows } from "../settings.ts";
import { type OutputFormat, print, printJson } from "./output.ts";

/** `devfactory config env`. */
export function addConfigCommand(program: Command): void {
  program
    .command("config")
    .description("how the service is set up")
    .command("env")
    .description("the environment variables that the API and the worker read; .env.example says what each is")
    .option("-o, --output <format>", "text or json", "text")
    .action(({ output }: { output: OutputFormat }) => {
      const rows = settingRows();
      if (output === "json") return printJson({ settings: rows });
      for (const { name, neededBy, required, fallback } of rows) {
        const value = required ? "required" : fallback === undefined ? "" : `= ${fallback}`;
        print(`${name.padEnd(36)}${neededBy.join(", ").padEnd(13)}${value}`.trimEnd());
      }
    });
}
