import type { Project } from "../backend/project.ts";

/** How a program ended. A failure without message was reported by the program itself. */
export type ProgramOutcome =
  | { readonly status: "ok" }
  | { readonly status: "failed"; readonly message: string | undefined };

/** What every program is told. */
export interface ProgramOptions {
  readonly project: Project;
  readonly stack: string;
  readonly preview: boolean;
  readonly parallel: number;
  /** Address of monitor and engine. */
  readonly address: string;
  /** Decrypted, by full key. */
  readonly config: ReadonlyMap<string, string>;
  readonly secretKeys: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the program prints. */
  readonly onOutput: (line: string, stream: "stdout" | "stderr") => void;
}

/** A program at work. */
export interface RunningProgram {
  readonly ended: Promise<ProgramOutcome>;
  /** Ends it at once. */
  stop(): Promise<void>;
}
