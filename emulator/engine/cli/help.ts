import { VERSION } from "../version.ts";
import type { CommandSpec } from "./command.ts";
import type { FlagTable } from "./flags.ts";
import { GLOBAL_FLAGS } from "./flagTables.ts";
import { COMMANDS, SYNONYMS } from "./table.ts";

const SHOWN = COMMANDS.filter((command) => !command.refused);

/** `help`, `help stack`, `help stack init`: one command's own, else the list of those that begin so. */
export function helpFor(words: readonly string[]): string {
  const path = words.join(" ");
  const spec = SHOWN.find((command) => command.path === (SYNONYMS[path] ?? path));
  if (spec) return commandHelp(spec);
  const below = SHOWN.filter((command) => command.path.startsWith(`${path} `));
  const list = path === "" || below.length === 0 ? SHOWN : below;
  return (
    `Pulumi-compatible engine for local development and tests (${VERSION})\n\nUsage:\n  pulumi [command]\n\nCommands:\n${commandLines(list)}\n` +
    "`pulumi COMMAND --help` shows the flags of one.\n"
  );
}

/** What a command is for, how it is called, what stands below it, and a line for each flag. */
export function commandHelp(spec: CommandSpec): string {
  const below = SHOWN.filter((command) => command.path.startsWith(`${spec.path} `));
  const commands = below.length > 0 ? `\nCommands:\n${commandLines(below)}` : "";
  const own = Object.keys(spec.flags).length > 0 ? `\nFlags:\n${flagLines(spec.flags)}` : "";
  const global = Object.fromEntries(Object.entries(GLOBAL_FLAGS).filter(([name]) => !(name in spec.flags)));
  return `${spec.about}\n\nUsage:\n  pulumi ${spec.usage} [flags]\n${commands}${own}\nGlobal flags:\n${flagLines(global)}`;
}

function commandLines(commands: readonly CommandSpec[]): string {
  return columns(commands.map(({ path, about }) => [path, about]));
}

function flagLines(flags: FlagTable): string {
  return columns(
    Object.entries(flags).map(([name, { kind, short, about }]) => [
      `${short ? `-${short}, ` : "    "}--${name}${kind === "boolean" ? "" : ` ${kind === "integer" ? "N" : "TEXT"}`}`,
      about,
    ]),
  );
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join("");
}
