import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isRunning } from "../../processes.ts";
import { CliError } from "../cliError.ts";
import { type EmulatorInfo, type Home, runningEmulator } from "../home.ts";

/** Exit code of the local Azure when another one works in the data folder. */
const IN_USE = 3;
const READY_TIMEOUT_MS = 60_000;
/** The emulator ends its children within 10 s; then it is ended. */
const STOP_TIMEOUT_MS = 15_000;

export interface EmulatorProcess {
  readonly info: EmulatorInfo;
  /** Resolves when the process has ended, whatever ended it. */
  readonly ended: Promise<number | null>;
  stop(): Promise<void>;
}

/** Starts the local Azure as a child and waits for its line `ready`. Its standard input stays open: when we die, it ends. */
export async function startEmulator(
  home: Home,
  frontDoorPort: number,
  interrupt: AbortSignal,
): Promise<EmulatorProcess> {
  const args = ["--data", home.dataDir, "--checkout", home.checkout, "--front-door", String(frontDoorPort)];
  const child = spawn(process.execPath, [join(home.checkout, "emulator", "main.ts"), ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true, // Ctrl-C reaches us alone; we end it in order
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const leave = () => void child.kill("SIGTERM");
  interrupt.addEventListener("abort", leave, { once: true });
  await untilReady(child, ended);
  interrupt.removeEventListener("abort", leave);
  const info = runningEmulator(home);
  if (!info) throw new CliError("The local Azure started but left no emulator.json.", "Run `npx devfactory reset`.");
  return { info, ended, stop: () => stop(child, ended) };
}

async function untilReady(child: ChildProcess, ended: Promise<number | null>): Promise<void> {
  const errors: string[] = [];
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors.push(text);
    if (errors.length > 50) errors.shift();
  });
  const ready = new Promise<void>((resolve) => {
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on("line", (line) => line.trim() === "ready" && resolve());
  });
  const timeout = new Promise<"timeout">((resolve) => setTimeout(() => resolve("timeout"), READY_TIMEOUT_MS).unref());
  const outcome = await Promise.race([ready.then(() => "ready" as const), ended.then(() => "ended" as const), timeout]);
  if (outcome === "ready") return;
  child.kill("SIGKILL");
  if ((await ended) === IN_USE) {
    throw new CliError("Another `npm start` is just starting in this data folder.", "Wait until it says `Ready`.");
  }
  const why = outcome === "timeout" ? `not ready after ${READY_TIMEOUT_MS / 1000} s` : "ended at once";
  throw new CliError(`The local Azure is ${why}.\n${errors.join("").trim()}`, "`npx devfactory reset` starts afresh.");
}

async function stop(child: ChildProcess, ended: Promise<number | null>): Promise<void> {
  if (child.pid === undefined || !isRunning(child.pid)) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}
