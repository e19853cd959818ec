import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PulumiCommand } from "@pulumi/pulumi/automation/cmd.js";
import cmd from "@pulumi/pulumi/automation/cmd.js";
import errors from "@pulumi/pulumi/automation/errors.js";
import { SemVer } from "semver";
import type { KeyCache } from "./backend/passphrase.ts";
import type { CommandContext } from "./cli/command.ts";
import { runCommand } from "./cli/main.ts";
import { VERSION } from "./version.ts";

/** The folder to give `PulumiCommand.get({ root })` for the executable. */
export const ENGINE_ROOT: string = dirname(fileURLToPath(import.meta.url));

/** What the SDK's declarations hide: its internal class and function for the outcome of a command. */
interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}
const { CommandResult } = cmd as unknown as {
  CommandResult: new (stdout: string, stderr: string, code: number) => CommandResult;
};
const { createCommandError } = errors as unknown as { createCommandError: (result: CommandResult) => Error };

/** The code that the SDK gives to every failed command, whatever the process's own was. */
const UNKNOWN_CODE = -2;

/**
 * The engine as the Automation API's `pulumiCommand`, in this process: no process starts, and derived keys are kept
 * between commands. Programs on disk still run in a process of their own. Commands may run at the same time.
 */
export function inProcessCommand(): PulumiCommand {
  const keys: KeyCache = new Map();
  const command: Pick<PulumiCommand, "command" | "version"> & { run: PulumiRun } = {
    command: join(ENGINE_ROOT, "bin", "pulumi"),
    version: new SemVer(VERSION),
    run: (args, cwd, additionalEnv, onOutput, onError, signal) =>
      runInProcess({ args, cwd, additionalEnv, onOutput, onError, signal }, keys),
  };
  return command as unknown as PulumiCommand; // the class has nothing else; its `run` is internal to the SDK's types
}

type PulumiRun = (
  args: readonly string[],
  cwd: string,
  additionalEnv: Readonly<Record<string, string>>,
  onOutput?: (text: string) => void,
  onError?: (text: string) => void,
  signal?: AbortSignal,
) => Promise<CommandResult>;

interface Call {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly additionalEnv: Readonly<Record<string, string>>;
  readonly onOutput: ((text: string) => void) | undefined;
  readonly onError: ((text: string) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

async function runInProcess(call: Call, keys: KeyCache): Promise<CommandResult> {
  let stdout = "";
  let stderr = "";
  const args = call.args.includes("--non-interactive") ? call.args : [...call.args, "--non-interactive"];
  const context: CommandContext = {
    cwd: call.cwd,
    env: { ...process.env, ...call.additionalEnv, PULUMI_AUTOMATION_API: "true" },
    out: (text) => {
      stdout += text;
      call.onOutput?.(text);
    },
    err: (text) => {
      stderr += text;
      call.onError?.(text);
    },
    ask: undefined,
    terminal: undefined,
    readInput: async () => "",
    signal: call.signal ?? new AbortController().signal,
    keys,
  };
  const code = await runCommand(args, context);
  const output = stdout.replace(/\n$/, "");
  if (code === 0) return new CommandResult(output, stderr.replace(/\n$/, ""), 0);
  // The same text as execa's for a failed process: the SDK finds its typed errors by pattern in it.
  const message = [`Command failed with exit code ${code}: pulumi ${args.join(" ")}`, stderr.trimEnd(), output].filter(
    Boolean,
  );
  throw createCommandError(new CommandResult("", message.join("\n"), UNKNOWN_CODE));
}
