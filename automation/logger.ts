import { trace } from "@opentelemetry/api";
import { type Logger, pino } from "pino";
import type { Redactor } from "./redact.ts";

export type { Logger } from "pino";

/** JSON lines on standard output, each through the redactor. */
export function createLogger(service: string, level: string, redactor: Redactor): Logger {
  return pino(
    { level, base: { service }, timestamp: pino.stdTimeFunctions.isoTime, mixin: traceOfNow },
    { write: (line: string) => void process.stdout.write(redactor.text(line)) },
  );
}

/** Names the active span, so that a line is found from its trace and a trace from its line. */
function traceOfNow(): object {
  const active = trace.getActiveSpan()?.spanContext();
  return active ? { trace_id: active.traceId, span_id: active.spanId } : {};
}
