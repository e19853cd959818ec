import { resolve } from "node:path";
import { EngineError, EXIT } from "../engineError.ts";
import { VERSION } from "../version.ts";
import type { CommandContext, CommandSpec } from "./command.ts";
import { GLOBAL_FLAGS, parseArguments } from "./flags.ts";
import { COMMANDS, SYNONYMS } from "./table.ts";

/** Longest path of a command, in words (`stack tag ls`). */
const MAX_WORDS = 3;

/**
 * Runs one command line.
 *
 * @param argv words after `pulumi`
 * @returns the exit code; errors have been written to `context.err`
 */
export async function runCommand(argv: readonly string[], context: CommandContext): Promise<number> {
  try {
    const found = findCommand(argv);
    if (found.kind === "version") {
      context.out(`${VERSION}\n`);
      return EXIT.ok;
    }
    if (found.kind === "help") {
      context.out(generalHelp());
      return EXIT.ok;
    }
    const { spec, rest } = found;
    const { positionals, flags } = parseArguments(rest, spec.flags);
    if (flags.on("help")) {
      context.out(commandHelp(spec));
      return EXIT.ok;
    }
    const cwd = resolve(context.cwd, flags.text("cwd") ?? ".");
    const interactive = context.ask && !flags.on("non-interactive");
    const module = await spec.load();
    const inner = { ...context, cwd, ask: interactive ? context.ask : undefined };
    return await module.run({ context: inner, args: positionals, flags });
  } catch (error) {
    if (error instanceof EngineError) {
      if (!error.shown) context.err(`error: ${error.message}\n`);
      return error.exitCode;
    }
    context.err(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return EXIT.error;
  }
}

type Found =
  | { readonly kind: "command"; readonly spec: CommandSpec; readonly rest: readonly string[] }
  | { readonly kind: "version" }
  | { readonly kind: "help" };

/** Finds the command's words among the flags and takes them out. */
function findCommand(argv: readonly string[]): Found {
  const places: number[] = [];
  for (let index = 0; index < argv.length && places.length < MAX_WORDS; index++) {
    const word = argv[index] ?? "";
    if (word === "--") break;
    if (!word.startsWith("-")) places.push(index);
    else if (takesValue(word)) index++;
  }
  for (let count = places.length; count > 0; count--) {
    const used = places.slice(0, count);
    const path = used.map((index) => argv[index]).join(" ");
    if (path === "version") return { kind: "version" };
    if (path === "help") return { kind: "help" };
    const name = SYNONYMS[path] ?? path;
    const spec = COMMANDS.find((command) => command.path === name);
    if (spec) return { kind: "command", spec, rest: argv.filter((_, index) => !used.includes(index)) };
  }
  const first = places[0];
  if (first === undefined) return argv.includes("--version") ? { kind: "version" } : { kind: "help" };
  const words = places
    .map((index) => argv[index])
    .slice(0, 2)
    .join(" ");
  throw new EngineError(`unknown command "${words}" for "pulumi": this engine does not have it`, EXIT.configuration);
}

/** Before the command is known only global flags can stand with a value of their own. */
function takesValue(word: string): boolean {
  if (word.includes("=")) return false;
  const long = word.startsWith("--") ? GLOBAL_FLAGS[word.slice(2)] : undefined;
  const short = Object.values(GLOBAL_FLAGS).find((spec) => spec.short !== undefined && word === `-${spec.short}`);
  const spec = long ?? short;
  return spec !== undefined && spec.kind !== "boolean";
}

function generalHelp(): string {
  const width = Math.max(...COMMANDS.map((command) => command.path.length));
  const rows = COMMANDS.map((command) => `  ${command.path.padEnd(width)}  ${command.about}`);
  return `Pulumi-compatible engine for local development and tests (${VERSION})\n\nUsage:\n  pulumi [command]\n\nCommands:\n${rows.join("\n")}\n`;
}

function commandHelp(spec: CommandSpec): string {
  const all = Object.entries({ ...spec.flags, ...GLOBAL_FLAGS });
  const rows = all.map(
    ([name, { kind, short }]) => `  ${short ? `-${short}, ` : "    "}--${name}${kind === "boolean" ? "" : ` ${kind}`}`,
  );
  return `${spec.about}\n\nUsage:\n  pulumi ${spec.usage} [flags]\n\nFlags:\n${rows.join("\n")}\n`;
}
