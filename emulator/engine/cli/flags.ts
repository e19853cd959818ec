import { EngineError, EXIT } from "../engineError.ts";
import { GLOBAL_FLAGS } from "./flagTables.ts";
import { suggestion } from "./suggestion.ts";

/** What a flag takes: nothing, one value, one value each time it is given, or a whole number. */
export type FlagKind = "boolean" | "string" | "strings" | "integer";

export interface FlagSpec {
  readonly kind: FlagKind;
  /** One letter. */
  readonly short?: string;
  /** For `--help`. */
  readonly about: string;
}

export type FlagTable = Readonly<Record<string, FlagSpec>>;

/** The flags of one call. */
export class Flags {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  /** The last value. */
  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** False when absent. */
  on(name: string): boolean {
    return this.text(name) === "true";
  }

  /** `undefined` when absent, so that a default of true can be told from `--flag=false`. */
  choice(name: string): boolean | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : text === "true";
  }

  integer(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : Number(text);
  }
}

export interface ParsedArguments {
  readonly positionals: readonly string[];
  readonly flags: Flags;
}

/**
 * Reads arguments: flags anywhere, `--flag v`, `--flag=v`, `-f v`, `-fv`, booleans also `--flag=false`; `--` ends flags.
 *
 * @throws EngineError (exit 2) for unknown flags and bad values
 */
export function parseArguments(argv: readonly string[], table: FlagTable): ParsedArguments {
  const flags = { ...GLOBAL_FLAGS, ...table };
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  const add = (name: string, value: string) => values.set(name, [...(values.get(name) ?? []), value]);
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? "";
    if (word === "--") {
      positionals.push(...argv.slice(index + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      positionals.push(word);
      continue;
    }
    const { name, attached } = splitFlag(word, flags);
    const spec = flags[name];
    if (!spec || spec.kind === "boolean") {
      add(name, checkBoolean(attached ?? "true", name));
      continue;
    }
    const value = attached ?? argv[++index];
    if (value === undefined) throw new EngineError(`flag needs an argument: ${word}`, EXIT.configuration);
    add(name, spec.kind === "integer" ? checkInteger(value, name, spec) : value);
  }
  return { positionals, flags: new Flags(values) };
}

function splitFlag(word: string, flags: FlagTable): { readonly name: string; readonly attached: string | undefined } {
  if (word.startsWith("--")) {
    const at = word.indexOf("=");
    const name = at < 0 ? word.slice(2) : word.slice(2, at);
    if (!flags[name]) throw unknownFlag(name, flags);
    return { name, attached: at < 0 ? undefined : word.slice(at + 1) };
  }
  const letter = word[1] ?? "";
  // A command's own letter wins over a global one (`whoami -v`).
  const found = Object.entries(flags)
    .toReversed()
    .find(([, spec]) => spec.short === letter);
  if (!found) throw new EngineError(`unknown shorthand flag: '${letter}' in ${word}`, EXIT.configuration);
  const rest = word.slice(2).replace(/^=/, "");
  return { name: found[0], attached: rest === "" ? undefined : rest };
}

function unknownFlag(name: string, flags: FlagTable): EngineError {
  const meant = suggestion(name, Object.keys(flags));
  return new EngineError(`unknown flag: --${name}${meant ? `. Did you mean --${meant}?` : ""}`, EXIT.configuration);
}

function checkBoolean(value: string, name: string): string {
  if (/^(true|t|1)$/i.test(value)) return "true";
  if (/^(false|f|0)$/i.test(value)) return "false";
  throw new EngineError(
    `invalid argument "${value}" for "--${name}" flag: strconv.ParseBool: parsing "${value}": invalid syntax`,
    EXIT.configuration,
  );
}

function checkInteger(value: string, name: string, spec: FlagSpec): string {
  if (/^-?\d+$/.test(value)) return value;
  const flag = spec.short ? `-${spec.short}, --${name}` : `--${name}`;
  throw new EngineError(
    `invalid argument "${value}" for "${flag}" flag: strconv.ParseInt: parsing "${value}": invalid syntax`,
    EXIT.configuration,
  );
}
