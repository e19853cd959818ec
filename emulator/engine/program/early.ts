import { Door } from "./door.ts";
import { startOnDisk } from "./onDisk.ts";
import type { ProgramOptions, RunningProgram } from "./run.ts";

/** A program that loads while the engine gets ready for it; what it asks meanwhile waits at the door. */
export interface EarlyProgram {
  readonly running: RunningProgram;
  readonly door: Door;
}

/** Starts a program on disk. @throws EngineError for runtimes other than nodejs and without an SDK */
export async function startEarly(options: Omit<ProgramOptions, "address">): Promise<EarlyProgram> {
  const door = await Door.open();
  try {
    return { door, running: startOnDisk({ ...options, address: door.address }) };
  } catch (error) {
    door.close();
    throw error;
  }
}
