import { writeSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { text } from "node:stream/consumers";
import type { CommandContext } from "./command.ts";
import { runCommand } from "./main.ts";

const INTERRUPTED = 130;

/** Runs the command line of this process: streams, environment, interrupts and exit code are the process's own. */
export async function runProcess(): Promise<void> {
  const stop = new AbortController();
  const interrupt = () => {
    if (stop.signal.aborted) process.exit(INTERRUPTED); // the second one: end at once
    stop.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  const context: CommandContext = {
    cwd: process.cwd(),
    env: process.env,
    out: (chunk) => write(1, chunk),
    err: (chunk) => write(2, chunk),
    ask: process.stdin.isTTY && process.stdout.isTTY ? ask : undefined,
    terminal: process.stdout.isTTY
      ? { columns: () => process.stdout.columns, rows: () => process.stdout.rows }
      : undefined,
    readInput: () => text(process.stdin),
    signal: stop.signal,
    keys: new Map(),
  };
  process.exitCode = await runCommand(process.argv.slice(2), context);
  process.exit();
}

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

/** Writes at once: what a killed process has said must not be lost in a buffer. A full pipe is tried again. */
function write(descriptor: 1 | 2, chunk: string): void {
  let rest = Buffer.from(chunk);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error;
      if (error.code === "EPIPE") return; // nobody reads any more
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
