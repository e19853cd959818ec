import { type Span, SpanStatusCode } from "@opentelemetry/api";
import { startSpan, traceparent } from "../telemetry/spans.ts";
import type { FromChild } from "./messages.ts";

type ResourceEvent = Extract<FromChild, { type: "resource" }>;

/** A span for each operation of the engine, from its begin to its end, under the span that was active when this was made. */
export class OperationSpans {
  readonly #parent = traceparent();
  readonly #open = new Map<string, Span>();

  take({ phase, operation, urn, resourceType }: ResourceEvent): void {
    const key = `${operation} ${urn}`; // a replacement has two operations on one resource
    if (phase === "started") {
      const attributes = { "pulumi.urn": urn, "pulumi.operation": operation, "pulumi.type": resourceType };
      this.#open.set(key, startSpan(`${operation} ${resourceType}`, { parent: this.#parent, attributes }));
      return;
    }
    const span = this.#open.get(key);
    this.#open.delete(key);
    if (phase === "failed") span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
  }

  /** Ends what an engine that stopped left open. */
  end(): void {
    for (const span of this.#open.values()) span.setStatus({ code: SpanStatusCode.ERROR, message: "not ended" }).end();
    this.#open.clear();
  }
}
