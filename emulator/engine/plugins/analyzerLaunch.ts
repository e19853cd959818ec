import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EngineError } from "../engineError.ts";
import { eachLine, endWithProcess, type PluginProcess, stopProcess } from "./launch.ts";

const MAIN = fileURLToPath(new URL("analyzerMain.ts", import.meta.url));

/** A running pack and the address that it told. */
export type PackProcess = Pick<PluginProcess, "address" | "stop">;

export interface PackLaunch {
  /** The pack's folder. */
  readonly folder: string;
  /** False: TypeScript files are left to Node's own type stripping. */
  readonly typescript: boolean;
  readonly engineAddress: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long it may take until the pack listens. */
  readonly startMs: number;
  /** Aborted: the pack is ended, the launch fails. */
  readonly signal: AbortSignal;
  /** Each later line that the pack prints. */
  readonly onOutput: (line: string, stream: "stdout" | "stderr") => void;
}

/**
 * Starts a policy pack under its own SDK's runner and waits for the port on its first line.
 *
 * @throws EngineError with what the pack said, when it ends before that, says something else, or takes too long
 */
export async function launchPack(options: PackLaunch): Promise<PackProcess> {
  const { folder, startMs } = options;
  const args = [MAIN, runner(folder), String(options.typescript), options.engineAddress];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache"), ...options.env },
    stdio: ["pipe", "pipe", "pipe"], // the end of its stdin tells it that the engine is gone, killed or not
    detached: true,
  });
  endWithProcess(child);
  const port = Promise.withResolvers<number>();
  const said: string[] = [];
  let listening = false;
  const fail = (what: string) => port.reject(new EngineError([what, ...said].join("\n")));
  eachLine(child.stdout, (line) => {
    if (listening) return options.onOutput(line, "stdout");
    if (!/^\d+$/.test(line)) return fail(`it wrote a non-numeric port to stdout ('${line}')`);
    listening = true;
    port.resolve(Number(line));
  });
  eachLine(child.stderr, (line) => (listening ? options.onOutput(line, "stderr") : said.push(line)));
  child.once("error", (error) => fail(error.message));
  child.once("close", (code, signal) => fail(`it ended (${signal ?? code}) before it listened`));
  const timer = setTimeout(() => fail(`it did not listen within ${startMs / 1000} s`), startMs);
  const onAbort = () => fail("the start was cancelled");
  options.signal.addEventListener("abort", onAbort, { once: true });
  try {
    return { address: `127.0.0.1:${await port.promise}`, stop: () => stopProcess(child) };
  } catch (error) {
    await stopProcess(child);
    throw error;
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener("abort", onAbort);
  }
}

/** The runner of the SDK that is installed for the pack. */
function runner(folder: string): string {
  try {
    return createRequire(join(folder, "package.json")).resolve("@pulumi/pulumi/cmd/run-policy-pack/index.js");
  } catch (error) {
    const advice = `it looks like the policy pack's dependencies are not installed; try running npm install or yarn install in "${folder}"`;
    throw new EngineError(advice, 1, { cause: error });
  }
}
