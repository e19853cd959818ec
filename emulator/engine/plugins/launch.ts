import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { EngineError } from "../engineError.ts";

const STOP_MS = 2000;
/** How long a plugin may take to tell its port: the first start of a big one compiles for a while. */
const START_MS = 60_000;

/** A plugin process and the address that it told. */
export interface PluginProcess {
  readonly address: string;
  /** How it ended, in words; `undefined` as long as it runs. */
  readonly fate: () => string | undefined;
  stop(): Promise<void>;
}

export interface LaunchOptions {
  readonly path: string;
  /** Before the engine's address. */
  readonly args: readonly string[];
  readonly engineAddress: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Each later line that the plugin prints. */
  readonly onOutput: (line: string, stream: "stdout" | "stderr") => void;
}

/**
 * Starts a plugin with the engine's address as its argument and waits for the port on its first line.
 *
 * @throws EngineError when it ends before that
 */
export async function launchPlugin(options: LaunchOptions): Promise<PluginProcess> {
  const child = spawn(options.path, [...options.args, options.engineAddress], {
    cwd: options.cwd,
    env: options.env,
    // An open stdin tells a plugin that the engine lives: its end means that the engine is gone, killed or not.
    stdio: ["pipe", "pipe", "pipe"],
    detached: true, // an interrupt on the terminal is for the engine: what runs may finish
  });
  endWithProcess(child);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let port: number | undefined;
  let complaints = "";
  eachLine(child.stdout, (line) => {
    if (port !== undefined) return options.onOutput(line, "stdout");
    port = Number.parseInt(line, 10);
    if (Number.isNaN(port))
      reject(new EngineError(`${options.path} [${child.pid}] wrote a non-numeric port to stdout ('${line}')`));
    else resolve(port);
  });
  eachLine(child.stderr, (line) => {
    if (port === undefined) complaints += `\n${line}`;
    else options.onOutput(line, "stderr");
  });
  child.once("error", (error) => reject(new EngineError(`could not start plugin ${options.path}: ${error.message}`)));
  child.once("exit", (code, signal) =>
    reject(
      new EngineError(
        `plugin ${options.path} exited prematurely (${signal ?? code}) before it told its port${complaints}`,
      ),
    ),
  );
  const timer = setTimeout(() => {
    child.kill("SIGKILL");
    reject(
      new EngineError(`plugin ${options.path} told no port within ${START_MS / 1000} s; it was ended${complaints}`),
    );
  }, START_MS);
  try {
    const address = `127.0.0.1:${await promise}`;
    return { address, fate: () => fateOf(child), stop: () => stopProcess(child) };
  } finally {
    clearTimeout(timer);
  }
}

function fateOf({ exitCode, signalCode }: ChildProcess): string | undefined {
  if (signalCode !== null) return `it was ended by ${signalCode}`;
  return exitCode === null ? undefined : `it exited with code ${exitCode}`;
}

const children = new Set<ChildProcess>();

/** Ends a child with this process, however that ends (short of being killed itself): it does not hear the terminal. */
export function endWithProcess(child: ChildProcess): void {
  if (children.size === 0) process.on("exit", killChildren);
  children.add(child);
  child.once("exit", () => {
    children.delete(child);
    if (children.size === 0) process.off("exit", killChildren);
  });
}

function killChildren(): void {
  for (const child of children) child.kill("SIGKILL");
}

/** Asks a child to end, and ends it when it does not. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await exited;
  clearTimeout(timer);
}

/** Calls back for each line of a stream, the last unfinished one too. */
export function eachLine(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let rest = "";
  stream?.setEncoding("utf8");
  stream?.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line.replace(/\r$/, ""));
  });
  stream?.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}
