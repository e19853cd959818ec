import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-base";
import type { Redactor } from "../redact.ts";

/** Takes secrets out of names, attributes, events and statuses before a span leaves the process. */
export function redactingExporter(exporter: SpanExporter, redactor: Redactor): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(
        spans.map((span) => redacted(span, redactor)),
        done,
      ),
    shutdown: () => exporter.shutdown(),
    ...(exporter.forceFlush && { forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve() }),
  };
}

/** The same span, with the fields that hold text replaced; the rest is seen through it. */
function redacted(span: ReadableSpan, redactor: Redactor): ReadableSpan {
  const clean = {
    name: redactor.text(span.name),
    attributes: redactor.data(span.attributes),
    events: span.events.map((event) => ({ ...event, attributes: redactor.data(event.attributes ?? {}) })),
    status: redactor.data(span.status),
  };
  const fields = Object.entries(clean).map(([name, value]) => [name, { value, enumerable: true }]);
  return Object.create(span, Object.fromEntries(fields)) as ReadableSpan;
}
