import { Door } from "./door.ts";
import { startOnDisk } from "./onDisk.ts";
import type { ProgramOptions, RunningProgram } from "./run.ts";

/** A program that loads while the engine gets ready for it: what it asks meanwhile waits at the door, what it prints too. */
export interface EarlyProgram {
  readonly running: RunningProgram;
  readonly door: Door;
  /** Hands on what it has printed, and all that it prints. */
  hear(onOutput: ProgramOptions["onOutput"]): void;
}

/** Starts a program on disk. @throws EngineError for runtimes other than nodejs and without an SDK */
export async function startEarly(options: Omit<ProgramOptions, "address" | "onOutput">): Promise<EarlyProgram> {
  const door = await Door.open();
  const printed: Parameters<ProgramOptions["onOutput"]>[] = [];
  let hearer: ProgramOptions["onOutput"] = (...line) => void printed.push(line);
  try {
    const onOutput: ProgramOptions["onOutput"] = (...line) => hearer(...line);
    const running = startOnDisk({ ...options, address: door.address, onOutput });
    const hear = (onLine: ProgramOptions["onOutput"]) => {
      hearer = onLine;
      for (const line of printed.splice(0)) onLine(...line);
    };
    return { door, running, hear };
  } catch (error) {
    door.close();
    throw error;
  }
}
