import { type Instrumenter, type TracingSpan, type TracingSpanKind, useInstrumenter } from "@azure/core-tracing";
import { type Attributes, type Context, context, propagation, type Span, SpanKind, trace } from "@opentelemetry/api";
import { markFailed } from "./spans.ts";

const KINDS: Readonly<Record<TracingSpanKind, SpanKind>> = {
  client: SpanKind.CLIENT,
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
};

/**
 * Calls of Azure's clients become spans and carry `traceparent`: the dependencies of a request or a step. Calls outside a trace (the
 * looks of sweeps and chores) stay silent. Azure's own instrumentation hooks modules as they load, which a program of ES modules
 * would have to start under a loader for; this is the seam that it uses.
 *
 * @see @azure/core-tracing, "Instrumenter"
 */
export function traceAzureClients(): void {
  useInstrumenter(instrumenter);
}

const instrumenter: Instrumenter = {
  startSpan(name, { tracingContext, packageName, packageVersion, spanKind = "internal", spanAttributes = {} }) {
    const from = (tracingContext as Context | undefined) ?? context.active();
    if (!trace.getSpan(from)) return { span: SILENT, tracingContext: from };
    const options = { kind: KINDS[spanKind], attributes: spanAttributes as Attributes };
    const span = trace.getTracer(packageName, packageVersion).startSpan(name, options, from);
    return { span: toTracingSpan(span), tracingContext: trace.setSpan(from, span) };
  },
  withContext: (given, callback, ...args) => context.with(given as Context, callback, undefined, ...args),
  parseTraceparentHeader: (traceparent) => propagation.extract(context.active(), { traceparent }),
  createRequestHeaders(given) {
    const headers: Record<string, string> = {};
    propagation.inject((given as Context | undefined) ?? context.active(), headers);
    return headers;
  },
};

const nothing = () => undefined;
const SILENT: TracingSpan = {
  end: nothing,
  setAttribute: nothing,
  setStatus: nothing,
  recordException: nothing,
  isRecording: () => false,
};

function toTracingSpan(span: Span): TracingSpan {
  return {
    end: () => span.end(),
    isRecording: () => span.isRecording(),
    recordException: (error) => span.recordException(error),
    setAttribute: (name, value) => void span.setAttribute(name, String(value)),
    setStatus: (status) => {
      if (status.status === "error") markFailed(span, status.error ?? new Error("failed"));
    },
  };
}
