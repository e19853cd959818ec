import { type Logger, pino } from "pino";
import type { Redactor } from "./redact.ts";

export type { Logger } from "pino";

/** JSON lines on standard output, each through the redactor. */
export function createLogger(service: string, level: string, redactor: Redactor): Logger {
  return pino(
    { level, base: { service }, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string) => void process.stdout.write(redactor.text(line)) },
  );
}
