import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";

/** Name of the instrumentation: what the platform itself measures. */
export const SCOPE = "devfactory";

/** Gives the spans of whatever provider a process starts later; without one they are empty and cost nothing. */
const tracer = trace.getTracer(SCOPE);

export interface SpanSettings {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** W3C `traceparent` of the span above, where that is not the active one: it came by a row, a message or a process. */
  readonly parent?: string | undefined;
}

/** Does a piece of work in a span, which carries what was thrown. */
export async function inSpan<T>(name: string, settings: SpanSettings, work: (span: Span) => Promise<T>): Promise<T> {
  const { parent, ...options } = settings;
  const from = parent === undefined ? context.active() : contextOf(parent);
  return tracer.startActiveSpan(name, options, from, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      markFailed(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A span whose end another call brings. */
export function startSpan(name: string, { parent, ...options }: SpanSettings): Span {
  return tracer.startSpan(name, options, parent === undefined ? context.active() : contextOf(parent));
}

export function markFailed(span: Span, error: unknown): void {
  const known = error instanceof Error ? error : new Error(String(error));
  span.recordException(known);
  span.setStatus({ code: SpanStatusCode.ERROR, message: known.message });
}

/** W3C `traceparent` of the active span, to be kept in a row or sent with a message; nothing while nobody traces. */
export function traceparent(): string | undefined {
  const active = trace.getActiveSpan()?.spanContext();
  if (!active || !isSpanContextValid(active)) return undefined;
  return `00-${active.traceId}-${active.spanId}-${active.traceFlags.toString(16).padStart(2, "0")}`;
}

/** {@link traceparent} as a field of a document: absent while nobody traces. */
export function traced(): { readonly traceparent?: string } {
  const parent = traceparent();
  return parent === undefined ? {} : { traceparent: parent };
}

/** What a span of work on a row stands under: the active span where that belongs to the row's trace, else the row's own. */
export function parentFor(row: string | undefined): { readonly parent?: string } {
  const active = trace.getActiveSpan()?.spanContext().traceId;
  return row === undefined || (active !== undefined && row.includes(active)) ? {} : { parent: row };
}

function contextOf(parent: string): Context {
  return propagation.extract(ROOT_CONTEXT, { traceparent: parent });
}
