import { resolve } from "node:path";
import { EngineError, EXIT } from "../engineError.ts";
import { VERSION } from "../version.ts";
import type { CommandContext, CommandSpec } from "./command.ts";
import { type ParsedArguments, parseArguments } from "./flags.ts";
import { GLOBAL_FLAGS } from "./flagTables.ts";
import { suggestion } from "./suggestion.ts";
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
      context.out((await import("./help.ts")).helpFor(found.words));
      return EXIT.ok;
    }
    return await runFound(found.spec, found.rest, context);
  } catch (error) {
    if (error instanceof EngineError) {
      if (!error.shown) context.err(await errorText(error.message));
      return error.exitCode;
    }
    context.err(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return EXIT.error;
  }
}

async function runFound(spec: CommandSpec, rest: readonly string[], context: CommandContext): Promise<number> {
  const parsed = spec.refused ? undefined : parseArguments(rest, spec.flags);
  if (parsed?.flags.on("help")) {
    context.out((await import("./help.ts")).commandHelp(spec));
    return EXIT.ok;
  }
  const { positionals, flags }: ParsedArguments = parsed ?? parseArguments([], {});
  if (positionals[0] !== undefined && isGroup(spec)) throw unknownCommand(spec.path, positionals[0]);
  const cwd = resolve(context.cwd, flags.text("cwd") ?? ".");
  const interactive = context.ask && !flags.on("non-interactive");
  const module = await spec.load();
  const inner = { ...context, cwd, ask: interactive ? context.ask : undefined };
  return module.run({ context: inner, args: positionals, flags, commands: COMMANDS });
}

/** The SDK finds its typed errors by the first line; what to do about it follows. */
async function errorText(message: string): Promise<string> {
  const { adviceFor } = await import("../display/advice.ts"); // only when something went wrong: starting must be fast
  const advice = adviceFor(message);
  return `error: ${message}\n${advice ? `advice: ${advice}\n` : ""}`;
}

type Found =
  | { readonly kind: "command"; readonly spec: CommandSpec; readonly rest: readonly string[] }
  | { readonly kind: "version" }
  | { readonly kind: "help"; readonly words: readonly string[] };

/** Finds the command's words among the flags and takes them out. */
function findCommand(argv: readonly string[]): Found {
  const places: number[] = [];
  for (let index = 0; index < argv.length && places.length < MAX_WORDS; index++) {
    const word = argv[index] ?? "";
    if (word === "--") break;
    if (!word.startsWith("-")) places.push(index);
    else if (takesValue(word)) index++;
  }
  const words = places.map((index) => argv[index] ?? "");
  if (words[0] === "version") return { kind: "version" };
  if (words[0] === "help") return { kind: "help", words: words.slice(1) };
  for (let count = places.length; count > 0; count--) {
    const path = words.slice(0, count).join(" ");
    const name = SYNONYMS[path] ?? path;
    const spec = COMMANDS.find((command) => command.path === name);
    const used = places.slice(0, count);
    if (spec) return { kind: "command", spec, rest: argv.filter((_, index) => !used.includes(index)) };
  }
  const [first, second] = words;
  if (first === undefined) return argv.includes("--version") ? { kind: "version" } : { kind: "help", words: [] };
  if (!COMMANDS.some(({ path }) => path.startsWith(`${first} `))) throw unknownCommand("", first);
  if (second === undefined) return { kind: "help", words };
  throw unknownCommand(first, second);
}

/** True for commands that others stand below and that take no words of their own. */
function isGroup({ path, usage }: CommandSpec): boolean {
  return usage === path && COMMANDS.some((command) => command.path.startsWith(`${path} `));
}

/** @param group the words before, empty at the top */
function unknownCommand(group: string, word: string): EngineError {
  const prefix = group === "" ? "" : `${group} `;
  const siblings = [...COMMANDS.map(({ path }) => path), ...Object.keys(SYNONYMS)]
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length).split(" ", 1)[0] ?? "");
  const meant = suggestion(word, [...new Set(siblings)]);
  const help = `\`pulumi ${prefix}--help\` lists what there is`;
  return new EngineError(
    `unknown command "${word}" for "pulumi${group === "" ? "" : ` ${group}`}"${meant ? `. Did you mean "${prefix}${meant}"?` : `: ${help}`}`,
    EXIT.configuration,
  );
}

/** Before the command is known only global flags can stand with a value of their own. */
function takesValue(word: string): boolean {
  if (word.includes("=")) return false;
  const long = word.startsWith("--") ? GLOBAL_FLAGS[word.slice(2)] : undefined;
  const short = Object.values(GLOBAL_FLAGS).find((spec) => spec.short !== undefined && word === `-${spec.short}`);
  const spec = long ?? short;
  return spec !== undefined && spec.kind !== "boolean";
}
