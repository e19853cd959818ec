import type { KeyCache } from "../backend/passphrase.ts";
import type { Flags, FlagTable } from "./flags.ts";

/** Everything of the outside world that a command may use; nothing else is global, so many can run in one process. */
export interface CommandContext {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes to stdout, as given. */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Asks a question on the terminal; `undefined` without one. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** The terminal behind stdout; `undefined` when output goes to a file, a pipe or another program. */
  readonly terminal: { readonly columns: () => number; readonly rows: () => number } | undefined;
  /** Reads all of stdin. */
  readonly readInput: () => Promise<string>;
  /** Aborted on the first interrupt. */
  readonly signal: AbortSignal;
  /** Derived keys, kept as long as the context's owner likes. */
  readonly keys: KeyCache;
}

export interface CommandCall {
  readonly context: CommandContext;
  /** Words after the command's own. */
  readonly args: readonly string[];
  readonly flags: Flags;
  /** The whole table, for the command that describes it. */
  readonly commands: readonly CommandSpec[];
}

/** A command's code. */
export interface CommandModule {
  /** @returns the exit code */
  run(call: CommandCall): Promise<number>;
}

/** A row of the command table. */
export interface CommandSpec {
  /** For instance `stack init`. */
  readonly path: string;
  readonly usage: string;
  readonly about: string;
  readonly flags: FlagTable;
  /** The real CLI has it, this engine refuses it. */
  readonly refused?: boolean;
  /** Loaded when the command runs, so that the others cost nothing. */
  readonly load: () => Promise<CommandModule>;
}
