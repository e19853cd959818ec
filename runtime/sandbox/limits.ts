/** What a command in the sandbox may use. */
export interface SandboxLimits {
  /** Wall clock. */
  readonly seconds: number;
  /** Address space of one process; V8 and WebAssembly reserve much more than they use. */
  readonly memoryMb: number;
  /** Processes and threads of the sandbox together. */
  readonly processes: number;
  readonly openFiles: number;
  /** Largest file that may be written. */
  readonly fileMb: number;
  /** What is kept of each output stream; the rest is dropped. */
  readonly outputBytes: number;
}

export const DEFAULT_LIMITS: SandboxLimits = {
  seconds: 60,
  memoryMb: 0, // none: PGlite and V8 reserve tens of gigabytes of addresses
  processes: 256,
  openFiles: 2048,
  fileMb: 256,
  outputBytes: 200_000,
};
